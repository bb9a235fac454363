"""Machines as they are now, and what to do first: costs by hand, reasons in words."""

from dataclasses import replace
from datetime import UTC, date, datetime
from math import exp
from typing import Any

import pytest

from expectations.plant.downtime import DowntimeRules, Penalty
from expectations.plant.plant_profile import Costs, Profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_downtime import DOWNTIME, UPTIME
from expectations.tables.gold_health import MACHINE_HEALTH, MACHINES_NOW
from expectations.tables.gold_work_list import WORK_LIST
from expectations.tables.machine_keys import machine_key
from expectations.tables.silver import MACHINE_EVENTS, machines
from expectations.tables.silver_anomalies import ANOMALIES
from gold import machines_now, work_list
from gold.machines_now import Present
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

NOW = at("03-10 12:00")
READ = {machine_key("M1", "F1"): at("03-10 11:50")}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return small_profile(tmp_path_factory.mktemp("small"))


def now(profile: Profile, read: dict[str, datetime] | None = None, **rows: list[Row]) -> dict[str, Row]:
    """Rows of `gold.machines_now` by machine; M1 is well where nothing else is said."""
    well = [{"local_date": date(2026, 3, 10), "state": "good", "score": 100.0}]

    def of(name: str, table: Table, columns: tuple[str, ...], default: list[Row]) -> Any:
        return arrow(table, *rows.get(name, default)).select(columns)

    table = machines_now.build(
        Present(
            NOW, READ if read is None else read, arrow(machines(profile), *rows.get("machines", [])),
            of("health", MACHINE_HEALTH, machines_now.HEALTH_READS, well),
            of("standing", ANOMALIES, machines_now.STANDING_READS, []),
            of("scores", PREDICTIONS, machines_now.SCORE_READS, []),
            of("events", MACHINE_EVENTS, machines_now.EVENT_READS, []),
            of("stops", DOWNTIME, machines_now.STOP_READS, []),
        ),
        profile,
    )  # fmt: skip
    assert table.schema == arrow_schema(MACHINES_NOW)
    return {row["machine_id"]: row for row in table.to_pylist()}


def listed(profile: Profile, *found: Row, uptime: list[Row] | None = None, **alarms: list[str]) -> list[Row]:
    by_key = {machine_key(name, "F1"): words for name, words in alarms.items()}
    table = work_list.build(
        arrow(MACHINES_NOW, *found), arrow(UPTIME, *(uptime or [])).select(work_list.UPTIME_READS), by_key, profile
    )
    assert table.schema == arrow_schema(WORK_LIST)
    rows: list[Row] = table.to_pylist()
    return rows


def score(at_: str, probability: float, decision: str = "none", **more: Any) -> Row:
    return {"scored_at": at(at_), "probability": probability, "decision": decision, "source": "batch",
            "bundle": "b@1+1", "horizon": "24h"} | more  # fmt: skip


def test_a_machine_has_its_newest_score_and_events(profile: Profile) -> None:
    row = now(
        profile,
        scores=[score("03-10 10:00", 0.1), score("03-10 11:00", 0.2), score("03-10 11:00", 0.3, bundle="b@1+12"),
                score("03-10 11:00", 0.4, bundle="b@1+9")],
        events=[{"kind": "failure", "code": code, "occurred_at": at(time)}
                for code, time in (("seal", "03-01 00:00"), ("bearing", "03-02 00:00"))],
    )["M1"]  # fmt: skip

    assert (row["probability"], row["bundle"], row["as_of_at"]) == (0.3, "b@1+12", NOW)
    assert (row["last_failure_code"], row["last_maintenance_at"]) == ("bearing", None)
    assert (row["silent_hours"], row["last_reading_date"], row["state"]) == (10 / 60, date(2026, 3, 10), "good")


def test_a_score_of_long_ago_says_nothing_of_now(profile: Profile) -> None:
    assert now(profile, scores=[score("03-09 11:00", 0.9)])["M1"]["probability"] is None


