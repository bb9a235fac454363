"""A lake of the code before commit metadata had types: nothing is behind, lineage is found, new rows go on.

So little needs no engine, and none is there.
"""

import shutil
from datetime import UTC, date, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from expectations.tables.bronze import FILES
from gold.daily_anomalies import COUNTS
from jobs.gold.job import update_stale
from jobs.quality.accounting import totals
from jobs.quality.recipes import data_quality_rows
from jobs.silver.job import refine_new
from report.lake_view import open_view
from report.queries.lineage import lineage
from tests.support.old_code import OldCode
from tests.support.plane import Plane
from tests.support.small_plant import lines, write_small_plant

NOWHERE = "sc://localhost:1"
OLD = "1f54178"  # the last commit that wrote a key for each source
DUE = datetime(2026, 3, 2, tzinfo=UTC)
CAME = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
TABLES = {
    "silver.buckets": ["silver.readings"],
    "gold.machine_daily": ["silver.buckets"],
    "gold.factory_daily": ["gold.machine_daily"],
    "gold.machine_features": ["silver.buckets", "silver.machine_events", "silver.machines"],
    "gold.failure_labels": ["gold.machine_features", "silver.machine_events", "silver.machines"],
    "gold.data_quality": ["silver.readings"],
}
COUNTS_ANOMALIES = {"gold.machine_daily", "gold.factory_daily"}
OF_NEW_COLUMNS = {*COUNTS_ANOMALIES, "silver.machine_events"}
SINCE = {"anomaly_count", *COUNTS}  # null as written then, numbers where built today


def _land(plane: Plane) -> None:
    plane.land("lines/1.jsonl", lines("2026-03-01T09:00:00+00:00", 120, minutes=1), modified=CAME)
    plane.land("failures/1.jsonl", '{"at":"2026-03-01T10:30:00Z","machine":"M1","code":"seal"}\n', modified=CAME)
    plane.land("machines/1.jsonl", '{"since":"2026-01-01T00:00:00Z","machine":"M1","model":"COLD"}\n', modified=CAME)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hours of readings, a failure and a model, from landing to gold by the code of then."""
    root, code = tmp_path_factory.mktemp("old"), OldCode(OLD, tmp_path_factory.mktemp("code"))
    plane = Plane(root, NOWHERE, str(write_small_plant(root)))
    _land(plane)
    places = {
        "lake": plane.lake,
        "landing": plane.landing,
        "plant": plane.plant_name,
        "state": root / "state",
        "engine": NOWHERE,
    }
    for job in ("ingest", "silver", "gold", "quality"):
        code.run(job, "--as-of", DUE.isoformat(), **places)
    return root


@pytest.fixture
def plane(old: Path, tmp_path: Path) -> Plane:
    """A copy of it."""
    root = tmp_path / "copy"
    shutil.copytree(old, root)
    return Plane(root, NOWHERE, str(root / "small"))


def test_no_row_changes_and_versions_of_bronze_are_noted_once(plane: Plane) -> None:
    """Master data recorded numbers of batches then, not versions of bronze: they are built once more, and are equal."""
    before, digests, days = _content(plane), plane.digests(), _days(plane)

    silver, gold = refine_new(plane.settings, now=lambda: DUE), update_stale(plane.settings, DUE)
    noted = plane.snapshot()
    again = refine_new(plane.settings, now=lambda: DUE), update_stale(plane.settings, DUE)

    assert silver.changed  # tables that came since are built once
    assert gold.changed
    assert not any(report.changed for report in again)
    now = plane.digests()  # of tables that came since as well
    assert {name for name, digest in digests.items() if now[name] != digest} <= OF_NEW_COLUMNS
    assert {name for name, file in plane.snapshot().items() if file != noted.get(name)} == set()
    assert {name for name, version in _content(plane).items() if version != before[name]} <= COUNTS_ANOMALIES
    assert _days(plane) == days
    for name in ("silver.machines", "silver.machine_events", "silver.events_quarantine"):
        assert plane.plant.lake.commits(plane.plant.tables[name])[-1].metadata.built_from, name
    (event,) = plane.rows("silver.machine_events")
    assert event["local_date"] == date(2026, 3, 1)
    commits = plane.plant.lake.commits(plane.plant.tables["silver.machine_events"])
    assert [one.metadata.since for one in commits if one.metadata.since][-1] == date.max  # no feature is built again


def test_the_same_files_give_the_same_tables_today(old: Path, tmp_path: Path) -> None:
    """Every table of silver and gold, bit by bit, but for what names runs, versions and suites."""
    before, now = Plane(old, NOWHERE, str(old / "small")), Plane(tmp_path, NOWHERE, str(write_small_plant(tmp_path)))
    _land(now)
    now.ingest(DUE)
    refine_new(now.settings, now=lambda: DUE)
    update_stale(now.settings, DUE)

    old_digests, digests = before.digests(), now.digests()

    changed = {name for name in old_digests if old_digests[name] != digests[name]}
    assert changed <= {"gold.data_quality", "gold.freshness", *OF_NEW_COLUMNS}  # the first two were not built today
    assert all(now.table(name).num_rows for name in TABLES if name != "gold.data_quality")


def _content(plane: Plane) -> dict[str, int | None]:
    """The version of each table that last changed rows."""
    return {name: plane.plant.lake.content_version(plane.plant.tables[name]) for name in TABLES}


def _days(plane: Plane) -> list[list[dict[str, Any]]]:
    """Daily tables without the columns that came since."""
    rows = [plane.table(name).sort_by("local_date") for name in sorted(COUNTS_ANOMALIES)]
    return [one.drop([name for name in one.column_names if name in SINCE]).to_pylist() for one in rows]


def test_what_each_table_is_built_from_is_read(plane: Plane) -> None:
    lake, tables = plane.plant.lake, plane.plant.tables
    found = {name: lake.last(tables[name], lambda metadata: metadata.built_from or None) for name in TABLES}

    assert {name: sorted(versions or ()) for name, versions in found.items()} == TABLES
    for versions in found.values():
        for source, version in (versions or {}).items():
            assert 0 <= version <= (lake.version(tables[source]) or 0)
    assert [lake.last(FILES, attrgetter(name)) for name in ("plant", "state")] == ["small", "done"]
    assert totals(data_quality_rows(plane.plant))["readings"]["accepted"] == 120


def test_lineage_follows_from_what_it_says(plane: Plane) -> None:
    with open_view(plane.plant) as view:
        found = lineage(view, None, None, None)

    expected = ["bronze.readings", "silver.readings", *(name for name in TABLES)]
    assert sorted(table.table for table in found.tables) == sorted(expected)
    assert all(table.code for table in found.tables)


def test_new_readings_go_on(plane: Plane) -> None:
    plane.land("lines/2.jsonl", lines("2026-03-01T11:00:00+00:00", 60, minutes=1), modified=CAME)

    plane.ingest(DUE)
    refine_new(plane.settings, now=lambda: DUE)
    gold = update_stale(plane.settings, DUE)

    assert gold.changed
    assert sum(row["reading_count"] for row in plane.rows("gold.machine_daily")) == 180
    seen = plane.plant.lake.last(plane.plant.tables["silver.buckets"], lambda metadata: metadata.built_from)
    assert seen == {"silver.readings": plane.version("silver.readings")}
