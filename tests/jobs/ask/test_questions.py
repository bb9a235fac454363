"""Each question with a name is answered on a small lake; the answers that can be counted are right."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from jobs.ask.job import Form, asked, listed, questions
from jobs.ask.question_file import parse
from jobs.commands import ask
from jobs.rules.job import with_rules
from jobs.runtime.exits import ExitCode
from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from tests.support.plane import Plane
from tests.support.small_plant import line, write_small_plant

NOWHERE = "sc://localhost:1"
SHIPPED = (
    "accuracy", "alarm_stages", "bad_readings", "before_failure", "certificates", "downtime_cost",
    "failures_by_model", "freshness", "gateway_uptime", "gateways", "inspections", "late_gateways", "machine_health",
    "machines_now", "missed_failures", "origin", "partitions", "pipeline_uptime", "proof_tests", "readings_with_origin",
    "reconciliation", "records_by_feed", "rules", "sensor_health", "shadow", "shifts", "trends", "unanswered_alarms",
    "unusual_now", "uptime", "vibration", "what_drifts", "why_alarm", "work_list", "worst_machines",
)  # fmt: skip
LATE = 1_775_000_000.0  # 2026-03-31T23:33:20Z


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Plane:
    root = tmp_path_factory.mktemp("asked")
    plane = Plane(root, NOWHERE, str(write_small_plant(root, "\n[downtime]\nusd_per_hour = 100\n")))
    readings = [line("2026-03-01T00:00:00Z"), line("2026-03-01T01:00:00Z", 110.0), line("2026-03-01T02:00:00Z", 999.0),
                line("2026-03-09T01:00:00Z", 130.0), line("2026-03-30T01:00:00Z", 60.0, machine="M2")]  # fmt: skip
    plane.land("lines/a.jsonl", "".join(readings), modified=LATE)
    failures = [{"at": "2026-03-10T00:00:00Z", "machine": "M1", "code": "seal"},
                {"at": "2026-03-12T00:00:00Z", "machine": "M1", "code": "seal"}]  # fmt: skip
    plane.land("failures/a.jsonl", "".join(json.dumps(one) + "\n" for one in failures), modified=LATE)
    plane.land(
        "machines/a.jsonl", json.dumps({"since": "2026-01-01T00:00:00Z", "machine": "M1", "model": "COLD"}) + "\n"
    )
    plane.run()
    return plane


def rows(plane: Plane, name: str, *changes: str) -> list[dict[str, Any]]:
    data = asked(plane.settings, name, changes, Form(as_json=True)).data
    return [dict(zip(data["columns"], row, strict=True)) for row in data["rows"]]


def test_these_questions_ship(plane: Plane) -> None:
    assert tuple(questions(plane.settings)) == SHIPPED


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != "records_by_feed"])
def test_a_question_is_answered(plane: Plane, name: str) -> None:
    """That of feeds needs `assay quality`; a test of the demo asks it."""
    assert asked(plane.settings, name, [], Form()).lines


def test_the_rules_that_ship_are_answered_on_a_lake_that_the_jobs_made(plane: Plane) -> None:
    plant = load_plant(plane.settings)

    report = with_rules(RunReport("quality", changed=False), plant)

    assert (report.exit_code, report.data["rules"]) == (ExitCode.DONE, {"machines_in_master_data": 1})
    assert {row["rule"]: (row["row_count"], row["found"]) for row in rows(plane, "rules")} == {
        "machines_in_master_data": (
            1, '[{"factory_id": "F1", "machine_id": "M2", "first_date": "2026-03-30", "reading_count": 1}]',
        ),
        "buckets_add_up": (0, None),
        "failures_of_known_machines": (0, None),
    }  # fmt: skip
    assert not with_rules(RunReport("quality", changed=False), plant).changed


def test_answers_that_can_be_counted(plane: Plane) -> None:
    (worst,) = rows(plane, "worst_machines", "days=30")[:1]
    assert (worst["machine_id"], worst["critical_readings"], worst["warning_readings"]) == ("M1", 1, 2)
    assert [row["machine_id"] for row in rows(plane, "worst_machines")] == ["M2"]  # of a week
    (failures,) = rows(plane, "failures_by_model")
    assert (failures["machine_model"], failures["code"], failures["failures"]) == ("COLD", "seal", 2)
    (cost,) = rows(plane, "downtime_cost")
    assert (cost["cause"], cost["stops"], cost["hours"], cost["cost_usd"]) == ("seal", 2, 48.0, 4800.0)
    (bad,) = rows(plane, "bad_readings")
    assert (bad["set_aside"], bad["readings"], bad["faults"]) == (1, 4, "value_out_of_range")
    (gateway,) = rows(plane, "late_gateways", "days=30")
    assert (gateway["gateway"], gateway["last_reading_at"]) == ("mapping lines", "2026-03-30T01:00:00+00:00")
    assert gateway["last_delivery_at"] == "2026-03-31T23:33:20+00:00"
    assert (gateway["readings"], gateway["late_share"], gateway["bad_share"]) == (5, 1.0, 0.2)
    assert (gateway["longest_hours"], gateway["clock_suspect_ever"]) == (743.556, 0)
    (silent,) = rows(plane, "late_gateways", "days=0")  # none of its readings is in the window
    assert (silent["readings"], silent["last_reading_at"]) == (0, gateway["last_reading_at"])
    assert {row["name"] for row in rows(plane, "uptime", "scope=factory")} == {"F1"}
    assert {
        row["table_name"]: (row["behind_hours"], row["is_late"]) for row in rows(plane, "freshness")
    } == dict.fromkeys(("silver.readings", "silver.buckets", "gold.machine_features"), (0.0, False))


def test_what_to_do_first_and_how_machines_are(plane: Plane) -> None:
    """M1 was last read three weeks before M2, and has failed twice since."""
    first, *_ = rows(plane, "work_list")
    assert (first["machine_id"], first["action"]) == ("M1", "restore_data")
    assert first["reasons"].startswith("blind: no reading since 2026-03-09 01:00 UTC")
    assert {row["machine_id"]: row["state"] for row in rows(plane, "machines_now")} == {"M1": "blind", "M2": "good"}
    assert [row["machine_id"] for row in rows(plane, "machine_health")] == ["M2"]  # M1's date is not over there
    shifts = rows(plane, "shifts", "days=30")
    assert [(row["local_date"], row["shift"], row["reading_count"]) for row in shifts if row["machine_id"] == "M1"] == [
        ("2026-03-09", "night", 1), ("2026-03-01", "night", 2),
    ]  # fmt: skip


def test_what_happened_before_a_failure_and_where_a_number_came_from(plane: Plane) -> None:
    found = rows(plane, "before_failure", "days=3")
    assert {row["failed_at"] for row in found} == {"2026-03-12T00:00:00+00:00"}
    assert [(row["what"], row["detail"]) for row in found if row["what"] == "failure"] == [("failure", "seal")]
    assert {row["detail"] for row in found if row["what"].startswith("above_maximum")} == {"temperature"}

    (origin,) = rows(plane, "origin", "machine=M1", "metric=temperature", "measured_at=2026-03-01T01:00:00")
    assert (origin["path"], origin["_line"], origin["value"]) == ("lines/a.jsonl", 2, 110.0)
    stored = rows(plane, "readings_with_origin", "machine=M1", "days=30")  # not that of line 3, which is set aside
    assert [(one["path"], one["_line"], one["value"], one["records"]) for one in stored] == [
        ("lines/a.jsonl", 4, 130.0, 1), ("lines/a.jsonl", 2, 110.0, 1), ("lines/a.jsonl", 1, 50.0, 1),
    ]  # fmt: skip


def test_the_list_says_what_each_asks_and_takes(plane: Plane) -> None:
    report = listed(plane.settings)

    assert "  --set days=28: how many days back from the newest stop" in report.lines
    assert [one["name"] for one in report.data["questions"]] == list(SHIPPED)


def test_the_sql_can_be_shown_and_sent_to_sql(plane: Plane) -> None:
    lines = asked(plane.settings, "uptime", ["scope=plant"], Form(is_shown=True)).lines

    assert lines[0] == "-- scope = 'plant'"
    assert lines[-1].startswith("FROM gold.uptime WHERE scope = $scope")


def test_a_plant_has_questions_of_its_own(tmp_path: Path) -> None:
    folder = write_small_plant(tmp_path)
    (folder / "questions").mkdir()
    (folder / "questions" / "uptime.sql").write_text("-- Ours.\n-- least = 2: at least\nSELECT $least + 1 AS n\n")
    settings = Settings(lake=tmp_path / "lake", plant=str(folder))

    assert questions(settings)["uptime"].meaning == "Ours."
    assert asked(settings, "uptime", ["least=5"], Form(as_json=True)).data["rows"] == [[6]]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["days"], "--set days: got no =; legal: PARAMETER=VALUE, such as days=7"),
        (["day=1"], "--set day=1: unknown parameter 'day'"),
        (["days=x"], "--set days=x: got 'x'; legal: a whole number"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused(plane: Plane, changes: list[str], words: str) -> None:
    with pytest.raises(UsageError) as error:
        asked(plane.settings, "worst_machines", changes, Form())

    assert str(error.value).startswith(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT 1", "a.sql: got no meaning"),
        ("-- What.\n-- days: 7\nSELECT 1", "a.sql: got the comment '-- days: 7'"),
        (
            "-- What.\n-- s = policy.alarm_clear: how long\nSELECT 1",
            "a.sql: unknown number of the policy 'alarm_clear'",
        ),
    ],
)
def test_a_file_that_says_too_little_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError) as error:
        parse("a", text, "a.sql", {"alarm_clear_s": 7200})

    assert str(error.value).startswith(words)


def test_an_unknown_question_names_those_there_are(plane: Plane) -> None:
    args = argparse.Namespace(question="uptimes", set=[], show=False, csv=False, json=False)

    with pytest.raises(UsageError, match=r"unknown question 'uptimes'.*uptime"):
        ask.run(args, plane.settings)