def test_a_silent_machine_is_blind_whatever_was_said_of_it(profile: Profile) -> None:
    known = [{"machine_id": "M3", "machine_model": "HOT", "valid_from": at("01-01 00:00"), "valid_to": None}]

    rows = now(profile, {machine_key("M1", "F1"): at("03-09 12:00")}, machines=known)

    assert [(name, row["state"], row["score"], row["silent_hours"]) for name, row in rows.items()] == [
        ("M1", "blind", None, 24.0), ("M3", "blind", None, None),
    ]  # fmt: skip
    assert now(profile, {machine_key("M1", "F1"): at("03-09 12:01")})["M1"]["state"] == "good"


def test_what_lasts_is_counted_and_named_once(profile: Profile) -> None:
    lasting = [{"metric": metric, "kind": kind, "severity": severity, "raised_at": at(time), "cleared_at": None,
                "last_at": at("03-10 11:50")}
               for metric, kind, severity, time in (
                   ("temperature", "above_maximum", "warning", "03-09 00:00"),
                   ("temperature", "above_maximum", "critical", "03-10 08:00"),
                   ("pressure", "statistical", "notice", "03-08 00:00"))]  # fmt: skip

    row = now(profile, standing=lasting, stops=[
        {"from_at": at("03-10 09:00"), "to_at": at("03-11 09:00"), "cause": "seal", "is_planned": False},
        {"from_at": at("03-10 08:00"), "to_at": at("03-11 09:00"), "cause": "oil", "is_planned": True},
        {"from_at": at("03-01 09:00"), "to_at": at("03-10 12:00"), "cause": "old", "is_planned": False},
    ])["M1"]  # fmt: skip

    assert [row[f"standing_{name}_count"] for name in ("critical", "warning", "notice")] == [1, 1, 1]
    assert row["standing_words"] == "temperature above critical, temperature above warning"
    assert row["standing_since_at"] == at("03-10 08:00")
    assert (row["is_down"], row["down_cause"]) == (True, "seal")


def test_a_sensor_that_is_gone_and_a_clock_that_is_ahead_say_nothing_of_now(profile: Profile) -> None:
    gone = {"metric": "temperature", "kind": "above_maximum", "severity": "critical", "raised_at": at("03-01 00:00"),
            "last_at": at("03-01 06:00"), "cleared_at": None}  # fmt: skip
    ahead = {
        "scored_at": datetime(2099, 1, 1, tzinfo=UTC),
        "bundle": "b@1+1",
        "source": "edge",
        "decision": "stop_request",
    }
    near = {"scored_at": at("03-10 11:00"), "bundle": "b@1+1", "source": "edge", "decision": "none"}

    row = now(profile, standing=[gone], scores=[ahead, near])["M1"]

    assert row["standing_critical_count"] == 0
    assert (row["scored_at"], row["decision"]) == (at("03-10 11:00"), "none")


def test_master_data_that_begin_later_hide_no_machine(profile: Profile) -> None:
    later = {"machine_id": "M1", "factory_id": "F1", "valid_from": at("03-20 00:00"), "valid_to": None}

    assert set(now(profile, machines=[later])) == {"M1"}


def machine(name: str, **more: Any) -> Row:
    found = {"machine_id": name, "as_of_at": NOW, "state": "good", "score": 100.0, "horizon": "24h",
             "scored_at": at("03-10 11:00"), "probability": 0.01, "decision": "none"}  # fmt: skip
    return found | more


def test_a_machine_without_a_reason_is_not_listed(profile: Profile) -> None:
    assert listed(profile, machine("M1", standing_notice_count=9)) == []


def test_ranks_follow_probability_times_consequence(profile: Profile) -> None:
    priced = replace(
        profile, has_costs=True, costs=Costs(15_000.0, 3_000.0, 500.0, (("HOT", Costs(15_000.0, 1_000.0, 500.0)),)),
        downtime=DowntimeRules(None, 900.0, 8.0, 0.0, (Penalty(900.0, 10.0, 0.75, machine_id="M2"),)),
    )  # fmt: skip
    ask = {"decision": "maintain"}

    rows = listed(
        priced,
        machine("M1", probability=0.5, **ask),
        machine("M2", probability=0.9, machine_model="HOT", **ask),
        machine("M3", probability=0.6, machine_model="HOT", **ask),
    )

    # M1: 0.5 (8 x 900 + 3000); M2: 0.9 (10 x 900 x 0.25 + 1000); M3: 0.6 (8 x 900 + 1000)
    assert [(row["rank"], row["machine_id"], row["expected_cost_cents"]) for row in rows] == [
        (1, "M1", 510_000), (2, "M3", 492_000), (3, "M2", 292_500),
    ]  # fmt: skip
    assert [(row["standby_frac"], row["repair_hours"], row["consequence_cents"]) for row in rows[2:]] == [
        (0.75, 10.0, 325_000)
    ]
    assert not rows[0]["is_default_price"]


