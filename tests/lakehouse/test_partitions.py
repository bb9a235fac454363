"""Each partition says when its rows last changed, up to which time they go, and which batch of files it holds."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from expectations.tables.silver import READINGS_TABLE
from jobs.ask.job import Form, asked
from lakehouse.lake import Lake
from lakehouse.partitions import partitions
from tests.support.plane import Plane
from tests.support.small_plant import line, write_small_plant

NOWHERE = "sc://localhost:1"
EARLY, LATE = (datetime(2026, 3, day, 12, tzinfo=UTC) for day in (5, 6))
TABLES = ("silver.readings", "silver.buckets", "gold.machine_daily", "gold.factory_daily")


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Plane:
    """Two dates by one run, then a later reading of the second by another."""
    root = tmp_path_factory.mktemp("partitions")
    plane = Plane(root, NOWHERE, str(write_small_plant(root)))
    plane.land("lines/a.jsonl", line("2026-03-01T10:00:00Z") + line("2026-03-02T10:00:00.5Z"))
    plane.run(EARLY)
    plane.land("lines/b.jsonl", line("2026-03-02T11:00:00Z"))
    plane.run(LATE)
    return plane


def _of(plane: Plane, name: str) -> dict[str, Mapping[str, Any]]:
    rows = partitions(plane.plant.lake, plane.plant.tables).to_pylist()
    return {str(row["day"]): row for row in rows if row["table_name"] == name}


@pytest.mark.parametrize("name", TABLES)
def test_a_partition_holds_the_batch_by_which_it_was_last_written(plane: Plane, name: str) -> None:
    """Through every table in between; upkeep changes no row."""
    first, second = _of(plane, name).values()

    assert (first["batch_id"], first["arrived_at"]) == (1, EARLY)
    assert (second["batch_id"], second["arrived_at"]) == (2, LATE)
    assert first["written_at"] < second["written_at"]
    assert first["version"] < second["version"]


def test_a_partition_says_up_to_which_time_its_rows_go(plane: Plane) -> None:
    first, second = _of(plane, READINGS_TABLE.name).values()

    assert first["measured_until"] == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert (second["row_count"], second["measured_until"]) == (2, datetime(2026, 3, 2, 11, tzinfo=UTC))
    assert second["measured_from"] - datetime(2026, 3, 2, 10, 0, 0, 500_000, UTC) < timedelta(milliseconds=1)
    (ledger,) = _of(plane, "bronze.files").values()
    assert (ledger["partition"], ledger["row_count"], ledger["batch_id"]) == (None, 2, 2)


def test_every_row_of_every_table_is_in_one_partition(plane: Plane) -> None:
    lake, counts = plane.plant.lake, dict.fromkeys(plane.plant.tables, 0)
    for row in partitions(lake, plane.plant.tables).to_pylist():
        counts[row["table_name"]] += row["row_count"]
        assert row["written_at"] is not None

    assert counts == {name: lake.row_count(table) for name, table in plane.plant.tables.items()}


def test_it_is_asked_by_name_and_by_sql(plane: Plane) -> None:
    found = asked(plane.settings, "partitions", ("table=silver.readings",), Form(as_json=True)).data
    assert [row[found["columns"].index("batch_id")] for row in found["rows"]] == [2, 1]
    newest = asked(plane.settings, "partitions", ("days=1",), Form(as_json=True)).data["rows"]
    assert [row[1] for row in newest if row[0] == "gold.factory_daily"] == ["local_date=2026-03-02"]


def test_a_log_that_no_longer_goes_back_leaves_the_time_of_the_file(plane: Plane, tmp_path: Path) -> None:
    shutil.copytree(plane.lake, tmp_path / "lake")
    folder = tmp_path / "lake" / "silver" / "buckets"
    DeltaTable(folder).create_checkpoint()
    for log in sorted((folder / "_delta_log").glob("*.json"))[:-1]:
        log.unlink()

    rows = partitions(Lake(tmp_path / "lake"), plane.plant.tables).to_pylist()

    first, second = (row for row in rows if row["table_name"] == "silver.buckets")
    assert (first["version"], first["batch_id"], first["row_count"]) == (None, None, 1)
    assert first["written_at"] < second["written_at"]
    assert second["batch_id"] == 2
