"""A sketch: the rows of one feature counted in bins that are the same for all data, so that sketches add exactly.

A bin holds the doubles that agree in sign, exponent and the first twelve bits of the mantissa: whole numbers up to
4,096 have one each, other values share one with those within 1/4,096 of them. The bins follow from the format of a
double (IEEE 754-2019, 3.4) and from no data: no reference has to be frozen before the first day is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.errors import FrameError

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

DROPPED_BITS = 40
"""Of the 52 bits of a mantissa; 12 stay; `tests/ml/drift/test_sketch.py` bounds what that costs."""
STORED = np.dtype([("bin", "<i4"), ("count", "<i4")])
_MAGNITUDE = np.int64(0x7FFF_FFFF_FFFF_FFFF)


@dataclass(frozen=True, slots=True)
class Sketch:
    """Counted rows of one feature.

    Attributes:
        bins: Bins with rows, ascending, shape (b,).
        counts: Rows of each, shape (b,).
        missing: Rows without a value.
        infinite: Rows with an infinite value, which no bin holds.
    """

    bins: Int32
    counts: Int64
    missing: int = 0
    infinite: int = 0

    @property
    def rows(self) -> int:
        """Rows with a finite value."""
        return int(self.counts.sum())


def bins_of(values: Float64) -> Int32:
    """The bin of each finite value; a greater value never has a lower bin.

    >>> bins_of(np.array([1.0, 1.0001, 1.0003, 2.0])) - bins_of(np.array([1.0]))
    array([   0,    0,    1, 4096], dtype=int32)
    >>> bins_of(np.array([-0.0, 0.0]))
    array([0, 0], dtype=int32)
    """
    bits = (np.ascontiguousarray(values, dtype=np.float64) + 0.0).view(np.int64)
    ordered = bits ^ ((bits >> np.int64(63)) & _MAGNITUDE)
    return (ordered >> np.int64(DROPPED_BITS)).astype(np.int32)


def sketch_of(values: Float64) -> Sketch:
    """The sketch of a column, shape (n,), NaN where a row has no value.

    >>> found = sketch_of(np.array([2.0, 1.0, 2.0, np.nan, np.inf]))
    >>> found.counts.tolist(), found.missing, found.infinite
    ([1, 2], 1, 1)
    """
    missing, infinite = np.isnan(values), np.isinf(values)
    bins, counts = np.unique(bins_of(values[~(missing | infinite)]), return_counts=True)
    return Sketch(bins, counts.astype(np.int64), int(missing.sum()), int(infinite.sum()))


def merged(sketches: Iterable[Sketch]) -> Sketch:
    """The sketch of the rows of all of them: the same in any order and grouping, and that of the rows at once.

    >>> both = merged([sketch_of(np.array([1.0, 2.0])), sketch_of(np.array([2.0, np.nan]))])
    >>> both.counts.tolist(), both.missing
    ([1, 2], 1)
    """
    given = tuple(sketches)
    entries = [each.bins for each in given] or [np.zeros(0, np.int32)]
    bins, inverse = np.unique(np.concatenate(entries), return_inverse=True)
    counts = np.zeros(len(bins), np.int64)
    np.add.at(counts, inverse, np.concatenate([each.counts for each in given] or [counts]))
    return Sketch(bins, counts, sum(each.missing for each in given), sum(each.infinite for each in given))


def stored(sketch: Sketch) -> bytes:
    """Bins and counts as eight bytes each: the bin, then its rows, little-endian, ascending.

    Raises:
        FrameError: A bin has more rows than four bytes hold, which no day of a machine has.
    """
    if len(sketch.counts) and int(sketch.counts.max()) > np.iinfo(np.int32).max:
        raise FrameError(f"{sketch.counts.max()} rows in one bin; a stored sketch holds 2,147,483,647: sketch fewer")
    entries = np.empty(len(sketch.bins), STORED)
    entries["bin"], entries["count"] = sketch.bins, sketch.counts
    return entries.tobytes()
