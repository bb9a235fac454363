"""Whether the champion did worse in a week than in the weeks before: another reason to train, or to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

FEW_EVENTS = 10
"""Events below which a recall is no figure to act on, as in `gold.model_performance`."""


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """The champion in one week, for the fleet.

    Attributes:
        begins: Monday.
        events: Failures of the week.
        caught: Those that an alarm announced in time.
        missed: Those that no alarm announced.
        false_alarms: Alarms that ended with neither failure nor intervention.
        machine_years: Time of the matured scores.
        false_alarms_low: Lower end of the 95 % Poisson interval of false alarms per machine-year.
    """

    begins: date
    events: int
    caught: int
    missed: int
    false_alarms: int
    machine_years: float
    false_alarms_low: float


@dataclass(frozen=True, slots=True)
class WorseRule:
    """Numbers of the policy.

    Attributes:
        false_alarm_ratio: False alarms per machine-year, by those before.
        missed: Missed failures of one week.
        recall_ratio: Recall, by that before.
    """

    false_alarm_ratio: float
    missed: int
    recall_ratio: float


def worse(newest: WeekFigures, before: Sequence[WeekFigures], rule: WorseRule) -> tuple[str, ...]:
    """What got worse, each as a sentence without its end; empty where nothing did.

    False alarms count only where they are more than chance: the interval of the week lies above the rate before.

    >>> week = WeekFigures(date(2026, 3, 9), 2, 1, 1, 0, 0.5, 0.0)
    >>> worse(week, [], WorseRule(1.5, 1, 0.8))
    ('1 failure missed in the week of 2026-03-09',)

    Args:
        newest: The week.
        before: The weeks before it.
        rule: Numbers of the policy.
    """
    found = []
    if newest.missed >= rule.missed:
        noun = "failure" if newest.missed == 1 else "failures"
        found.append(f"{newest.missed} {noun} missed in the week of {newest.begins}")
    years, false = sum(one.machine_years for one in before), sum(one.false_alarms for one in before)
    if years and newest.machine_years:
        rate, usual = newest.false_alarms / newest.machine_years, false / years
        if rate >= rule.false_alarm_ratio * usual and newest.false_alarms_low > usual:
            found.append(f"{rate:.1f} false alarms per machine-year in the week of {newest.begins}, {usual:.1f} before")
    events, caught = sum(one.events for one in before), sum(one.caught for one in before)
    if min(newest.events, events) >= FEW_EVENTS:
        recall, baseline = newest.caught / newest.events, caught / events
        if recall < rule.recall_ratio * baseline:
            found.append(f"recall {recall:.0%} in the week of {newest.begins}, {baseline:.0%} before")
    return tuple(found)
