"""An alarm of a machine is a condition; unanswered it gets critical after the policy's time, and never lapses."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.score_alarm import score_rule
from jobs.alerts.condition import Severity
from jobs.status.conditions import conditions_of
from jobs.status.facts import Facts
from jobs.status.machine_facts import StandingAlarm
from jobs.status.messages.standing import standing_items
from jobs.status.standing_state import standing_state
from tests.report.lakes import plant_at, put

NOW = datetime(2026, 3, 16, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULE, AFTER = score_rule(), 8 * HOUR


def scores(machine: str, alarms: range, *, source: str = "batch", until: int = 0) -> list[dict[str, Any]]:
    """Hourly scores of two days, those of so many hours ago in alarm."""
    return [
        {
            "machine_id": machine, "factory_id": "north", "scored_at": NOW - ago * HOUR,
            "scored_date": (NOW - ago * HOUR).date(), "bundle": "b@1.0.0+1", "source": source, "feature_digest": "x",
            "decision": "watch" if ago in alarms else "none", "is_warming_up": False, "made_at": NOW - ago * HOUR,
        }
        for ago in range(48, until - 1, -1)
    ]  # fmt: skip


def test_alarms_that_are_active_now_and_those_that_are_over(tmp_path: Path) -> None:
    """A since 20 hours, B since 5 by its gateway, C cleared, D in its quiet time, E not heard of for 30 hours."""
    plant = plant_at(tmp_path)
    put(plant, "gold.predictions", [
        *scores("A", range(21)), *scores("B", range(0)), *scores("B", range(6), source="edge"),
        *scores("C", range(5, 30)), *scores("D", range(1, 3)), *scores("E", range(30, 40), until=30),
    ])  # fmt: skip

    found = standing_state(plant, NOW, RULE)

    assert [(one.machine, (NOW - one.raised_at) / HOUR, one.is_answered) for one in found] == [
        ("north/A", 20, False), ("north/B", 5, False), ("north/D", 2, False),
    ]  # fmt: skip


def test_an_alarm_counts_from_when_it_could_be_seen(tmp_path: Path) -> None:
    """A new bundle makes the scores of two days at once, an hour ago: nobody could answer before."""
    plant = plant_at(tmp_path)
    put(plant, "gold.predictions", [{**one, "made_at": NOW - HOUR} for one in scores("A", range(21), until=1)])

    (found,) = standing_state(plant, NOW, RULE)

    assert NOW - found.raised_at == HOUR


def test_an_alarm_lasts_until_scores_come_again_and_those_that_were_not_made_say_nothing(tmp_path: Path) -> None:
    """Files come once a day: the newest score is 30 hours old. Of B the newest were not made, for want of a sensor."""
    plant = plant_at(tmp_path)
    silent = [
        {**one, "not_scored_reason": "windows_missing"} if one["scored_at"] > NOW - 36 * HOUR else one
        for one in scores("B", range(36, 41), until=30)
    ]
    put(plant, "gold.predictions", [*scores("A", range(30, 41), until=30), *silent])

    found = standing_state(plant, NOW, RULE)

    assert {one.machine: (NOW - one.raised_at) / HOUR for one in found} == {"north/A": 40, "north/B": 40}


def test_work_since_the_raise_answers_and_work_before_it_does_not(tmp_path: Path) -> None:
    plant = plant_at(tmp_path)
    put(plant, "gold.predictions", [*scores("A", range(21)), *scores("B", range(21))])
    work = {"factory_id": "north", "kind": "maintenance", "code": "seal"}
    works = [{**work, "machine_id": name, "occurred_at": NOW - ago * HOUR} for name, ago in (("A", 19), ("B", 21))]
    put(plant, "silver.machine_events", works)

    assert {one.machine: one.is_answered for one in standing_state(plant, NOW, RULE)} == {
        "north/A": True, "north/B": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "held", "answered", "severity"),
    [
        (7.9, False, False, Severity.WARNING), (8, False, False, Severity.CRITICAL),
        (400, False, False, Severity.CRITICAL), (8, True, False, Severity.WARNING), (8, False, True, None),
    ],
    ids=["fresh", "at its time", "never lapses", "acknowledged", "worked on"],
)  # fmt: skip
def test_who_answers_in_time_hears_no_more(hours: float, held: bool, answered: bool, severity: Severity | None) -> None:
    alarm = StandingAlarm("north/A", NOW - hours * HOUR, answered)

    (item,) = standing_items([alarm], {"machine_alarm/north/A"} if held else (), NOW, AFTER)

    assert item.severity is severity
    assert ("nobody answered it within 8 h" in item.text) == (severity is Severity.CRITICAL)


def test_it_is_a_condition_of_its_machine() -> None:
    facts = Facts(NOW, "p", "lake", 0.1, standing=(StandingAlarm("north/A", NOW - HOUR, False),))

    assert [(one.key, one.severity) for one in conditions_of(facts)] == [("machine_alarm/north/A", Severity.WARNING)]
    assert conditions_of(Facts(NOW, "p", "lake", 0.1, standing=())) == ()
