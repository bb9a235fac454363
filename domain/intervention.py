"""Interventions: maintenance that censors, for nobody knows whether the machine would have failed without it.

One definition for labels, for the evaluation of models and for what alarms saved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from domain.alarm import IDLE, AlarmRule, AlarmState, observe

CONDITION_BASED, STANDING_ALARM = "condition_based", "standing_alarm"
CONFIRMED, REFUTED = "confirmed", "refuted"
WORK_COLUMNS = ("code", "state", "detail")
"""Columns of a maintenance record that may say of what kind the work was, and what it found."""
Texts = tuple[tuple[str, str], ...]
"""Pairs of a column and a text that it may hold."""


@dataclass(frozen=True)
class WorkRules:
    """What the texts of a plant's maintenance records mean; what none of them names is not known.

    Attributes:
        condition_based: The work was done because of the machine's condition.
        scheduled: The work was planned by time or by use.
        confirmed: The technician found the defect.
        refuted: The technician found nothing.
    """

    condition_based: Texts = ()
    scheduled: Texts = ()
    confirmed: Texts = ()
    refuted: Texts = ()


@dataclass(frozen=True)
class Work:
    """One maintenance record of a machine: its time, UTC microseconds, and its texts, empty where it has none.

    A technician's answer to an alarm that says what was found is one too: `finding`; else empty.
    """

    at_us: int
    code: str = ""
    state: str = ""
    detail: str = ""
    finding: str = ""

    def holds(self, texts: Texts) -> bool:
        """Whether any of the texts is in its column."""
        own = dict(zip(WORK_COLUMNS, (self.code, self.state, self.detail)))
        return any(own[column] == text for column, text in texts)


@dataclass(frozen=True)
class Intervention:
    """Work at one moment that censors: why it does, and what was found; empty where nobody says."""

    at_us: int
    reason: str
    finding: str = ""


@dataclass(frozen=True)
class Observation:
    """One score or alert as people could see it.

    Attributes:
        at_us: Time that it is about, UTC microseconds.
        made_us: From when it was there to be seen.
        is_alarm: Whether it asked for anything.
    """

    at_us: int
    made_us: int
    is_alarm: bool


def interventions(works: Iterable[Work], rules: WorkRules, standing_us: Collection[int]) -> tuple[Intervention, ...]:
    """The interventions of one machine by time, one a moment.

    Work is one where its record says that it was condition-based, and where an alarm was standing and the record does
    not say that the work was scheduled. Scheduled work says nothing of the machine: it does not censor.

    Args:
        works: Maintenance records of the machine.
        rules: What their texts mean.
        standing_us: Times of works at which an alarm of the machine was standing, see `standing_at`.

    >>> rules = WorkRules(scheduled=(("detail", "planned"),))
    >>> [one.reason for one in interventions([Work(5, detail="planned"), Work(9)], rules, {5, 9})]
    ['standing_alarm']
    """
    found: dict[int, Intervention] = {}
    for work in sorted(works, key=lambda work: (work.at_us, work.code, work.state, work.detail, work.finding)):
        reason = _reason(work, rules, standing_us)
        if reason:
            one = Intervention(work.at_us, reason, _finding(work, rules))
            found[work.at_us] = _joined(found.get(work.at_us, one), one)
    return tuple(found.values())


def standing_at(times_us: Iterable[int], observations: Iterable[Observation], rule: AlarmRule) -> frozenset[int]:
    """Those of the times at which an alarm of one machine was raised before and had not cleared, as seen then.

    What was made later is not looked at, nor what is about an earlier time than a score before it. An alarm of which
    nothing was heard for as long as it takes to be announced again is over: alerts have no end of their own.

    Args:
        times_us: Times in question, UTC microseconds.
        observations: Scores, or alerts, of one source.
        rule: How the alarm behaves.
    """
    waiting = sorted(observations, key=lambda one: (one.made_us, one.at_us, not one.is_alarm))
    state, place, found = IDLE, 0, set[int]()
    for time_us in sorted(set(times_us)):
        while place < len(waiting) and waiting[place].made_us < time_us:
            state = _after(state, rule, waiting[place])
            place += 1
        if _is_standing(state, rule, time_us):
            found.add(time_us)
    return frozenset(found)


def _reason(work: Work, rules: WorkRules, standing_us: Collection[int]) -> str:
    if work.holds(rules.condition_based):
        return CONDITION_BASED
    is_unplanned = not work.holds(rules.scheduled)
    return STANDING_ALARM if is_unplanned and work.at_us in standing_us else ""


def _finding(work: Work, rules: WorkRules) -> str:
    if work.finding:
        return work.finding
    if work.holds(rules.confirmed):
        return CONFIRMED
    return REFUTED if work.holds(rules.refuted) else ""


def _joined(one: Intervention, other: Intervention) -> Intervention:
    """Two works of one moment: the record weighs more than the alarm, a defect more than none."""
    reasons, findings = (one.reason, other.reason), (one.finding, other.finding)
    reason = CONDITION_BASED if CONDITION_BASED in reasons else STANDING_ALARM
    return Intervention(one.at_us, reason, next((each for each in (CONFIRMED, REFUTED) if each in findings), ""))


def _after(state: AlarmState, rule: AlarmRule, seen: Observation) -> AlarmState:
    is_later = seen.at_us > state.at_us or (seen.at_us == state.at_us and seen.is_alarm)
    return state if state != IDLE and not is_later else observe(state, rule, seen.at_us, int(seen.is_alarm), "ALARM")[0]


def _is_standing(state: AlarmState, rule: AlarmRule, time_us: int) -> bool:
    is_heard_of = 0 < time_us - state.at_us <= max(rule.repeat_us, 1)
    return is_heard_of and observe(state, rule, time_us, 0)[0].level > 0
