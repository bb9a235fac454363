"""How far off a gateway's clock was, from the order in which it numbered its records.

Numbers grow whatever the clock says. So a record with a wrong time was made after the record before it and before the
next one, both with right times: that bounds by how much its clock was off, and where the gateway sent all the time, to
within the time between two records.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
_US_PER_S = 1e6
STEADY = 4
"""So many steps the bounds may lie apart: two are those to the neighbours, two more are records that were lost."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """Records of a gateway: their numbers and times (microseconds since the epoch, UTC), shape (n,) each."""

    sequence: Int64
    at_us: Int64

    def in_order(self) -> "Numbered":
        """By number; those of one number by time."""
        order = np.lexsort((self.at_us, self.sequence))
        return Numbered(self.sequence[order], self.at_us[order])


@dataclass(frozen=True, slots=True)
class Stretch:
    """Records in a row whose clock was off by one and the same time.

    Attributes:
        first: Number of the first.
        last: Number of the last.
        from_us: Its earliest time as sent, microseconds since the epoch.
        until_us: Its latest.
        records: How many.
        least_s: The clock was behind by at least so many seconds; None: no record with a right time is before it.
        most_s: At most; None: none is after it.
        step_s: Median seconds from one of its times to the next; None: it has a single one.
    """

    first: int
    last: int
    from_us: int
    until_us: int
    records: int
    least_s: float | None
    most_s: float | None
    step_s: float | None

    @property
    def width_s(self) -> float | None:
        """How far the bounds lie apart; None: one is not known. Below 0 where numbers began again in between."""
        return None if self.least_s is None or self.most_s is None else self.most_s - self.least_s

    @property
    def shift_s(self) -> float | None:
        """What brings its times right, to within half of the width; None where the bounds do not say it.

        They do not where they are more than `STEADY` steps apart, as the gateway was off in between, or is no order.

        >>> Stretch(11, 13, 0, 20_000_000, 3, 1000.0, 1020.0, 10.0).shift_s
        1010.0
        """
        width = self.width_s
        if self.least_s is None or width is None or self.step_s is None:
            return None
        return round(self.least_s + width / 2, 6) if 0 <= width <= STEADY * self.step_s else None


def stretches(wrong: Numbered, right: Numbered) -> Iterator[Stretch]:
    """The stretches of one gateway, by number.

    A stretch ends where a record with a right time is numbered in between, and where its own times fall: the gateway
    has started again.

    Args:
        wrong: Its records whose clock was wrong.
        right: All others, in any order.
    """
    off, good = wrong.in_order(), right.in_order()
    behind = np.searchsorted(good.sequence, off.sequence, side="right")
    ends = np.flatnonzero((np.diff(behind) != 0) | (np.diff(off.at_us) < 0)) + 1
    for rows in np.split(np.arange(off.sequence.size), ends):
        if rows.size:
            yield _stretch(off, rows, good, int(behind[rows[0]]))


def _stretch(off: Numbered, rows: Int64, good: Numbered, behind: int) -> Stretch:
    first, last = int(off.sequence[rows[0]]), int(off.sequence[rows[-1]])
    from_us, until_us = int(off.at_us[rows[0]]), int(off.at_us[rows[-1]])
    least = (int(good.at_us[behind - 1]) - from_us) / _US_PER_S if behind else None
    most = (int(good.at_us[behind]) - until_us) / _US_PER_S if behind < good.at_us.size else None
    return Stretch(first, last, from_us, until_us, rows.size, least, most, _step(off.at_us[rows]))


def _step(at_us: Int64) -> float | None:
    steps = np.diff(np.unique(at_us))
    return float(np.median(steps)) / _US_PER_S if steps.size else None
