"""Master data and events of a lake, made from what bronze has, whether it has any or not; no engine is there."""

import json
from datetime import date
from pathlib import Path

import pytest

from tests.support.plane import Plane
from tests.support.small_plant import line, write_small_plant

NOWHERE = "sc://localhost:1"
TABLES = ("silver.machines", "silver.machine_events", "silver.events_quarantine")


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    return Plane(tmp_path, NOWHERE, str(write_small_plant(tmp_path)))


def deliver(plane: Plane, name: str, **feeds: list[dict[str, str]]) -> None:
    for feed, records in feeds.items():
        plane.land(f"{feed}/{name}.jsonl", "".join(json.dumps(record) + "\n" for record in records))
    plane.ingest()


def machine(since: str, model: str) -> dict[str, str]:
    return {"since": since, "machine": "M1", "model": model}


def failure(at: str, code: str = "seal") -> dict[str, str]:
    return {"at": at, "machine": "M1", "code": code}


def versions(plane: Plane) -> dict[str, tuple[int | None, int | None]]:
    lake, tables = plane.plant.lake, plane.plant.tables
    return {name: (lake.version(tables[name]), lake.content_version(tables[name])) for name in TABLES}


def test_a_small_delivery_comes_into_silver_without_an_engine(plane: Plane) -> None:
    plane.land("lines/1.jsonl", line("2026-03-01T00:00:00Z"))
    hot, cold = machine("2026-01-01T00:00:00Z", "HOT"), machine("2026-01-01T00:00:00Z", "COLD")
    deliver(
        plane, "1", machines=[cold, hot], failures=[failure("2026-03-01T01:00:00Z"), failure("2099-03-01T00:00:00Z")]
    )

    report = plane.silver()

    assert report.data["rebuilt"] == dict.fromkeys(TABLES, True)
    assert [row["machine_model"] for row in plane.rows("silver.machines")] == ["HOT"]
    assert [row["kind"] for row in plane.rows("silver.machine_events")] == ["failure"]
    aside = {(row["feed"], row["code"]): row["_faults"] for row in plane.rows("silver.events_quarantine")}
    assert aside == {("machines", "COLD"): ["conflicting_value"], ("failures", "seal"): ["clock_suspect"]}
    before = plane.snapshot()
    assert not plane.silver().changed
    assert plane.snapshot() == before


def test_a_plant_that_has_neither_gets_empty_tables_without_content(plane: Plane) -> None:
    plane.land("lines/1.jsonl", line("2026-03-01T00:00:00Z"))
    plane.ingest()

    plane.silver()

    assert versions(plane) == dict.fromkeys(TABLES, (1, None))
    assert {name: plane.table(name).num_rows for name in TABLES} == dict.fromkeys(TABLES, 0)
    audits = [plane.plant.lake.last(plane.plant.tables[name], lambda metadata: metadata.audit) for name in TABLES]
    assert {audit and audit.verdict for audit in audits} == {"PASS"}
    before = plane.snapshot()
    assert not plane.silver().changed
    assert plane.snapshot() == before


def test_a_delivery_that_says_nothing_new_is_noted_in_one_commit_without_rows(plane: Plane) -> None:
    told = failure("2026-03-01T01:00:00Z")
    deliver(plane, "1", machines=[machine("2026-01-01T00:00:00Z", "HOT")], failures=[told])
    plane.silver()
    before = versions(plane)
    deliver(plane, "2", failures=[told, told])

    report = plane.silver()

    assert report.data["rebuilt"] == dict.fromkeys(TABLES, False)
    noted = {name: (version + 1, content) for name, (version, content) in before.items() if version}
    assert versions(plane) == noted | {"silver.machines": before["silver.machines"]}
    assert not plane.silver().changed


def test_a_commit_says_since_when_events_or_machines_differ(plane: Plane) -> None:
    deliver(plane, "1", machines=[machine("2026-01-01T00:00:00Z", "HOT")], failures=[failure("2026-03-01T01:00:00Z")])
    plane.silver()
    later = failure("2026-02-27T23:59:59Z"), failure("2026-03-05T00:00:00Z")
    deliver(plane, "2", machines=[machine("2026-02-01T00:00:00Z", "COLD")], failures=[*later])

    plane.silver()

    lake, tables = plane.plant.lake, plane.plant.tables
    said = {name: lake.commits(tables[name])[-1].metadata.since for name in TABLES}
    # The first machine's row ends where the second one begins, so it differs too.
    assert said == {
        "silver.machines": date(2026, 1, 1),
        "silver.machine_events": date(2026, 2, 27),
        "silver.events_quarantine": None,
    }
