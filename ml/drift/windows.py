"""The rows of a feature by window, added up along its bins: the window that is compared, and those before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from ml.drift.rules import DriftRules
from ml.drift.series import Series
from ml.drift.sketch import Float64, Int32, Int64

COMPACT = 8
"""Bins of a range are looked up, not sorted, where the range has at most so many bins an entry."""


def each_window(series: Series, days: Sequence[int], rules: DriftRules) -> Iterator[tuple[int, Float64]]:
    """Each of the days with its windows, as `windows_until` gives them.

    Dates that are whole windows apart have windows in common: these are counted once, for as many dates as are within
    the length that a comparison looks at, so that few of them are in memory at a time.
    """
    places, width = _places(series.bins)

    def block(day: int) -> tuple[int, int]:
        return day % rules.window_days, day // rules.days

    for _, together in groupby(sorted(days, key=block), block):
        near = sorted(together)
        first = near[0] - rules.days + 1
        summed = windows_until(series.placed(places, first, near[-1]), width, first, near[-1], rules.window_days)
        for day in near:
            newest = (near[-1] - day) // rules.window_days
            yield day, summed[newest : newest + rules.reference_windows + 1]


def windows_until(entries: tuple[Int64, Int64, Int64], width: int, first: int, last: int, length: int) -> Float64:
    """Rows at or below each bin, by window, shape (n, b): the newest window first.

    >>> entries = np.array([9, 1, 0]), np.array([0, 0, 1]), np.array([1, 2, 3])
    >>> windows_until(entries, 2, 0, 13, 7).tolist()
    [[1.0, 1.0], [2.0, 5.0]]

    Args:
        entries: Day, place of the bin and rows of each entry.
        width: Places.
        first: The first day of the oldest window.
        last: The last day of the newest one.
        length: Length of a window, days.
    """
    days, places, counts = entries
    number = (last - first + 1) // length
    found = np.bincount((last - days) // length * width + places, weights=counts, minlength=number * width)
    return np.cumsum(found.reshape(number, width), axis=1)


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
