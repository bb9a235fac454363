"""Whole numbers in arrays that never overflow: of 64 bits where a bound proves that they fit, else Python's own.

Both give the same values; Python's own cost about a hundred times as much, and only extreme readings need them.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Whole = NDArray[Any]
_SAFE = 2.0**61
"""Below it, as doubles add them up, three sums of magnitudes together stay below 2^63."""


def whole(column: pa.ChunkedArray) -> Whole:
    """A column of `bigint` or `decimal(38,0)` without nulls."""
    try:
        values: Whole = column.cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        values = np.array([int(value) for value in column.to_pylist()], dtype=object)
    return values


def product(*factors: Whole) -> Whole:
    """The factors multiplied element by element, in a type in which the sum of all elements fits too.

    Example: 3e9 * 3e9 is beyond 2^61, so it is computed in Python's own whole numbers. Nothing is rounded.

        >>> small, large = np.array([3, 4]), np.array([3_000_000_000, 1])
        >>> product(small, small).tolist(), product(small, small).dtype
        ([9, 16], dtype('int64'))
        >>> product(large, large).tolist(), product(large, large).dtype
        ([9000000000000000000, 1], dtype('O'))
    """
    size = np.ones(1)
    for factor in factors:
        size = size * np.abs(factor).astype(np.float64)
    kind = np.int64 if float(np.sum(size)) < _SAFE else object
    result: Whole = factors[0].astype(kind)
    for factor in factors[1:]:
        result = result * factor.astype(kind)
    return result


def summed(values: Whole, starts: NDArray[np.int64]) -> Whole:
    """Sums of the ranges that begin at `starts`."""
    if not len(starts):
        return values[:0]
    sums: Whole = np.add.reduceat(product(values), starts)
    return sums


def running(values: Whole) -> Whole:
    """Sums of the first 0, 1, 2 ... values."""
    safe = product(values)
    sums: Whole = np.concatenate((np.zeros(1, safe.dtype), np.cumsum(safe)))
    return sums


def double(values: Whole) -> NDArray[np.float64]:
    """The nearest double of each, ties to even."""
    if values.dtype == object:
        return np.array([float(value) for value in values], dtype=np.float64)
    return values.astype(np.float64)
