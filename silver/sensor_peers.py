"""What the other sensors of a machine say at the same time."""

import numpy as np
from numpy.typing import NDArray

from silver.robust import Doubles, median

Codes = NDArray[np.int64]
_NONE = -np.inf


def most_of_others(values: Doubles, group: Codes) -> Doubles:
    """For each row, column by column, the greatest number of the other rows of its group; NaN where there is none.

    >>> most_of_others(np.array([[1.0], [3.0], [2.0]]), np.array([0, 0, 1])).tolist()
    [[3.0], [1.0], [nan]]
    """
    known = np.where(np.isfinite(values), values, _NONE)
    groups = int(group.max(initial=-1)) + 1
    first, second = np.full((groups, values.shape[1]), _NONE), np.full((groups, values.shape[1]), _NONE)
    np.maximum.at(first, group, known)
    is_first = known == first[group]
    times = np.zeros(first.shape, np.int64)
    np.add.at(times, group, is_first)
    np.maximum.at(second, group, np.where(is_first, _NONE, known))
    found = np.where(is_first & (times[group] == 1), second[group], first[group])
    return np.where(np.isfinite(found), found, np.nan)


def most_of_other_metrics(values: Doubles, unit: Codes, machine: Codes) -> Doubles:
    """The same of the machine's other metrics: rows of one `unit`, a machine's metric, are no others."""
    found = np.full(values.shape, np.nan)
    known = np.where(np.isfinite(values), values, _NONE)
    units, first_row = np.unique(unit, return_index=True)
    most = np.full((len(units), values.shape[1]), _NONE)
    place = np.searchsorted(units, unit)
    np.maximum.at(most, place, known)
    found = most_of_others(most, machine[first_row])
    return found[place]


def from_peers(means: Doubles, unit: Codes) -> Doubles:
    """How far each row is from the rows of its unit, column by column: of two from the other, of more from the median.

    NaN where no other row of the unit has a number. Of three sensors one that is wrong is away alone; of two both are.
    """
    found = np.full(means.shape, np.nan)
    for one in np.flatnonzero(np.bincount(unit) > 1).tolist():
        rows = np.flatnonzero(unit == one)
        of_unit = means[rows]
        count = np.isfinite(of_unit).sum(axis=0)
        away = of_unit - median(of_unit.T)[None, :]
        found[rows] = np.where(count == 2, 2 * away, np.where(count > 2, away, np.nan))
    return found
