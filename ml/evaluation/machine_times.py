"""Times of several machines in one ascending array, so that one search serves all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.data.dataset import Mask
from ml.data.failure_events import Int64


@dataclass(frozen=True, slots=True)
class MachineClock:
    """One number for a machine and a time: those of a later machine are greater than all of an earlier one.

    Attributes:
        first_us: Least time that there is.
        end_us: Greater than every time that events have; what is later counts as this.
    """

    first_us: int
    end_us: int

    def __call__(self, machine: Int64, at_us: Int64) -> Int64:
        """The numbers of times, from `first_us` on, of machines by their number."""
        return machine * (self.end_us - self.first_us + 1) + np.minimum(at_us, self.end_us) - self.first_us


def any_between(events: Int64, after: Int64, before: Int64) -> Mask:
    """Whether any of the ascending numbers lies strictly between each pair, shape (n,)."""
    first = np.searchsorted(events, after, side="right")
    return np.asarray(np.searchsorted(events, before, side="left") > first, dtype=np.bool_)
