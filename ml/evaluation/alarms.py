"""The alarms that flags raise: `domain.score_alarm` for many thresholds, computed on arrays."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from domain.alarm import AlarmRule
from ml.data.dataset import Mask
from ml.data.failure_events import NEVER_US, Int64


@dataclass(frozen=True, slots=True)
class Alarms:
    """Alarms by machine and time, shape (n,) each, UTC microseconds.

    Attributes:
        raised_us: When each was raised.
        cleared_us: When it cleared; `NEVER_US` where it is active after the last row.
        calls_us: Every raise and every repeat, shape (m,): each sends somebody to the machine.
        alarm_of_call: Number of the alarm of each call, shape (m,).
    """

    raised_us: Int64
    cleared_us: Int64
    calls_us: Int64
    alarm_of_call: Int64

    def __len__(self) -> int:
        return len(self.raised_us)


def alarms_of(times_us: Int64, flags: Mask, rule: AlarmRule) -> Alarms:
    """The alarms of one machine's rows; the same as `domain.score_alarm.score_alarms` with one level and one code.

    An alarm clears `AlarmRule.clear_after_us` after the first row behind it without a flag, at a later row: rows that
    are missing neither hold it nor clear it.

    Args:
        times_us: Times of all rows, ascending, shape (n,).
        flags: Rows at which the condition is seen.
        rule: Clear and repeat; raised at once, no least hold.
    """
    return alarms_of_machines(times_us, np.full(len(times_us), len(times_us)), flags, rule)[0]


def alarms_of_machines(times_us: Int64, ends: Int64, flags: Mask, rule: AlarmRule) -> tuple[Alarms, Int64]:
    """The alarms of several machines' rows, one machine behind another, and the row that raised each.

    Args:
        times_us: Times of all rows, ascending in each machine, shape (n,).
        ends: For each row the place behind the last one of its machine.
        flags: As `alarms_of`.
        rule: As there.
    """
    flagged = np.flatnonzero(flags)
    if not len(flagged):
        none = np.zeros(0, dtype=np.int64)
        return Alarms(none, none, none, none), none
    end = ends[flagged]
    quiet_us = _cleared_us(times_us, flagged, end, rule.clear_after_us)
    is_raise = np.append(True, (quiet_us[:-1] <= times_us[flagged[1:]]) | (end[1:] != end[:-1]))
    last = np.append(np.flatnonzero(is_raise)[1:], len(flagged)) - 1
    is_observed = (quiet_us[last] <= times_us[end[last] - 1]) & (flagged[last] + 2 < end[last])
    cleared_us = np.where(is_observed, quiet_us[last], NEVER_US)
    number = np.cumsum(is_raise) - 1
    called = _called(times_us[flagged], number, last, max(rule.repeat_us, 1))
    raised = flagged[is_raise]
    return Alarms(times_us[raised], cleared_us, times_us[flagged[called]], number[called]), raised


def _cleared_us(times_us: Int64, flagged: Int64, end: Int64, clear_after_us: int) -> Int64:
    """When the quiet time behind each flag would be over; `NEVER_US` where another flag or no row follows at once."""
    is_last = flagged + 1 == end
    follows = times_us[np.where(is_last, flagged, flagged + 1)]
    is_held = np.append(flagged[1:] == flagged[:-1] + 1, False) | is_last
    return np.where(is_held, NEVER_US, follows + clear_after_us)


def _called(flagged_us: Int64, number: Int64, last: Int64, repeat_us: int) -> Int64:
    """Places among the flags that are announced: each raise, and in its alarm each flag `repeat_us` after the last."""
    times, ends = flagged_us.tolist(), (last + 1)[number].tolist()
    places, place = list[int](), 0
    while place < len(times):
        places.append(place)
        place = bisect_left(times, times[place] + repeat_us, place + 1, ends[place])
    return np.asarray(places, dtype=np.int64)
