"""Alarms on arrays are the alarms of the state machine that the gateway runs, one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.alarm import AlarmRule, Change
from domain.score_alarm import score_alarms, score_rule
from ml.data.failure_events import NEVER_US
from ml.evaluation.alarms import alarms_of
from tests.support.plant_frames import HOUR_US

rows = st.lists(st.tuples(st.integers(1, 7), st.booleans()), max_size=60)


@given(rows, st.integers(0, 12), st.integers(0, 20))
def test_they_equal_the_state_machines_whatever_the_gaps(
    steps: list[tuple[int, bool]], clear: int, repeat: int
) -> None:
    times = np.cumsum([step for step, _ in steps], dtype=np.int64)
    flags = np.array([flag for _, flag in steps], dtype=np.bool_)
    rule = AlarmRule(clear, repeat)

    expected = score_alarms(rule, zip(times.tolist(), map(int, flags.tolist()), ["ALARM"] * len(times), strict=True))

    found = alarms_of(times, flags, rule)
    assert found.raised_us.tolist() == [one.raised_us for one in expected]
    cleared = [NEVER_US if one.cleared_us is None else one.cleared_us for one in expected]
    assert found.cleared_us.tolist() == cleared
    calls = [(number, call.at_us) for number, one in enumerate(expected) for call in one.announcements]
    assert list(zip(found.alarm_of_call.tolist(), found.calls_us.tolist(), strict=True)) == calls
    assert {call.change for one in expected for call in one.announcements} <= {Change.RAISED, Change.REPEATED}


def test_an_alarm_of_three_days_is_one_alarm_of_three_calls() -> None:
    times = np.arange(100, dtype=np.int64) * HOUR_US

    found = alarms_of(times, (times >= 10 * HOUR_US) & (times < 82 * HOUR_US), score_rule())

    assert (found.raised_us // HOUR_US).tolist() == [10]
    assert (found.cleared_us // HOUR_US).tolist() == [84]
    assert (found.calls_us // HOUR_US).tolist() == [10, 34, 58]
