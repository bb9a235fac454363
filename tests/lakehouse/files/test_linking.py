"""Parquet files adopted by a Delta table: once, whole, pruned by statistics that Spark understands."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Column, Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.files.linking import DataFile
from lakehouse.lake import Lake
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at
from lakehouse.transaction import Transaction
from lakehouse.writing.linked_files import append_files
from tests.support.audited_files import audited
from tests.support.spark_commits import committing

pytestmark = pytest.mark.spark
TIMES = Table(
    "bronze", "times", "Numbers of times",
    (Column("name", "string", "Name", nullable=False), Column("_batch_id", "bigint", "Batch", nullable=False),
     Column("at", "timestamp", "Time", nullable=False)),
    prunes=("_batch_id", "at"), retention_days=30,
)  # fmt: skip
FIRST = Transaction("bronze.times/batch-1")


def _file(folder: Path, name: str, batch: int, *times: datetime, schema: pa.Schema | None = None) -> DataFile:
    rows = [{"name": name, "_batch_id": batch, "at": time, "more": 1.5} for time in times]
    path = folder / f"{name}.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=schema or arrow_schema(TIMES)), path, row_group_size=2)
    return DataFile(storage_at(folder), Key(path.name), path.name)


def _at(second: int, microsecond: int = 0) -> datetime:
    return datetime(2026, 3, 1, 0, 0, second, microsecond, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def test_adopted_files_are_rows_for_spark_and_without_it(spark: SparkSession, lake: Lake, tmp_path: Path) -> None:
    files = [_file(tmp_path, "a", 1, _at(1), _at(2), _at(3)), _file(tmp_path, "b", 1, _at(9))]

    batch = audited(lake, TIMES, *files)
    append_files(lake, batch, FIRST, CommitMetadata(batch=1))

    assert sorted(row["name"] for row in lake.read(spark, TIMES).collect()) == ["a", "a", "a", "b"]
    assert lake.arrow(TIMES).num_rows == 4
    assert lake.commits(TIMES)[-1].metadata == CommitMetadata(batch=1, audit=batch.audit)
    assert (lake.last(TIMES, lambda metadata: metadata.batch), lake.content_version(TIMES)) == (1, 1)


def test_the_same_name_adopts_once_and_spark_keeps_to_it(spark: SparkSession, lake: Lake, tmp_path: Path) -> None:
    file = _file(tmp_path, "a", 1, _at(1))
    append_files(lake, audited(lake, TIMES, file), FIRST, CommitMetadata())

    append_files(lake, audited(lake, TIMES, file), FIRST, CommitMetadata())
    with committing(spark, FIRST):
        spark.sql(f"INSERT INTO delta.`{lake.path(TIMES)}` SELECT * FROM delta.`{lake.path(TIMES)}`")

    assert (lake.version(TIMES), lake.arrow(TIMES).num_rows) == (1, 1)


def test_files_that_a_killed_run_linked_give_way(lake: Lake, tmp_path: Path) -> None:
    file = _file(tmp_path, "a", 1, _at(1))
    Path(lake.path(TIMES)).mkdir(parents=True)
    (Path(lake.path(TIMES)) / file.name).write_bytes(b"half a file")

    append_files(lake, audited(lake, TIMES, file), FIRST, CommitMetadata())

    assert lake.arrow(TIMES).num_rows == 1


def test_statistics_never_hide_a_row_between_two_milliseconds(spark: SparkSession, lake: Lake, tmp_path: Path) -> None:
    append_files(
        lake,
        audited(lake, TIMES, _file(tmp_path, "a", 7, _at(1, 1001), _at(2), _at(3, 999_999))),
        FIRST,
        CommitMetadata(),
    )

    text = sorted((Path(lake.path(TIMES)) / "_delta_log").glob("*.json"))[-1].read_text()
    (added,) = (json.loads(line)["add"] for line in text.splitlines() if '"add"' in line)
    assert json.loads(added["stats"]) == {
        "numRecords": 3,
        "minValues": {"_batch_id": 7, "at": "2026-03-01T00:00:01.001Z"},
        "maxValues": {"_batch_id": 7, "at": "2026-03-01T00:00:04.000Z"},
        "nullCount": {"_batch_id": 0, "at": 0},
    }
    rows = lake.read(spark, TIMES)
    assert rows.where("at >= '2026-03-01 00:00:03.999999'").count() == 1
    assert rows.where("at <= '2026-03-01 00:00:01.001001'").count() == 1
    assert rows.where("_batch_id = 8").count() == 0


def test_a_column_that_came_later_is_null_in_old_rows(spark: SparkSession, lake: Lake, tmp_path: Path) -> None:
    append_files(lake, audited(lake, TIMES, _file(tmp_path, "a", 1, _at(1))), FIRST, CommitMetadata())
    wider = Table("bronze", "times", "Numbers", (*TIMES.columns, Column("more", "double", "More")), prunes=TIMES.prunes)

    newer = _file(tmp_path, "b", 2, _at(2), schema=arrow_schema(wider))
    append_files(lake, audited(lake, wider, newer), Transaction("bronze.times/batch-2"), CommitMetadata())

    assert sorted((row["name"], row["more"]) for row in lake.read(spark, wider).collect()) == [("a", None), ("b", 1.5)]
