"""An alarm of scores where a model does not score every time."""

from domain.alarm import IDLE, AlarmState, Change
from domain.score_alarm import ScoreSeen, observe_score, score_rule

HOUR = 3_600_000_000
RULE = score_rule()


def after(*seen: ScoreSeen) -> tuple[AlarmState, list[Change]]:
    state, found = IDLE, list[Change]()
    for one in seen:
        state, changes = observe_score(state, RULE, one)
        found += [change.change for change in changes]
    return state, found


def test_times_without_a_score_neither_raise_an_alarm_nor_clear_it() -> None:
    gap = [ScoreSeen(hour * HOUR, 0, "", ("ANOMALY",)) for hour in range(1, 40)]

    assert after(*gap) == (after(*gap)[0], [])
    assert after(ScoreSeen(0, 1, "ANOMALY"), *gap)[1] == [Change.RAISED]


def test_quiet_that_began_before_a_gap_counts_through_it() -> None:
    """As where a time is missing: it clears at the next score, two hours after the quiet began."""
    state, changes = after(
        ScoreSeen(0, 1, "ANOMALY"), ScoreSeen(HOUR, 0, ""), ScoreSeen(2 * HOUR, 0, "", ("ANOMALY",)),
        ScoreSeen(6 * HOUR, 0, ""),
    )  # fmt: skip

    assert changes == [Change.RAISED, Change.CLEARED]
    assert state.level == 0


def test_an_alarm_of_another_model_clears_though_this_one_does_not_score() -> None:
    gap = [ScoreSeen(hour * HOUR, 0, "", ("ANOMALY",)) for hour in range(1, 5)]

    assert after(ScoreSeen(0, 1, "ALARM"), *gap)[1] == [Change.RAISED, Change.CLEARED]


def test_another_model_raises_where_this_one_does_not_score() -> None:
    assert after(ScoreSeen(0, 2, "MAINTENANCE", ("ANOMALY",)))[1] == [Change.RAISED]
