"""Residual columns on the device: what a row deviates by from what its machine model predicts, and their bytes.

Little-endian throughout::

    header   24 bytes  magic, version, n_features, n_levels, n_columns
    levels   uint32    positions of the features that are 1 for rows of a machine model
    columns            one after the other:
      shape  uint32    position that is predicted, number of predictors
      predictors  uint32    position and power, 1 or 2, of each predictor
      fits   float64   for each level, or once without levels: intercept, scale, a coefficient for each predictor; all 0
                       where nothing was fitted

A column is (x - prediction) / scale, held within ± `FARTHEST`; the prediction is the intercept, then each coefficient
times its predictor added in their order, in float64 without a fused multiplication. Features are float32, their squares
float64. A row that is of no level, or lacks a value, has NaN. The columns follow the row, rounded to float32 as it is.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from edge_bundle.format.bounds import MAX_COEFFICIENT, MAX_DEVIATION, MAX_FEATURES, MAX_LEVELS, MAX_PREDICTORS
from edge_bundle.format.errors import ModelBlobError
from edge_bundle.format.float_rows import as_row

MAGIC = b"ASSAYDRV"
VERSION = 1
HEADER = struct.Struct("<8s4I")
FARTHEST = MAX_DEVIATION


@dataclass(frozen=True)
class Fit:
    """What predicts a column for one level.

    Attributes:
        intercept: Where all predictors are 0.
        scale: Spread that deviations are divided by, above 0.
        coefficients: Of each predictor.
    """

    intercept: float
    scale: float
    coefficients: tuple[float, ...]


@dataclass(frozen=True)
class Column:
    """One residual column.

    Attributes:
        target: Position that is predicted.
        predictors: Position and power of each predictor.
        fits: Of each level, one alone without levels; None where nothing was fitted.
    """

    target: int
    predictors: tuple[tuple[int, int], ...]
    fits: tuple[Fit | None, ...]


@dataclass(frozen=True)
class DerivedColumns:
    """Residual columns that have passed every check.

    Attributes:
        n_features: Length of a row without them.
        levels: Positions of the features that say which level a row is of; empty: all rows have one fit.
        columns: At least one.
    """

    n_features: int
    levels: tuple[int, ...]
    columns: tuple[Column, ...]

    @property
    def width(self) -> int:
        """Length of a row with them."""
        return self.n_features + len(self.columns)

    @property
    def products(self) -> int:
        """Products of one row."""
        return sum(1 + len(column.predictors) for column in self.columns)

    def extended(self, row: Sequence[float]) -> list[float]:
        """A row, each number rounded to float32, with its residual columns behind it.

        Raises:
            RowError: Another length, or something that is no number.
        """
        values = as_row(self, row)
        level = self._level(values)
        if level is None:
            return [*values, *[math.nan] * len(self.columns)]
        return [*values, *(_deviation(column, column.fits[level], values) for column in self.columns)]

    def _level(self, values: Sequence[float]) -> int | None:
        if not self.levels:
            return 0
        return next((level for level, place in enumerate(self.levels) if values[place] == 1.0), None)


def _deviation(column: Column, fit: Fit | None, values: Sequence[float]) -> float:
    if fit is None:
        return math.nan
    predicted = fit.intercept
    for coefficient, (place, power) in zip(fit.coefficients, column.predictors):
        value = values[place]
        predicted = predicted + coefficient * (value * value if power == 2 else value)
    deviation = (values[column.target] - predicted) / fit.scale
    return FARTHEST if deviation > FARTHEST else -FARTHEST if deviation < -FARTHEST else deviation


def pack(derived: DerivedColumns) -> bytes:
    """The bytes of residual columns."""
    parts = [HEADER.pack(MAGIC, VERSION, derived.n_features, len(derived.levels), len(derived.columns))]
    parts.append(struct.pack(f"<{len(derived.levels)}I", *derived.levels))
    for column in derived.columns:
        count = len(column.predictors)
        places = [number for predictor in column.predictors for number in predictor]
        parts.append(struct.pack(f"<{2 + 2 * count}I", column.target, count, *places))
        for fit in column.fits:
            numbers = (0.0, 0.0, *[0.0] * count) if fit is None else (fit.intercept, fit.scale, *fit.coefficients)
            parts.append(struct.pack(f"<{2 + count}d", *numbers))
    return b"".join(parts)


def parse(blob: bytes) -> DerivedColumns:
    """The residual columns in ``blob``, fully checked.

    Raises:
        ModelBlobError: Anything but the one legal form of them.
    """
    if len(blob) < HEADER.size:
        raise ModelBlobError(f"{len(blob)} bytes of residual columns; a header alone has {HEADER.size}")
    magic, version, n_features, n_levels, n_columns = HEADER.unpack_from(blob)
    if magic != MAGIC or version != VERSION:
        raise ModelBlobError(f"not residual columns of version {VERSION}: {magic!r}, version {version}")
    if not 1 <= n_columns <= MAX_FEATURES or n_features + n_columns > MAX_FEATURES or n_levels > MAX_LEVELS:
        raise ModelBlobError(
            f"{n_columns} residual columns of {n_features} features and {n_levels} levels; legal are 1 and more, "
            f"{MAX_FEATURES} with the features, and {MAX_LEVELS} levels"
        )
    reader = _Reader(blob, HEADER.size)
    levels = reader.whole(n_levels)
    columns = tuple(_column(reader, max(1, n_levels)) for _ in range(n_columns))
    if reader.at != len(blob):
        raise ModelBlobError(f"{len(blob) - reader.at} bytes behind the last residual column")
    found = DerivedColumns(n_features, levels, columns)
    _check(found)
    return found


class _Reader:
    """Numbers one after the other; the end of the bytes is refused."""

    def __init__(self, blob: bytes, at: int) -> None:
        self._blob, self.at = blob, at

    def whole(self, count: int) -> tuple[int, ...]:
        return self._take(struct.Struct(f"<{count}I"))

    def floats(self, count: int) -> tuple[float, ...]:
        return self._take(struct.Struct(f"<{count}d"))

    def _take(self, form: struct.Struct) -> tuple[int, ...]:
        if self.at + form.size > len(self._blob):
            raise ModelBlobError(f"{len(self._blob)} bytes of residual columns; they state more")
        found = form.unpack_from(self._blob, self.at)
        self.at += form.size
        return found


def _column(reader: _Reader, n_fits: int) -> Column:
    target, count = reader.whole(2)
    if not 1 <= count <= MAX_PREDICTORS:
        raise ModelBlobError(f"a residual column has {count} predictors; legal: 1 to {MAX_PREDICTORS}")
    places = reader.whole(2 * count)
    fits = (_fit(reader.floats(2 + count)) for _ in range(n_fits))
    return Column(target, tuple(zip(places[::2], places[1::2])), tuple(fits))


def _fit(numbers: Sequence[float]) -> Fit | None:
    if not any(numbers) and all(math.copysign(1.0, number) > 0 for number in numbers):
        return None
    return Fit(numbers[0], numbers[1], tuple(numbers[2:]))


def _check(derived: DerivedColumns) -> None:
    if len(set(derived.levels)) < len(derived.levels):
        raise ModelBlobError("a level is there twice")
    for column in derived.columns:
        places = (column.target, *derived.levels, *(place for place, _ in column.predictors))
        if max(places) >= derived.n_features:
            raise ModelBlobError(f"a residual column names feature {max(places)} of {derived.n_features}")
        if any(power not in (1, 2) for _, power in column.predictors):
            raise ModelBlobError("a predictor of a residual column has a power; legal are 1 and 2")
        for fit in column.fits:
            _check_fit(fit)


def _check_fit(fit: Fit | None) -> None:
    if fit is None:
        return
    if not all(abs(number) <= MAX_COEFFICIENT for number in (fit.intercept, *fit.coefficients)):
        raise ModelBlobError(f"a coefficient of a residual column is not within {MAX_COEFFICIENT:g}")
    if not 1 / MAX_COEFFICIENT <= fit.scale <= MAX_COEFFICIENT:
        raise ModelBlobError(
            f"the spread of a residual column is {fit.scale:g}; legal: {1 / MAX_COEFFICIENT:g} to {MAX_COEFFICIENT:g}"
        )
