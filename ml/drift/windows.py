"""The rows of a feature by window: the one that is compared, and those before it."""

from __future__ import annotations

import numpy as np

from ml.drift.sketch import Int32, Int64

COMPACT = 8
"""Bins of a range are looked up, not sorted, where the range has at most so many bins an entry."""


def windows_of(ages: Int64, bins: Int32, counts: Int64, length: int, number: int) -> Int64:
    """Rows by window and bin, shape (1 + number, b): the newest window first, then those before it, newest first.

    >>> windows_of(np.array([0, 8, 9]), np.array([5, 5, 6]), np.array([1, 2, 3]), 7, 1).tolist()
    [[1, 0], [2, 3]]

    Args:
        ages: Days before the newest date, of each entry of its sketches, shape (n,); less than length * (1 + number).
        bins: The entries' bins.
        counts: Rows of each.
        length: Length of a window, days.
        number: Windows before the newest.
    """
    place, width = _places(bins)
    rows = np.bincount(ages // length * width + place, weights=counts, minlength=(1 + number) * width)
    return np.asarray(rows.reshape(1 + number, width), dtype=np.int64)


def _places(bins: Int32) -> tuple[Int64, int]:
    """The place of each entry's bin among the bins that occur, ascending, and how many these are."""
    if not len(bins):
        return np.zeros(0, np.int64), 0
    lowest = int(bins.min())
    if int(bins.max()) - lowest >= COMPACT * len(bins):
        found, inverse = np.unique(bins, return_inverse=True)
        return inverse.astype(np.int64), len(found)
    offsets = bins.astype(np.int64) - lowest
    ranks = np.cumsum(np.bincount(offsets) > 0) - 1
    return ranks[offsets], int(ranks[-1]) + 1
