"""An alarm of a machine is a condition; unanswered it gets critical after the policy's time, and never lapses."""

from argparse import ArgumentParser
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.score_alarm import score_rule
from jobs.alerts.condition import HELD_HOURS, Acknowledgement, Severity
from jobs.ask.job import Form, asked
from jobs.commands.alerts import add_arguments
from jobs.runtime.settings import Settings
from jobs.status.conditions import conditions_of
from jobs.status.facts import Facts
from jobs.status.machine_facts import StandingAlarm
from jobs.status.messages.standing import standing_items
from jobs.status.standing_state import standing_state
from tests.report.lakes import plant_at, put

NOW = datetime(2026, 3, 16, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULE, AFTER = score_rule(), 8 * HOUR


def scores(machine: str, alarms: Collection[int], *, source: str = "batch", until: int = 0) -> list[dict[str, Any]]:
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


def test_an_answer_that_lands_counts_as_work_or_as_an_acknowledgement(tmp_path: Path) -> None:
    """A and B are looked at, C is looked after for the usual time, D was answered before its alarm."""
    plant = plant_at(tmp_path)
    put(plant, "gold.predictions", [one for name in "ABCD" for one in scores(name, range(21))])
    given = (("A", 19, "refuted"), ("B", 3, "unclear"), ("C", 9, "acknowledged"), ("C", 3, "acknowledged"),
             ("D", 22, "confirmed"))  # fmt: skip
    put(plant, "silver.alarm_answers", [
        {"machine_id": name, "factory_id": "north", "answered_at": NOW - ago * HOUR, "answer": answer,
         "answered_by": f"rossi {ago}"} for name, ago, answer in given
    ])  # fmt: skip

    found = standing_state(plant, NOW, RULE)

    assert [one.is_answered for one in found] == [True, True, False, False]
    held = Acknowledgement("rossi 3", NOW - 3 * HOUR, NOW + 5 * HOUR)
    assert [one.held for one in found] == [None, None, held, None]
    for now, severity in ((NOW, Severity.WARNING), (NOW + 5 * HOUR, Severity.CRITICAL)):
        by_key = {item.key: item.severity for item in standing_items(found, (), now, AFTER)}
        assert by_key == {
            "": None, "machine_alarm/north/C": severity, "machine_alarm/north/D": Severity.CRITICAL,
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


def test_the_question_names_the_alarms_that_nobody_answered(tmp_path: Path) -> None:
    """Of two alarms of A the first was worked on; B is looked after, C is refuted, D's gateway alone has an alarm."""
    plant = plant_at(tmp_path)
    put(plant, "gold.predictions", [
        *scores("A", range(30, 41)), *scores("A", range(3), source="edge"), *scores("B", range(6)),
        *scores("C", range(6)), *scores("D", range(0)), *scores("D", range(4, 6), source="edge"),
    ])  # fmt: skip
    place = {"factory_id": "north", "answered_by": "rossi"}
    put(plant, "silver.machines", [])
    put(plant, "silver.machine_events", [
        {"machine_id": "A", "factory_id": "north", "kind": kind, "code": "seal", "occurred_at": NOW - ago * HOUR}
        for kind, ago in (("maintenance", 35), ("error", 1))
    ])  # fmt: skip
    put(plant, "silver.alarm_answers", [
        {**place, "machine_id": "B", "answered_at": NOW - 4 * HOUR, "answer": "acknowledged"},
        {**place, "machine_id": "C", "answered_at": NOW - 5 * HOUR, "answer": "refuted"},
    ])  # fmt: skip

    data = asked(Settings(lake=tmp_path, plant="simulated"), "unanswered_alarms", [], Form(as_json=True)).data

    found = [dict(zip(data["columns"], row, strict=True)) for row in data["rows"]]
    assert [(row["machine_id"], row["source"], row["hours_since"]) for row in found] == [
        ("B", "batch", 5), ("D", "edge", 5), ("A", "edge", 2),
    ]  # fmt: skip
    assert [row["acknowledged_at"] is not None for row in found] == [True, False, False]


def test_the_question_follows_a_machine_that_moved(tmp_path: Path) -> None:
    """A was alarmed in the north, moved twice, and was answered where it is now; so was B, before its alarm."""
    plant = plant_at(tmp_path)
    put(plant, "gold.predictions", [*scores("A", range(30, 41)), *scores("B", range(6)), *scores("C", range(6))])
    put(plant, "silver.machine_events", [])
    moves = (("south", "north", 20), ("west", "south", 10))
    put(plant, "silver.machines", [
        {"machine_id": name, "factory_id": to, "moved_from": old, "valid_from": NOW - ago * HOUR}
        for name in ("A", "B") for to, old, ago in moves
    ])  # fmt: skip
    put(plant, "silver.alarm_answers", [
        {"machine_id": name, "factory_id": "west", "answered_at": NOW - ago * HOUR, "answer": "refuted"}
        for name, ago in (("A", 9), ("B", 8), ("C", 1))
    ])  # fmt: skip

    data = asked(Settings(lake=tmp_path, plant="simulated"), "unanswered_alarms", [], Form(as_json=True)).data

    found = [dict(zip(data["columns"], row, strict=True)) for row in data["rows"]]
    assert [(row["machine_id"], row["factory_id"]) for row in found] == [("B", "north"), ("C", "north")]


def test_an_answer_holds_an_alert_for_as_long_as_the_command_does() -> None:
    parser = ArgumentParser()
    add_arguments(parser)

    assert parser.parse_args(["acknowledge"]).duration == f"{HELD_HOURS}h"


def test_the_question_counts_alarms_by_the_plants_policy(tmp_path: Path) -> None:
    """The simulated plant's alarms clear after a day without one: three hours of alarm twice are one alarm."""
    plant = plant_at(tmp_path)
    put(plant, "gold.predictions", scores("A", {*range(3), *range(12, 15)}))
    for name in ("silver.machines", "silver.machine_events", "silver.alarm_answers"):
        put(plant, name, [])

    def hours_since(*changes: str) -> list[int]:
        settings, form = Settings(lake=tmp_path, plant="simulated"), Form(as_json=True)
        data = asked(settings, "unanswered_alarms", changes, form).data
        return [row[data["columns"].index("hours_since")] for row in data["rows"]]

    assert (hours_since(), hours_since("clear_s=7200")) == ([14], [14, 2])