def test_without_a_price_an_hour_a_failure_costs_what_a_missed_one_does(profile: Profile) -> None:
    (row,) = listed(profile, machine("M1", probability=0.5, decision="stop_request"))

    assert (row["consequence_from"], row["consequence_cents"], row["expected_cost_cents"]) == (
        "missed_failure", 1_500_000, 750_000,
    )  # fmt: skip
    assert (row["action"], row["is_default_price"], row["repair_hours_from"]) == ("stop", True, "labels")


def test_a_blind_machine_has_the_failure_rate_of_its_model_and_measured_repairs(profile: Profile) -> None:
    uptime = [
        {"scope": "plant", "name": "small", "mtbf_hours": 100.0, "repair_count": 5, "mttr_hours": 6.333},
        {"scope": "machine_model", "name": "HOT", "mtbf_hours": 48.0, "repair_count": 2, "mttr_hours": 1.0},
        {"scope": "plant", "name": "small", "month": date(2026, 3, 1), "mtbf_hours": 1.0, "repair_count": 9},
    ]  # fmt: skip

    blind = {"state": "blind", "score": None, "probability": 0.99, "last_reading_at": at("03-01 00:00")}
    hot, other = listed(
        profile, machine("M2", **blind), machine("M1", machine_model="HOT", **blind), uptime=uptime
    )  # fmt: skip

    assert (hot["machine_id"], hot["probability"]) == ("M1", 1 - exp(-0.5))
    assert (other["probability"], other["probability_from"]) == (1 - exp(-0.24), "failure_rate")
    assert {(row["repair_hours"], row["repair_hours_from"], row["action"]) for row in (hot, other)} == {
        (6.33, "measured", "restore_data")
    }
    assert hot["reasons"] == "blind: no reading since 2026-03-01 00:00 UTC"


def test_without_any_failure_on_record_no_probability_is_invented(profile: Profile) -> None:
    nothing = {"probability": None, "decision": None, "horizon": None}
    rows = listed(
        profile,
        machine("M2", score=40.0, state="poor", **nothing),
        machine("M1", score=60.0, state="watch", **nothing),
        machine("M3", score=84.0, decision="watch"),
    )

    assert [row["machine_id"] for row in rows] == ["M3", "M2", "M1"]
    assert [row["expected_cost_cents"] for row in rows] == [15_000, None, None]
    assert (rows[1]["horizon"], rows[1]["action"], rows[1]["reasons"]) == ("24h", "inspect", "health 40 of 100")


def test_reasons_are_words_the_gravest_first(profile: Profile) -> None:
    down = datetime(2026, 3, 10, 9, tzinfo=UTC)
    trend = {"trend_metric": "temperature", "trend_unit": "C", "trend_change_per_week": 14.0,
             "trend_limit_value": 100.0, "trend_days_to_limit": 19.2}  # fmt: skip
    (row,) = listed(
        profile,
        machine("M1", decision="maintain", probability=0.83, is_down=True, down_since_at=down, down_cause="seal",
                standing_warning_count=1, standing_words="temperature above warning", standing_since_at=down,
                silent_metrics="pressure", score=61.7, state="watch", **trend),
        M1=["temperature 99 C adds 1.2", "speed 3 rpm adds 0.4", "third"],
    )  # fmt: skip

    assert row["reasons"].split("; ") == [
        "down since 2026-03-10 09:00 UTC: seal",
        "the score of 2026-03-10 11:00 UTC requests maintenance, probability of a failure within 24h 0.83 "
        "(temperature 99 C adds 1.2 and speed 3 rpm adds 0.4)",
        "temperature above warning, since 2026-03-10 09:00 UTC",
        "temperature +14 C a week reaches 100 C in 19 d",
        "silent: pressure",
        "health 62 of 100",
    ]
    assert (row["action"], row["probability"], row["probability_from"]) == ("repair", 1.0, "down")
