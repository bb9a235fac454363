"""A journal of a safety system through ingest, silver and gold to the alerts; real tables, no engine."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.alerts.condition import Condition
from jobs.alerts.observing import observe
from jobs.diagnosis.emptiness import why_empty
from jobs.edge.pipeline_document import pipeline_of
from jobs.status.collect import collect
from jobs.status.conditions import conditions_of
from lakehouse.plant import Plant
from tests.support.commands import assay, snapshot
from tests.support.plane import Plane
from tests.support.small_plant import write_small_plant

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = datetime(2026, 11, 30, tzinfo=UTC)
SAFETY = """
[[safety]]
function_id = "SIF-12"
machine_id = "M1"
factory_id = "F1"
sil = 2
process_safety_time_s = 8
proof_test_interval = "365d"
parts = { sensor = 0.691, valve_stroke = 1.2 }
in_service_since = 2026-01-01T00:00:00Z
"""
MAPPING = """
feed = "safety"
files = ["safety/*"]
format = "csv"
[time]
column = "at"
kind = "zoned"
[columns]
machine_id = "machine"
function_id = "tag"
kind = "event"
part = "part"
response_time_s = "seconds"
outcome = "result"
[constants]
factory_id = "F1"
[names]
PT = "proof_test"
OK = "passed"
NOK = "failed"
"""
HEADER = "at,machine,tag,event,part,seconds,result\n"


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    plant = write_small_plant(tmp_path, SAFETY, safety=MAPPING)
    return Plane(tmp_path, "none", str(plant), AS_OF)


def land(plane: Plane, *lines: str) -> None:
    plane.land(f"safety/{len(list(plane.landing.glob('safety/*')))}.csv", HEADER + "".join(f"{one}\n" for one in lines))
    plane.run()


def found(plane: Plane, now: datetime) -> dict[str, Condition]:
    """Conditions of safety functions, by key."""
    wrong = conditions_of(collect(replace(plane.settings, least_free="1%"), now))
    return {one.key: one for one in wrong if one.kind.startswith("safety_")}


def words(conditions: dict[str, Condition]) -> list[tuple[str, str]]:
    return [(key, one.severity.word) for key, one in sorted(conditions.items())]


def test_a_journal_becomes_response_times_and_nothing_new_writes_nothing(plane: Plane) -> None:
    land(plane, "2026-03-01T06:00:00Z,M1,SIF-12,PT,,1.891,OK", "2026-03-01T06:00:00Z,M1,SIF-12,PT,,1.891,OK",
         "2026-03-02T06:00:00Z,M1,SIF-12,exercise,,1.0,OK")  # fmt: skip

    (row,) = plane.rows("gold.safety_response")
    assert (row["verdict"], row["used_frac"], row["kind"]) == ("within", 0.236375, "proof_test")
    (test,) = plane.rows("gold.safety_tests")
    assert test["due_at"] == datetime(2027, 3, 1, 6, tzinfo=UTC)
    assert [row["_faults"] for row in plane.rows("silver.events_quarantine")] == [["unknown_kind"]]
    assay(plane.settings, "quality", as_of=AS_OF)
    (account,) = [row for row in plane.rows("gold.data_quality") if row["feed"] == "safety"]
    assert [account[name] for name in ("records", "accepted", "duplicate", "quarantined")] == [3, 1, 1, 1]

    before = snapshot(plane.lake)
    assert not any(report.changed for report in plane.run())
    assert snapshot(plane.lake) == before


def test_a_changed_budget_is_compared_again(plane: Plane) -> None:
    land(plane, "2026-03-01T06:00:00Z,M1,SIF-12,PT,,1.9,OK")
    assert [row["verdict"] for row in plane.rows("gold.safety_response")] == ["over_budget"]

    profile = Path(plane.plant_name) / "profile.toml"
    profile.write_text(profile.read_text().replace("valve_stroke = 1.2", "valve_stroke = 1.3"))

    assert plane.gold().changed
    assert [row["verdict"] for row in plane.rows("gold.safety_response")] == ["within"]


def test_half_of_the_interval_is_worth_knowing_a_due_test_needs_a_person_a_passed_one_recovers(plane: Plane) -> None:
    plane.landing.mkdir()
    plane.run()
    key, state = "safety_test/F1/M1/SIF-12/proof_test", plane.settings.state
    half, due = JANUARY + timedelta(days=182.5), JANUARY + timedelta(days=365)

    def look(now: datetime) -> list[tuple[str, str]]:
        conditions: Sequence[Condition] = [*found(plane, now).values()]
        observe(state, "status", conditions, now)
        return words(found(plane, now))

    assert look(half - timedelta(seconds=1)) == []
    assert look(half) == look(due - timedelta(seconds=1)) == [(key, "info")]
    assert look(due) == [(key, "warning")]

    land(plane, "2026-11-01T06:00:00Z,M1,SIF-12,PT,,1.8,OK")
    again = observe(state, "status", [*found(plane, due).values()], due)
    assert (again.opened, again.open, again.recovered) == ((), (), (key,))


def test_a_slow_response_and_a_failed_test_need_a_person_until_a_later_one_is_right(plane: Plane) -> None:
    now = datetime(2026, 4, 1, tzinfo=UTC)
    land(plane, "2026-03-01T06:00:00Z,M1,SIF-12,trip,valve_stroke,3.5,", "2026-03-02T06:00:00Z,M1,SIF-12,PT,,,NOK")

    assert words(found(plane, now)) == [
        ("safety_failed/F1/M1/SIF-12/proof_test/whole", "critical"),
        ("safety_slow/F1/M1/SIF-12/valve_stroke", "critical"),
    ]

    land(plane, "2026-03-03T06:00:00Z,M1,SIF-12,PT,,1.9,OK")
    assert words(found(plane, now)) == [("safety_slow/F1/M1/SIF-12/whole", "warning")]

    land(plane, "2026-03-04T06:00:00Z,M1,SIF-12,PT,,1.8,OK")
    assert words(found(plane, now)) == []


def test_a_function_that_the_profile_lacks_and_a_budget_beyond_its_limit_are_named(plane: Plane) -> None:
    profile = Path(plane.plant_name) / "profile.toml"
    profile.write_text(profile.read_text().replace("valve_stroke = 1.2", "valve_stroke = 3.5"))
    land(plane, "2026-03-01T06:00:00Z,M1,SIF-13,trip,,1.9,")

    assert words(found(plane, datetime(2026, 4, 1, tzinfo=UTC))) == [
        ("safety_budget/F1/M1/SIF-12", "warning"),
        ("safety_unknown/F1/M1/SIF-13", "warning"),
    ]


def test_no_gateway_gets_the_mapping(plane: Plane) -> None:
    plant = plane.plant

    assert "safety" in {mapping.feed.name for mapping in plant.mappings}
    assert "safety" not in {source.feed for source in pipeline_of(plant.profile, [*plant.mappings], []).sources}


def test_why_the_tables_are_empty(tmp_path: Path) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path)), AS_OF)
    plane.land("failures/one.jsonl", '{"at": "2026-03-01T06:00:00Z", "machine": "M1", "code": "x"}\n')
    plane.ingest()
    plane.silver()
    plant: Plant = plane.plant

    assert "the profile has no safety function" in why_empty(plane.settings, plant, "gold.safety_tests")
    assert "no file of feed safety has records" in why_empty(plane.settings, plant, "gold.safety_response")
    assert "the profile has no prices of storage" in why_empty(plane.settings, plant, "gold.storage_costs")
    assert not plane.gold().changed
    assert plane.rows("gold.safety_tests") == []
