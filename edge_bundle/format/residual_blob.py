"""The bytes of a projection of deviations, and the checks that make scoring by it safe.

Little-endian throughout::

    header  32 bytes   magic, version, n_features, n_columns, n_axes, farthest (float64)
    columns uint32     positions in the row, ascending; one zero more where their number is odd
    centers float64    per column
    scales  float64    per column, above 0
    axes    float64    axis after axis, n_columns each

A score is the sum over the axes of (sum over the columns of axis entry x (x - center) / scale)², in their order, in
float64 without a fused multiplication. x is float32; a deviation is held within ± farthest. A row that lacks one of
the columns has the score NaN.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from edge_bundle.format.bounds import MAX_AXIS, MAX_DEVIATION, MAX_FEATURES, MAX_RESIDUAL_COLUMNS
from edge_bundle.format.errors import ModelBlobError

MAGIC = b"ASSAYPCA"
VERSION = 1
HEADER = struct.Struct("<8s4Id")


@dataclass(frozen=True)
class ResidualModel:
    """A projection whose blob has passed every check.

    Attributes:
        label: Its kind, as the manifest names it.
        n_features: Length of a row.
        columns: Positions that it uses, ascending.
        centers: Mean of each.
        scales: Standard deviation of each, above 0.
        axes: A tuple of `columns`' length for each axis.
        farthest: Largest deviation, standard deviations.
        blob: All bytes.
    """

    label: str
    n_features: int
    columns: tuple[int, ...]
    centers: tuple[float, ...]
    scales: tuple[float, ...]
    axes: tuple[tuple[float, ...], ...]
    farthest: float
    blob: bytes = b""

    @property
    def nodes_visited(self) -> int:
        """Products of one row."""
        return len(self.columns) * len(self.axes)


def pack(model: ResidualModel) -> bytes:
    """The blob of a model; its own `blob` is not looked at."""
    n_columns, n_axes = len(model.columns), len(model.axes)
    padded = [*model.columns, 0] if n_columns % 2 else list(model.columns)
    floats = [*model.centers, *model.scales, *(value for axis in model.axes for value in axis)]
    header = HEADER.pack(MAGIC, VERSION, model.n_features, n_columns, n_axes, model.farthest)
    return header + struct.pack(f"<{len(padded)}I", *padded) + struct.pack(f"<{len(floats)}d", *floats)


def parse(blob: bytes, label: str) -> ResidualModel:
    """The model in ``blob``, fully checked.

    Raises:
        ModelBlobError: Anything but the one legal form of a model.
    """
    data = bytes(blob)
    n_features, n_columns, n_axes, farthest = _header(data)
    n_padded = n_columns + n_columns % 2
    n_floats = 2 * n_columns + n_columns * n_axes
    if len(data) != HEADER.size + 4 * n_padded + 8 * n_floats:
        raise ModelBlobError(f"{len(data)} bytes do not hold {n_axes} axes of {n_columns} columns")
    columns = struct.unpack_from(f"<{n_padded}I", data, HEADER.size)
    floats = struct.unpack_from(f"<{n_floats}d", data, HEADER.size + 4 * n_padded)
    rows = [floats[at : at + n_columns] for at in range(0, n_floats, n_columns)]
    model = ResidualModel(label, n_features, columns[:n_columns], rows[0], rows[1], tuple(rows[2:]), farthest, data)
    if any(columns[n_columns:]):
        raise ModelBlobError("the place behind the last column is not zero")
    _check(model)
    return model


def _header(data: bytes) -> tuple[int, int, int, float]:
    if len(data) < HEADER.size:
        raise ModelBlobError(f"{len(data)} bytes; a header alone has {HEADER.size}")
    magic, version, n_features, n_columns, n_axes, farthest = HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise ModelBlobError(f"not a projection of version {VERSION}: {magic!r}, version {version}")
    if not 1 <= n_axes <= n_columns <= min(n_features, MAX_RESIDUAL_COLUMNS) or n_features > MAX_FEATURES:
        raise ModelBlobError(
            f"{n_axes} axes of {n_columns} columns of {n_features} features; legal are 1 axis to as many as columns, "
            f"at most {MAX_RESIDUAL_COLUMNS} columns and {MAX_FEATURES} features"
        )
    if not 0.0 < farthest <= MAX_DEVIATION:
        raise ModelBlobError(f"the largest deviation is {farthest}; legal are those above 0 up to {MAX_DEVIATION:g}")
    return n_features, n_columns, n_axes, farthest


def _check(model: ResidualModel) -> None:
    columns = model.columns
    if columns[-1] >= model.n_features or any(not low < high for low, high in zip(columns, columns[1:])):
        raise ModelBlobError(f"columns are not ascending within {model.n_features} features")
    if not all(math.isfinite(value) for value in model.centers):
        raise ModelBlobError("a center is not finite")
    if not all(math.isfinite(value) and value > 0.0 for value in model.scales):
        raise ModelBlobError("a scale is not above 0, or not finite")
    if not all(abs(value) <= MAX_AXIS for axis in model.axes for value in axis):
        raise ModelBlobError(f"an axis has an entry that is not within {MAX_AXIS:g}")
