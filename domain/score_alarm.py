"""The alarm of a machine's scores: one definition for the gateway, for batch jobs and for the evaluation of models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.alarm import IDLE, AlarmRule, AlarmState, Change, Transition, observe

CLEAR_S = 7200
"""A score's alarm clears when its condition was absent for this long. Starting value: two hourly scores."""
REPEAT_S = 86_400
"""It is announced again while it lasts, this long after the last announcement. Starting value: once a day."""
US = 1_000_000


@dataclass(frozen=True)
class ScoreAlarm:
    """One alarm from its raise to its clear.

    Attributes:
        raised_us: When it was raised.
        cleared_us: When it cleared; None where it is active after the last observation.
        announcements: Its raise, each worse level or other code, and each repeat, in order.
    """

    raised_us: int
    cleared_us: int | None
    announcements: tuple[Transition, ...]


@dataclass(frozen=True)
class ScoreSeen:
    """One grid time's scores.

    Attributes:
        at_us: The grid time.
        level: Place of the request among the decisions; 0 for none.
        code: Threshold that was reached; empty where none was.
        unscored: Codes of the models that did not score this time.
    """

    at_us: int
    level: int
    code: str
    unscored: tuple[str, ...] = ()


def observe_score(state: AlarmState, rule: AlarmRule, seen: ScoreSeen) -> tuple[AlarmState, tuple[Transition, ...]]:
    """The alarm after one grid time, as `domain.alarm.observe`.

    A model that does not score a time neither raises an alarm nor clears one: an alarm that it raised is not observed
    where nothing is requested, as if there were no score of that time.

    >>> rule, hour = score_rule(), 3_600_000_000
    >>> raised, _ = observe_score(IDLE, rule, ScoreSeen(0, 1, "ANOMALY"))
    >>> observe_score(raised, rule, ScoreSeen(9 * hour, 0, "", ("ANOMALY",))) == (raised, ())
    True
    """
    if seen.level == 0 and any(code in seen.unscored for code, _ in state.announced):
        return state, ()
    return observe(state, rule, seen.at_us, seen.level, seen.code)


def score_rule(clear_s: int = CLEAR_S, repeat_s: int = REPEAT_S) -> AlarmRule:
    """The rule of a score's alarm."""
    return AlarmRule(clear_s * US, repeat_s * US)


def score_alarms(rule: AlarmRule, observations: Iterable[tuple[int, int, str]]) -> tuple[ScoreAlarm, ...]:
    """The alarms of one machine.

    Args:
        rule: How they behave.
        observations: Time, level (0 for none) and code of each score, by time.

    >>> hour = 3_600_000_000
    >>> [(one.raised_us // hour, one.cleared_us // hour) for one in score_alarms(
    ...     score_rule(), [(at * hour, int(at in (1, 2, 3)), "ALARM") for at in range(8)])]
    [(1, 6)]
    """
    state, found = IDLE, list[ScoreAlarm]()
    for at_us, level, code in observations:
        state, changes = observe(state, rule, at_us, level, code)
        for change in changes:
            if change.change is Change.RAISED:
                found.append(ScoreAlarm(change.at_us, None, (change,)))
            elif change.is_announced:
                found[-1] = replace(found[-1], announcements=(*found[-1].announcements, change))
            elif change.change is Change.CLEARED:
                found[-1] = replace(found[-1], cleared_us=change.at_us)
    return tuple(found)
