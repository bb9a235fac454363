"""Cumulative sums: deviations that are small and stay are found by their sum.

Source: E. S. Page, Continuous Inspection Schemes, Biometrika 41 (1954); ISO 7870-4:2021, the tabular form.
"""

import numpy as np

from silver.robust import Doubles

_MOST = 20.0
"""A date adds no more deviations than this: one far date is forgotten within some twenty. Starting value."""


def cusum(deviations: Doubles, slack: float) -> tuple[Doubles, Doubles]:
    """The greater of the upper and lower sum after the last date, and how many dates have made it what it is.

    Args:
        deviations: From the usual value, in deviations, (sensors, dates); NaN adds nothing.
        slack: What a deviation must exceed to add; half of the shift that is to be found.

    >>> [one.tolist() for one in cusum(np.array([[0.2, 2.0, 2.0]]), 0.5)]
    [[3.0], [2.0]]
    """
    sums = np.zeros((2, len(deviations)))
    since = np.zeros((2, len(deviations)))
    for column in deviations.T:
        is_known = np.isfinite(column)
        step = np.clip(np.where(is_known, column, 0.0), -_MOST, _MOST)
        grown = np.maximum(sums + np.stack([step, -step]) - slack, 0.0)
        sums = np.where(is_known, grown, sums)
        since = np.where(sums > 0, since + 1, 0)
    is_upper = sums[0] >= sums[1]
    return np.where(is_upper, sums[0], sums[1]), np.where(is_upper, since[0], since[1])
