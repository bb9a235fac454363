"""Middle and scale of rows of numbers of which some are missing or wrong."""

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
_TO_DEVIATION = 1.4826
"""Deviation of normal numbers by their median absolute deviation. Source: F. R. Hampel, JASA 69 (1974)."""


def counted(rows: Doubles) -> NDArray[np.int64]:
    """How many numbers each row has, NaN left out."""
    found: NDArray[np.int64] = np.isfinite(rows).sum(axis=-1)
    return found


def median(rows: Doubles) -> Doubles:
    """The median of each row, NaN left out; NaN without any.

    >>> median(np.array([[1.0, 9.0, np.nan], [np.nan, np.nan, np.nan]])).tolist()
    [5.0, nan]
    """
    ordered, count = np.sort(rows, axis=-1), counted(rows)
    high = np.clip(count // 2, 0, rows.shape[-1] - 1)[..., None]
    low = np.clip((count - 1) // 2, 0, None)[..., None]
    middle = (np.take_along_axis(ordered, low, -1) + np.take_along_axis(ordered, high, -1)) / 2
    return np.where(count > 0, middle[..., 0], np.nan)


def deviation(rows: Doubles) -> Doubles:
    """The deviation of each row by its median absolute deviation: up to half of its numbers may be wrong."""
    return _TO_DEVIATION * median(np.abs(rows - median(rows)[..., None]))
