"""The scoring kernel in plain Python: slow, and equal to the library bit for bit."""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from edge_bundle.format.bounds import MAX_MODELS
from edge_bundle.format.errors import RowError
from edge_bundle.format.float_rows import as_row, split_rows
from edge_bundle.format.hex_float import to_float32
from edge_bundle.format.model_blob import FlatModel, ModelKind
from edge_bundle.format.residual_blob import ResidualModel
from edge_bundle.format.residual_score import residual, residuals

# All nodes: payload as threshold, payload as bits, slot, left child.
_Columns = tuple[Any, Any, Any, Any]


class ReferenceKernel:
    """Scores as the C kernel does; the fall-back where no library fits.

    Attributes:
        reason: Why the library is not in use.
    """

    name = "python"

    def __init__(self, reason: str = "asked for") -> None:
        self.reason = reason

    def margin(self, model: FlatModel, row: Sequence[float]) -> float:
        """The float32 margin of one row. See ``Kernel.margin``."""
        check_kind(model, ModelKind.MARGIN)
        total = model.header.base_margin
        for bits in _leaves(model, _expanded(as_row(model, row))):
            total = to_float32(total + struct.unpack("<f", struct.pack("<I", bits))[0])
        return total

    def depth(self, model: FlatModel, row: Sequence[float]) -> float:
        """The float64 sum of path lengths of one row. See ``Kernel.depth``."""
        check_kind(model, ModelKind.DEPTH)
        lengths = model.lengths
        total = 0.0
        for index in _leaves(model, _expanded(as_row(model, row))):
            total += lengths[index]
        return total

    def margins(self, model: FlatModel, rows: bytes) -> bytes:
        """Float32 margins of float32 rows. See ``Kernel.margins``."""
        results = [self.margin(model, row) for row in split_rows(model, rows)]
        return struct.pack(f"<{len(results)}f", *results)

    def depths(self, model: FlatModel, rows: bytes) -> bytes:
        """Float64 path-length sums of float32 rows. See ``Kernel.depths``."""
        results = [self.depth(model, row) for row in split_rows(model, rows)]
        return struct.pack(f"<{len(results)}d", *results)

    def residual(self, model: ResidualModel, row: Sequence[float]) -> float:
        """The sum of squares of one row. See `residual_score.residual`."""
        return residual(model, row)

    def residuals(self, model: ResidualModel, rows: bytes) -> bytes:
        """Sums of squares of float32 rows. See `residual_score.residuals`."""
        return residuals(model, rows)


def check_kind(model: FlatModel, kind: ModelKind) -> None:
    """Refuse to read one kind's leaves as the other's.

    Raises:
        RowError: The model is of another kind.
    """
    if model.kind is not kind:
        raise RowError(f"this model gives {model.kind.label}, not {kind.label}")


def _expanded(row: array[float]) -> list[float]:
    left = [-math.inf if math.isnan(value) else value for value in row]
    right = [math.inf if math.isnan(value) else value for value in row]
    return [*left, *right, math.nan]


def _leaves(model: FlatModel, slots: list[float]) -> Iterator[int]:
    """The payload bits of the leaf that each tree ends in, in tree order."""
    thresholds, bits, slot, left = _columns(model)
    for root, depth in zip(model.roots, model.depths):
        at = 0
        for _ in range(depth):
            node = root + at
            at = left[node] + (slots[slot[node]] >= thresholds[node])
        yield bits[root + at]


@lru_cache(maxsize=MAX_MODELS)
def _columns(model: FlatModel) -> _Columns:
    floats, words, halves = (_numbers(kind, model.nodes) for kind in ("f", "I", "H"))
    return floats[::2], words[::2], halves[2::4], halves[3::4]


def _numbers(kind: str, data: memoryview) -> Any:
    """Little-endian numbers as an array: a list of them takes four times the memory of the whole model."""
    numbers: array[float] = array(kind)
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
