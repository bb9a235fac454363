"""What came of each alarm, and from when no later record changes it."""

import numpy as np

from domain.score_alarm import score_rule
from ml.evaluation.alarm_outcomes import AlarmOutcomes
from ml.evaluation.alarms import alarms_of

HOUR = 3_600_000_000
DAY = 24


def outcomes(followed: bool = False, intervened: bool = False, hours: int = 100) -> AlarmOutcomes:
    """One alarm, of the flags of hours 10 to 12: it clears at hour 15."""
    times = np.arange(hours, dtype=np.int64) * HOUR
    alarms = alarms_of(times, (times >= 10 * HOUR) & (times <= 12 * HOUR), score_rule())
    one = np.ones(1, dtype=np.bool_)
    return AlarmOutcomes(alarms, one & followed, one & intervened, one & False, one & followed)


def test_an_alarm_that_ended_is_settled_when_its_horizon_is_over() -> None:
    found = outcomes()
    assert found.alarms.cleared_us.tolist() == [15 * HOUR]

    assert not found.is_settled(38 * HOUR, DAY * HOUR)[0]
    assert found.is_settled(39 * HOUR, DAY * HOUR)[0]
    assert (found.counts.false, found.counts.vain_calls) == (1, 1)


def test_an_alarm_that_a_failure_followed_is_settled_at_once_and_one_that_is_active_never_is() -> None:
    assert outcomes(followed=True).is_settled(0, DAY * HOUR).tolist() == [True]

    active = outcomes(hours=14)
    assert active.is_active.tolist() == [True]
    assert active.is_settled(10_000 * HOUR, DAY * HOUR).tolist() == [False]
    assert (active.counts.false, active.counts.active) == (0, 1)


def test_an_intervention_is_settled_no_sooner_than_the_horizon_behind_the_alarm() -> None:
    found = outcomes(intervened=True)

    assert [found.is_settled(at * HOUR, DAY * HOUR)[0] for at in (20, 39)] == [False, True]
    assert (found.counts.false, found.counts.intervened) == (0, 1)
