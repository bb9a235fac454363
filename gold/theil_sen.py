"""Slopes of a few daily values that no single day decides, in whole numbers."""

from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from gold.whole_numbers import Whole

_SAFE = 2.0**50
UNIT = 120
"""Slopes are whole 120ths: differences by distances of 1 to 6, and half of the sum of two."""


@dataclass(frozen=True, slots=True)
class Slopes:
    """For each series.

    Attributes:
        slope: Median of the slopes between any two values, in 120ths a place; exact.
        kendall_s: Pairs that rise less pairs that fall.
        count: Values that are there.
    """

    slope: Whole
    kendall_s: NDArray[np.int64]
    count: NDArray[np.int64]


def slopes(values: Whole, is_there: NDArray[np.bool_]) -> Slopes:
    """The slopes of series, a row each, of at most seven values, of which two or more are there.

    Source: Sen, J. Am. Stat. Assoc. 63 (1968) 1379; Mann, Econometrica 13 (1945) 245.

    Example: of 0, 1, 90, 3 the pairs have the slopes 1, 45, 1, 89, 1 and -87, whose median is 1: the third value is one
    that a line by least squares would follow. Four pairs rise, one of them by all, and one falls.

        >>> found = slopes(np.array([[0, 1, 90, 3]]), np.ones((1, 4), dtype=np.bool_))
        >>> (found.slope / UNIT).tolist(), found.kendall_s.tolist()
        ([1.0], [4])
    """
    kind = np.int64 if not values.size or float(np.abs(values).max()) < _SAFE else object
    whole, pairs = values.astype(kind), list(combinations(range(values.shape[1]), 2))
    first, second = ([pair[side] for pair in pairs] for side in (0, 1))
    is_pair = is_there[:, first] & is_there[:, second]
    rises = whole[:, second] - whole[:, first]
    by_place = rises * np.array([UNIT // 2 // (later - before) for before, later in pairs]).astype(kind)
    signs = np.where(is_pair, np.sign(rises.astype(np.float64)), 0).astype(np.int64)
    return Slopes(_median_doubled(by_place, is_pair), signs.sum(axis=1), is_there.sum(axis=1))


def least_significant(count: int, level: float = 0.05) -> int:
    """The least |S| of so many values that chance reaches with at most that probability, both ways; no ties.

    The orders of n values by their inversions are counted: S is n (n - 1) / 2 less twice the inversions.

    >>> [least_significant(count) for count in (5, 6, 7)]
    [10, 13, 15]
    """
    orders = [1]
    for size in range(2, count + 1):
        orders = [sum(orders[max(0, place - size + 1) : place + 1]) for place in range(len(orders) + size - 1)]
    most, summed = count * (count - 1) // 2, 0
    for inversions, number in enumerate(orders):
        summed += number
        if 2 * summed > level * factorial(count):
            return most - 2 * inversions + 2
    return most


def _median_doubled(values: Whole, is_there: NDArray[np.bool_]) -> Whole:
    """Twice the median of what is there of each row."""
    count, rows = is_there.sum(axis=1), np.arange(len(values))
    order = np.argsort(np.where(is_there, values, values.max(initial=0) + 1), axis=1, kind="stable")
    low, high = (values[rows, order[rows, np.maximum(place, 0)]] for place in ((count - 1) // 2, count // 2))
    doubled: Whole = low + high
    return doubled
