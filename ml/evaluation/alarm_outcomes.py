"""What came of each alarm: a failure, an intervention, nothing, or not known yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.data.dataset import Mask
from ml.data.failure_events import NEVER_US, Int64
from ml.evaluation.alarm_counts import AlarmCounts
from ml.evaluation.alarms import Alarms


@dataclass(frozen=True, slots=True)
class AlarmOutcomes:
    """Alarms, of one machine or of several, with what came of each; (n,) of alarms, (m,) of calls.

    Attributes:
        alarms: When they were raised, cleared and called.
        is_followed: A failure came between the raise and the horizon after the end.
        is_intervened: An intervention came while it was active, no failure followed, and nothing refuted it.
        is_confirmed: Those of which the technician found the defect.
        is_useful: Calls that a failure followed within the horizon.
    """

    alarms: Alarms
    is_followed: Mask
    is_intervened: Mask
    is_confirmed: Mask
    is_useful: Mask

    @property
    def is_active(self) -> Mask:
        """Alarms that are active after the last row."""
        return np.asarray(self.alarms.cleared_us == NEVER_US, dtype=np.bool_)

    @property
    def is_false(self) -> Mask:
        """Alarms that ended with neither failure nor intervention."""
        return np.asarray(~self.is_followed & ~self.is_intervened & ~self.is_active, dtype=np.bool_)

    @property
    def is_raise(self) -> Mask:
        """Calls that raise their alarm; the others repeat it."""
        return np.append(True, np.diff(self.alarms.alarm_of_call) > 0)

    @property
    def is_vain(self) -> Mask:
        """Calls that no failure followed within the horizon, nor is excused by what came of the alarm it raised."""
        is_excused = self.is_raise & (self.is_followed | self.is_active | self.is_confirmed)[self.alarms.alarm_of_call]
        return np.asarray(~self.is_useful & ~is_excused, dtype=np.bool_)

    @property
    def vain_us(self) -> Int64:
        """Times of these calls, ascending, UTC microseconds."""
        return self.alarms.calls_us[self.is_vain]

    def is_settled(self, known_us: int, horizon_us: int) -> Mask:
        """Alarms whose outcome no later record can change: failures are known until ``known_us``."""
        is_over = ~self.is_active & (np.minimum(self.alarms.cleared_us, known_us) + horizon_us <= known_us)
        return np.asarray(self.is_followed | is_over, dtype=np.bool_)

    @property
    def counts(self) -> AlarmCounts:
        """All of them in counts."""
        return self.counts_of(np.zeros(len(self.alarms), dtype=np.int64), 1)[0]

    def counts_of(self, machine: Int64, machines: int) -> list[AlarmCounts]:
        """All of them in counts, of each machine by its number; ``machine``: that of each alarm, shape (n,)."""
        calls = machine[self.alarms.alarm_of_call]
        is_open = self.is_active & ~self.is_followed & ~self.is_intervened
        numbers = (
            machine, machine[self.is_false], machine[self.is_intervened], machine[is_open], calls, calls[self.is_vain],
            machine[self.is_confirmed],
        )  # fmt: skip
        counted = (np.bincount(each, minlength=machines).tolist() for each in numbers)
        return [AlarmCounts(*each) for each in zip(*counted, strict=True)]

    def part(self, first: int, end: int) -> AlarmOutcomes:
        """Those from one number to another, with what is theirs."""
        alarms = self.alarms
        low, high = np.searchsorted(alarms.alarm_of_call, (first, end)).tolist()
        return AlarmOutcomes(
            alarms=Alarms(
                alarms.raised_us[first:end], alarms.cleared_us[first:end], alarms.calls_us[low:high],
                alarms.alarm_of_call[low:high] - first,
            ),
            is_followed=self.is_followed[first:end],
            is_intervened=self.is_intervened[first:end],
            is_confirmed=self.is_confirmed[first:end],
            is_useful=self.is_useful[low:high],
        )  # fmt: skip
