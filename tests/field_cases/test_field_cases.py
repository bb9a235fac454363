"""Every field case through ingest and silver: readings, events, reasons, faults and the ledger are what is right."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jobs.ingest.job import ingest_new
from jobs.ingest.new_files import Admission
from jobs.runtime.report import RunReport
from jobs.silver.job import refine_new
from tests.field_cases.case import Case, Expected, cases
from tests.support.plane import Plane

AS_OF = datetime(2026, 11, 30, tzinfo=UTC)
_SMALLEST_STEP = 1e-9


def _now() -> datetime:
    return AS_OF


def _parameters() -> list[Any]:
    found = [(case, [pytest.mark.spark] if case.expected.engine else []) for case in cases()]
    return [pytest.param(case, id=case.folder.name, marks=marks) for case, marks in found]


@pytest.mark.parametrize("case", _parameters())
def test_what_lands_becomes_what_is_right(case: Case, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    expected = case.expected
    engine = request.getfixturevalue("engine").remote if expected.engine else "none"
    plane = Plane(tmp_path, engine, str(case.make_plant(tmp_path)), AS_OF)

    reports = [_deliver(case, number, plane) for number in range(len(case.deliveries))]

    assert _unlike(plane, expected) == ([], [])
    assert sorted(_events(plane)) == sorted(expected.events)
    assert plane.quarantined() == expected.quarantined
    assert _events_aside(plane) == expected.events_quarantined
    assert _reasons(plane) == expected.rejected
    assert _outcomes(plane) == dict.fromkeys(_landed(plane), "read") | expected.outcomes
    assert _counters(plane) == expected.counters
    assert _increments(plane, expected) == expected.increments
    _compare_accounts(plane, expected)
    _compare_reports(reports[-1], expected)


def test_there_are_cases_and_each_has_what_it_needs() -> None:
    assert cases()
    assert [case.folder.name for case in cases() if not case.deliveries] == []
    assert [case.folder.name for case in cases() if not list((case.folder / "mappings").glob("*.toml"))] == []


def _deliver(case: Case, number: int, plane: Plane) -> list[RunReport]:
    case.deliver(number, plane.landing)
    return [ingest_new(plane.settings, Admission(AS_OF, now=_now)), refine_new(plane.settings, _now)]


def _unlike(plane: Plane, expected: Expected) -> tuple[list[Any], list[Any]]:
    """Expected readings that are not there, and readings that nobody expects."""
    rows, missing = plane.rows("silver.readings"), []
    for wanted in expected.readings:
        found = next((row for row in rows if _is_same(row, wanted)), None)
        if found is None:
            missing.append(wanted)
        else:
            rows.remove(found)
    shown = ("factory_id", "machine_id", "sensor_id", "metric", "measured_at", "value")
    return missing, [[str(row[name]) for name in shown] for row in rows]


def _is_same(row: dict[str, Any], wanted: list[Any]) -> bool:
    name, metric, at, value = wanted
    names = (row["machine_id"], row["sensor_id"], f"{row['factory_id']} {row['machine_id']}")
    is_same_place = name in names and row["metric"] == metric and row["measured_at"] == datetime.fromisoformat(at)
    return is_same_place and abs(row["value"] - value) < _SMALLEST_STEP


def _events(plane: Plane) -> list[list[Any]]:
    return [
        [row["machine_id"], row["kind"], row["code"], f"{row['occurred_at']:%Y-%m-%dT%H:%M:%SZ}", row["detail"] or ""]
        for row in plane.rows("silver.machine_events")
    ]


def _counters(plane: Plane) -> list[list[Any]]:
    """Resets, roll-overs and falls with both values and what is counted."""
    names = ("machine_id", "metric", "kind", "previous_value", "value", "increment")
    rows = sorted(plane.rows("silver.counter_changes"), key=lambda row: (row["measured_at"], row["metric"]))
    found = [row for row in rows if row["kind"] not in ("first", "increase")]
    return [[f"{row['measured_at']:%Y-%m-%dT%H:%M:%SZ}", *(_shown(row[name]) for name in names)] for row in found]


def _increments(plane: Plane, expected: Expected) -> list[list[Any]]:
    if not expected.increments:
        return []
    plane.gold()
    rows = sorted(plane.rows("gold.counter_increments"), key=lambda row: (row["bucket_at"], row["machine_id"]))
    return [[f"{row['bucket_at']:%Y-%m-%dT%H:%M:%SZ}", row["machine_id"], _shown(row["increment"])] for row in rows]


def _shown(value: object) -> object:
    """A number to the smallest step that a case may ask for: steps times resolution is a double."""
    return round(value, 9) if isinstance(value, float) else value


def _events_aside(plane: Plane) -> dict[str, int]:
    return dict(Counter(row["_faults"][0] for row in plane.rows("silver.events_quarantine")))


def _reasons(plane: Plane) -> dict[str, int]:
    counts = Counter[str]()
    for row in plane.rows("bronze.rejected"):
        counts[row["reason"]] += row["record_count"]
    return dict(counts)


def _landed(plane: Plane) -> list[str]:
    return [path.relative_to(plane.landing).as_posix() for path in plane.landing.rglob("*") if path.is_file()]


def _outcomes(plane: Plane) -> dict[str, str]:
    return {path: row["outcome"] for path, row in plane.ledger().items()}


def _compare_accounts(plane: Plane, expected: Expected) -> None:
    """Every record is accounted for: read, or a class of the ledger; of the readings read, one of silver's classes."""
    totals = Counter[str]()
    for row in plane.rows("bronze.files"):
        totals.update({name: row[name] for name in ("records", "rows", "blank", "rejected", "duplicate")})
    stored = plane.table("bronze.readings").num_rows
    aside = plane.table("silver.readings_quarantine").num_rows
    repeated = stored - aside - plane.table("silver.readings").num_rows
    assert totals["records"] == totals["rows"] + totals["blank"] + totals["rejected"] + totals["duplicate"]
    assert expected.records in (None, totals["records"])
    assert totals["blank"] == expected.blank
    assert totals["duplicate"] + repeated == expected.duplicate


def _compare_reports(reports: list[RunReport], expected: Expected) -> None:
    lines = "\n".join(line for report in reports for line in (*report.lines, *report.data.get("reasons", ())))
    assert [text for text in expected.says if text not in lines] == []
    assert [text for text in expected.says_not if text in lines] == []
    assert reports[0].exit_code == expected.exit_code
