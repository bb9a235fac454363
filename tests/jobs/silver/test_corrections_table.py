"""`silver.corrections` says what the mappings correct, and follows them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.diagnosis.emptiness import why_empty
from lakehouse.sql import ask
from tests.architecture.sources import text
from tests.support.plane import Plane
from tests.support.small_plant import LINES, line, row, write_small_plant

CHANGED_AT = datetime(2026, 3, 2, tzinfo=UTC)
REPLACED = """
[[corrections]] # recalibrated
sensor = "S1"
until = 2026-03-02T00:00:00Z
offset = -0.5
[[corrections]] # the sensor that was put in place of S1
sensor = "S2"
since = 2026-03-02T01:00:00+01:00
factor = 2
continues = "S1"
"""
WIDE = """
feed = "readings"
files = ["wide/*"]
format = "csv"
shape = "wide_by_metric"
[time]
column = "at"
[constants]
machine_id = "M3"
factory_id = "F2"
[templates]
sensor_id = "{machine_id}/{metric}"
[metrics]
press = { metric = "pressure", unit = "bar" }
[[corrections]]
column = "press"
unit = "psi"
[[corrections]]
factor = 10
"""
NAME = "silver.corrections"
REBUILT = f"silver: {NAME} rebuilt"
ANY = {
    "factory_id": "F1", "machine_id": None, "sensor_id": None, "metric": None, "source_column": None,
    "valid_from": None, "valid_to": None, "value_factor": 1.0, "value_offset": 0.0, "unit": None, "continues": None,
}  # fmt: skip
FIRST = ANY | {
    "mapping": "lines", "position": 1, "sensor_id": "S1", "valid_to": CHANGED_AT, "value_offset": -0.5,
}  # fmt: skip
SECOND = ANY | {
    "mapping": "lines", "position": 2, "sensor_id": "S2", "valid_from": CHANGED_AT, "value_factor": 2.0,
    "continues": "S1",
}  # fmt: skip


def seam(plane: Plane) -> list[dict[str, object]]:
    return sorted(plane.rows(NAME), key=lambda row: (row["mapping"], row["position"]))


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    """A lake with readings of a sensor and of the one that continues it."""
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path, lines=LINES + REPLACED)))
    sent = line("2026-03-01T00:00:00Z", 50.0, sensor="S1") + line("2026-03-03T00:00:00Z", 30.0, sensor="S2")
    plane.land("lines/1.jsonl", sent)
    plane.ingest()
    return plane


def test_a_series_that_was_corrected_shows_where_and_how(plane: Plane) -> None:
    report = plane.silver()

    found = {(row["sensor_id"], row["measured_at"].day, row["value"]) for row in plane.rows("silver.readings")}
    assert found == {("S1", 1, 49.5), ("S1", 3, 60.0)}
    assert REBUILT in report.lines
    assert seam(plane) == [FIRST, SECOND]


def test_the_next_run_writes_nothing(plane: Plane) -> None:
    plane.silver()
    before = plane.snapshot()

    assert not plane.silver().changed
    assert plane.snapshot() == before


def test_new_readings_leave_the_table_as_it_is(plane: Plane) -> None:
    plane.silver()
    version = plane.version(NAME)
    plane.land("table/1.csv", "at,sensor,machine,metric,value,unit\n" + row("2026-03-04T00:00:00Z"))
    plane.ingest()

    report = plane.silver()

    assert report.changed
    assert REBUILT not in report.lines
    assert plane.version(NAME) == version


def test_a_mapping_that_says_otherwise_is_followed(plane: Plane) -> None:
    plane.silver()
    write_small_plant(plane.root, lines=LINES + REPLACED.replace("-0.5", "-0.75"), wide=WIDE)

    report = plane.silver()

    of_wide = ANY | {"mapping": "wide", "factory_id": "F2", "machine_id": "M3"}
    assert REBUILT in report.lines
    assert seam(plane) == [
        FIRST | {"value_offset": -0.75},
        SECOND,
        of_wide | {"position": 1, "metric": "pressure", "source_column": "press", "unit": "psi"},
        of_wide | {"position": 2, "value_factor": 10.0},
    ]


def test_corrections_that_are_taken_back_are_gone(plane: Plane) -> None:
    plane.silver()
    assert "no mapping in use" not in why_empty(plane.settings, plane.plant, NAME)
    write_small_plant(plane.root)

    assert plane.silver().changed
    assert seam(plane) == []
    assert (
        why_empty(plane.settings, plane.plant, NAME) == "no mapping in use has [[corrections]], so nothing is missing"
    )


def test_a_mapping_that_is_refused_keeps_its_rows(plane: Plane) -> None:
    plane.silver()
    write_small_plant(plane.root, lines=LINES + REPLACED + "[[corrections]]\nfactor = 0\n")
    before = plane.snapshot()

    assert not plane.silver().changed
    assert plane.snapshot() == before
    assert seam(plane) == [FIRST, SECOND]


def test_a_lake_that_has_no_such_table_gets_it_with_the_next_run(plane: Plane) -> None:
    plane.silver()
    place = plane.lake / "silver" / "corrections"
    place.rename(plane.root / "gone")

    report = plane.silver()

    assert report.lines == (REBUILT,)
    assert seam(plane) == [FIRST, SECOND]


def test_the_machine_of_a_sensor_is_named(plane: Plane) -> None:
    without = LINES.replace('machine_id = "machine"\n', "")
    write_small_plant(plane.root, lines=without + '[machine_of]\nS1 = "M1"\nS2 = "M2"\n' + REPLACED)

    plane.silver()

    assert [row["machine_id"] for row in seam(plane)] == ["M1", "M2"]


def test_the_query_of_the_page_answers(plane: Plane) -> None:
    plane.silver()
    queries = [part.partition("```")[0] for part in text(Path("docs/mapping.md")).split("```sql\n")[1:]]
    (query,) = [query for query in queries if NAME in query]

    with ask(plane.lake, query.replace("P1/temperature", "S1")) as answer:
        found = answer.read_all().to_pylist()

    assert [row["position"] for row in found] == [1, 2]
