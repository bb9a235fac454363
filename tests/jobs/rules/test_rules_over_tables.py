"""Rules over several tables: asked when their tables have other rows; broken ones refuse or warn, and recover."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from expectations.plant.file import PLANTS, load_profile
from expectations.tables.contract import Severity
from expectations.tables.gold_rules import RULE_CHECKS, SHIPPED, questions_of
from expectations.tables.registry import tables
from jobs.rules.job import or_refused, with_rules
from jobs.runtime.exits import ExitCode
from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.status.conditions import conditions_of
from jobs.status.facts import Facts
from jobs.status.rule_state import rule_state
from lakehouse.commit_metadata import Audit, CommitMetadata
from lakehouse.errors import GateRefused
from lakehouse.plant import Plant
from lakehouse.rules.answering import answer
from lakehouse.rules.checking import check_question
from tests.report.lakes import put
from tests.support.small_plant import write_small_plant

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
RULES = """
[[rules]]
name = "warm_machines"
table = "silver.readings"
severity = "warn"
meaning = "No machine is below zero"
condition = "value >= 0"
"""
MUST_ADD_UP = f"""
[[rules]]
name = "buckets_add_up"
table = "silver.buckets"
severity = "fail"
meaning = "They must"
by_date = true
question = '''{SHIPPED[2].question}'''
"""


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Two dates whose buckets hold what was read: two readings and one."""
    plant = load_plant(Settings(lake=tmp_path / "lake", plant=str(write_small_plant(tmp_path, RULES + MUST_ADD_UP))))
    put(plant, "silver.readings", [_reading(FIRST, 1), _reading(FIRST, 2), _reading(SECOND, 1)], _dated(FIRST, SECOND))
    put(plant, "silver.buckets", [_bucket(FIRST, 2), _bucket(SECOND, 1)], _dated(FIRST, SECOND))
    return plant


def _reading(day: date, hour: int) -> dict[str, Any]:
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return {"machine_id": "M1", "factory_id": "F1", "measured_at": at, "measured_date": day}


def _bucket(day: date, count: int) -> dict[str, Any]:
    return {"machine_id": "M1", "factory_id": "F1", "bucket_date": day, "reading_count": count}


def _dated(*dates: date) -> CommitMetadata:
    return CommitMetadata(dates=dates)


def _asked(plant: Plant) -> RunReport:
    return with_rules(RunReport("silver", changed=False), plant, "silver")


def _alerts(plant: Plant) -> Mapping[str, str]:
    now = datetime(2026, 3, 3, tzinfo=UTC)
    facts = Facts(at=now, plant="small", lake="lake", least_free=0.1, rules=rule_state(plant))
    return {condition.key: condition.severity.word for condition in conditions_of(facts)}


def test_a_rule_that_holds_changes_no_run_and_is_not_asked_again(plant: Plant) -> None:
    first, again = _asked(plant), _asked(plant)

    assert (first.exit_code, first.lines, first.data["rules"]) == (ExitCode.DONE, (), {})
    assert (first.changed, again.changed) == (True, False)
    assert len(plant.lake.commits(RULE_CHECKS)) == 2  # the table is made, and the answers are written
    assert _alerts(plant) == {}


def test_a_rule_that_must_hold_refuses_every_run_until_it_does_and_is_an_alert_that_recovers(plant: Plant) -> None:
    _asked(plant)
    put(plant, "silver.buckets", [_bucket(FIRST, 2), _bucket(SECOND, 2)], _dated(SECOND))

    broken, again = _asked(plant), _asked(plant)

    assert (broken.exit_code, again.exit_code, again.changed) == (ExitCode.REFUSED, ExitCode.REFUSED, False)
    (words,) = broken.data["refusing_rules"]
    assert "buckets_add_up of silver.buckets (fail) found 1 row" in words
    assert (
        '"utc_date": "2026-03-02", "factory_id": "F1", "machine_id": "M1", "reading_count": 1, "in_buckets": 2' in words
    )
    with pytest.raises(GateRefused, match="what follows is not built"):
        or_refused(again)
    assert _alerts(plant) == {"rule_broken/buckets_add_up": "critical"}

    put(plant, "silver.buckets", [_bucket(FIRST, 2), _bucket(SECOND, 1)], _dated(SECOND))

    assert or_refused(_asked(plant)).exit_code is ExitCode.DONE
    assert _alerts(plant) == {}


