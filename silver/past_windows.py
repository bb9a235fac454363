"""Mean and deviation of the readings before each reading, from whole numbers: exact, whatever the order of arrival."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from expectations.tables.arrow_columns import Doubles

Steps = NDArray[np.int64]
Places = NDArray[np.int64]
_SAFE = 2.0**61
"""Below it, the difference of two whole numbers of that size fits into 64 bits."""


@dataclass(frozen=True, slots=True)
class PastWindows:
    """Rows in an order, series after series, and for each row its window: places of the rows from `first` to `end`.

    Attributes:
        steps: The rows' values: whole numbers, below 2^53.
        starts: Places at which a series begins, ascending.
        first: Place of the first row of each row's window, in its series.
        end: Place behind the window's last row.
    """

    steps: Steps
    starts: Places
    first: Places
    end: Places

    @property
    def count(self) -> Steps:
        """Rows of each window."""
        return self.end - self.first

    def mean(self, resolution: Doubles) -> Doubles:
        """``(float(sum) / float(count)) * resolution``; NaN for an empty window."""
        count = self.count
        sums = _sums(self.steps, self).astype(np.float64)
        means: Doubles = np.divide(sums, count, out=_unknown(count), where=count > 0) * resolution
        return means

    def deviation(self, resolution: Doubles) -> Doubles:
        """Sample deviation; NaN below two rows.

        ``sqrt(float(n * Q - S * S) / (float(n) * float(n - 1))) * resolution`` of n rows with the sum S and the sum of
        squares Q. Source: the computational formula of the sample variance, exact on integers. Its numerator stays the
        same when one number is taken from every row, so each series is moved to the middle of its range, where 64 bits
        mostly suffice; the rows of a window for which they may not are added up as Python's own whole numbers.

        Example: readings of 2, 4 and 6 steps of 0.5 have the variance 4 steps squared, so the deviation 2 steps, 1.0.

            >>> steps, places = np.array([2, 4, 6]), np.array([0, 0, 0])
            >>> PastWindows(steps, np.array([0]), places, np.array([1, 2, 3])).deviation(np.full(3, 0.5)).tolist()
            [nan, 0.7071067811865476, 1.0]
        """
        moved, largest = _centred(self.steps, self.starts)
        count = self.count
        total, squares = _sums(moved, self), _sums(moved * moved, self)
        numerator = (count * squares - total * total).astype(np.float64)
        for row in np.flatnonzero((count * largest) ** 2.0 >= _SAFE):
            numerator[row] = _numerator(moved[self.first[row] : self.end[row]].tolist())
        divisor = count.astype(np.float64) * (count - 1).astype(np.float64)
        variance = np.divide(numerator, divisor, out=_unknown(count), where=count > 1)
        deviations: Doubles = np.sqrt(variance) * resolution
        return deviations


def _sums(values: Steps, windows: PastWindows) -> Steps:
    """Sums of the windows. Running sums may wrap at 2^64; their differences are right where they fit."""
    running = np.concatenate((np.zeros(1, np.int64), np.cumsum(values)))
    sums: Steps = running[windows.end] - running[windows.first]
    return sums


def _centred(steps: Steps, starts: Places) -> tuple[Steps, Doubles]:
    """The rows less the middle of their series' range, and for each row the largest magnitude in its series."""
    if not len(steps):
        return steps, steps.astype(np.float64)
    lengths = np.diff(starts, append=len(steps))
    low, high = np.minimum.reduceat(steps, starts), np.maximum.reduceat(steps, starts)
    middle = (low + high) // 2
    largest = np.maximum(high - middle, middle - low).astype(np.float64)
    return steps - np.repeat(middle, lengths), np.repeat(largest, lengths)


def _numerator(steps: Sequence[int]) -> float:
    return float(len(steps) * sum(step * step for step in steps) - sum(steps) ** 2)


def _unknown(count: Steps) -> Doubles:
    return np.full(len(count), np.nan)