def test_a_rule_by_date_looks_at_the_dates_that_commits_name_and_at_all_while_it_is_broken(plant: Plant) -> None:
    _asked(plant)
    put(plant, "silver.buckets", [_bucket(FIRST, 7), _bucket(SECOND, 2)], _dated(SECOND))

    assert _asked(plant).data["rules"] == {"buckets_add_up": 1}

    put(plant, "silver.buckets", [_bucket(FIRST, 7), _bucket(SECOND, 1)], _dated(SECOND))

    assert _asked(plant).data["rules"] == {"buckets_add_up": 1}


def test_tables_that_were_removed_and_built_again_are_asked_whatever_their_versions_are(plant: Plant) -> None:
    for _ in range(3):
        put(plant, "silver.buckets", [_bucket(FIRST, 2), _bucket(SECOND, 5)], _dated(SECOND))
    assert _asked(plant).exit_code is ExitCode.REFUSED
    plant.lake.storage_of(plant.tables["silver.buckets"]).delete_all()
    put(plant, "silver.buckets", [_bucket(FIRST, 2), _bucket(SECOND, 1)], _dated(SECOND))

    assert _asked(plant).exit_code is ExitCode.DONE


def test_a_question_without_an_answer_is_asked_again_by_the_next_run(plant: Plant) -> None:
    _asked(plant)
    unanswered = {"row_count": None, "reason": "it ran longer than 60 s"}
    rows = [
        row | (unanswered if row["rule"] == "buckets_add_up" else {})
        for row in plant.lake.arrow(RULE_CHECKS).to_pylist()
    ]
    asked = plant.lake.last(RULE_CHECKS, lambda metadata: metadata.asked)
    put(plant, RULE_CHECKS.name, rows, CommitMetadata(asked=asked))
    assert _alerts(plant) == {"rule_broken/buckets_add_up": "critical"}

    assert _asked(plant).exit_code is ExitCode.DONE
    assert _alerts(plant) == {}


def test_a_failure_of_a_machine_that_nobody_knows_is_a_warning(plant: Plant) -> None:
    event = {"factory_id": "F1", "occurred_at": datetime(2026, 3, 1, tzinfo=UTC), "kind": "failure"}
    put(plant, "silver.sensor_days", [{"machine_id": "M1", "factory_id": "F1", "measured_date": FIRST}])
    put(plant, "silver.machine_events", [event | {"machine_id": "M1"}, event | {"machine_id": "ghost"}])

    report = _asked(plant)

    assert (report.exit_code, report.data["rules"]) == (ExitCode.DONE, {"failures_of_known_machines": 1})
    assert "ghost" in report.lines[0]
    assert _alerts(plant) == {"rule_broken/failures_of_known_machines": "warning"}


def test_a_machine_that_moved_is_known_in_both_of_its_factories(plant: Plant) -> None:
    days = [{"machine_id": "M1", "factory_id": factory, "measured_date": FIRST} for factory in ("F1", "F2", "F3")]
    put(plant, "silver.sensor_days", days)
    put(plant, "silver.machines", [{"machine_id": "M1", "factory_id": "F2", "moved_from": "F1"}])

    assert _asked(plant).data["rules"] == {"machines_in_master_data": 1}


def test_a_condition_that_warns_is_an_alert_until_a_batch_does_not_break_it(plant: Plant) -> None:
    row = [_reading(FIRST, 1)]
    put(plant, "silver.readings", row, CommitMetadata(audit=Audit("PASS", "s", "c", {"warm_machines": 1})))
    warned = _alerts(plant)
    put(plant, "silver.readings", row, CommitMetadata(audit=Audit("PASS", "s", "c")))

    assert (warned, _alerts(plant)) == ({"rule_broken/warm_machines": "warning"}, {})


def test_a_question_that_never_ends_is_given_up_and_counts_as_broken() -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0"

    found = answer(endless, {}, longest_s=0.2)

    assert found.is_broken
    assert found.reason == "it ran longer than 0.2 s; ask less, such as date by date (by_date)"


def test_a_question_that_fails_on_a_row_says_why() -> None:
    found = answer("SELECT CAST('x' AS INTEGER)", {})

    assert found.is_broken
    assert "Could not convert string 'x'" in str(found.reason)


@pytest.mark.parametrize("name", sorted(path.parent.name for path in PLANTS.glob("*/profile.toml")))
def test_the_rules_that_ship_can_be_asked_of_every_plant(name: str) -> None:
    profile = load_profile(name)

    for rule in SHIPPED:
        check_question(rule, tables(profile))


def test_a_rule_of_the_plant_takes_the_place_of_one_that_ships(plant: Plant) -> None:
    ours = replace(SHIPPED[0], meaning="ours")

    found = questions_of(replace(plant.profile, rules=(ours,)))

    assert found[ours.name] == ("plant", ours)
    assert len(found) == len(SHIPPED)
    assert all(rule.severity is Severity.WARN for rule in SHIPPED)
