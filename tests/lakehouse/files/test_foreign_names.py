"""A partition whose name has letters beyond ASCII: what Spark wrote there is replaced and joined, and never doubled."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Column, Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.files.foreign_names import rename_foreign
from lakehouse.files.joining import MANY, join_files
from lakehouse.files.log_actions import is_foreign
from lakehouse.lake import Lake
from lakehouse.transaction import Transaction
from lakehouse.writing.linked_files import append_files, replace_dates
from lakehouse.writing.replaced_rows import merge_rows
from tests.support.audited_files import audited_rows

DAYS = Table(
    "gold", "days", "Sizes",
    (Column("name", "string", "Name", nullable=False), Column("size", "bigint", "Size"),
     Column("day", "date", "Day", nullable=False), Column("site", "string", "Site", nullable=False)),
    key=("day", "site", "name"), partition_by=("day", "site"), retention_days=30,
)  # fmt: skip
DAY, SITE = date(2026, 3, 1), "Köln süd"
PATH = "K%C3%B6ln%20s%C3%BCd"


def append(lake: Lake, once: str, **sizes: int) -> None:
    with audited_rows(lake, DAYS, rows(**sizes)) as batch:
        append_files(lake, batch, Transaction(once), CommitMetadata())


def rows(**sizes: int) -> pa.Table:
    listed = [{"name": name, "size": size, "day": DAY, "site": SITE} for name, size in sizes.items()]
    return pa.Table.from_pylist(listed, schema=arrow_schema(DAYS))


def stored(lake: Lake) -> list[tuple[str, int]]:
    return sorted((row["name"], row["size"]) for row in lake.arrow(DAYS).to_pylist())


def paths(lake: Lake) -> list[str]:
    found: list[str] = pa.table(DeltaTable(lake.path(DAYS)).get_add_actions(flatten=True))["path"].to_pylist()
    return found


def as_spark_names_them(root: Path) -> None:
    """As a merge of Spark leaves them in the log: seen with Delta 4.4.0."""
    for log in (root / "gold/days/_delta_log").glob("*.json"):
        log.write_text(log.read_text("utf-8").replace(PATH, "Köln%20süd"), "utf-8")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Three rows in three files that bear names of Spark's."""
    lake = Lake(tmp_path)
    for name, size in (("a", 1), ("b", 2), ("c", 3)):
        append(lake, name, **{name: size})
    as_spark_names_them(tmp_path)
    assert all(is_foreign(path) for path in paths(lake))
    return lake


def test_they_get_names_of_ours_once_and_no_row_changes(lake: Lake) -> None:
    content = lake.content_version(DAYS)

    assert (rename_foreign(lake.storage_of(DAYS), DAYS), rename_foreign(lake.storage_of(DAYS), DAYS)) == (3, 0)

    assert stored(lake) == [("a", 1), ("b", 2), ("c", 3)]
    assert not any(is_foreign(path) for path in paths(lake))
    assert lake.content_version(DAYS) == content
    assert {row["site"] for row in lake.arrow(DAYS).to_pylist()} == {SITE}


def test_compacted_each_row_is_there_once(lake: Lake) -> None:
    join_files(lake.storage_of(DAYS), DAYS, target_bytes=1 << 20)

    assert (stored(lake), len(paths(lake))) == ([("a", 1), ("b", 2), ("c", 3)], 1)


def test_many_small_files_joined_each_row_is_there_once(lake: Lake) -> None:
    for number in range(MANY):
        append(lake, f"more {number}", **{f"m{number:02}": number})

    assert len(stored(lake)) == 3 + MANY
    assert len(paths(lake)) < MANY


def test_dates_replaced_hold_what_replaces_them(lake: Lake) -> None:
    with audited_rows(lake, DAYS, rows(z=9)) as batch:
        replace_dates(lake, batch, [str(DAY)], CommitMetadata())

    assert stored(lake) == [("z", 9)]


def test_rows_replaced_by_key_are_there_once(lake: Lake) -> None:
    with audited_rows(lake, DAYS, rows(b=20, d=4)) as batch:
        merge_rows(lake, batch, Transaction("second"), CommitMetadata())
    join_files(lake.storage_of(DAYS), DAYS, target_bytes=1 << 20)

    assert stored(lake) == [("a", 1), ("b", 20), ("c", 3), ("d", 4)]


@pytest.mark.spark
def test_what_spark_wrote_is_merged_and_compacted_and_not_doubled(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    append(lake, "first", a=1, b=2)
    place = f"delta.`{lake.path(DAYS)}`"
    spark.sql(f"UPDATE {place} SET size = 20 WHERE name = 'b'")
    assert any(is_foreign(path) for path in paths(lake))
    with audited_rows(lake, DAYS, rows(a=10, c=3)) as batch:
        merge_rows(lake, batch, Transaction("second"), CommitMetadata())
    append(lake, "third", d=4)
    spark.sql(f"INSERT INTO {place} SELECT 'e', 5, day, site FROM {place} WHERE name = 'd'")
    join_files(lake.storage_of(DAYS), DAYS, target_bytes=1 << 20)

    assert stored(lake) == [("a", 10), ("b", 20), ("c", 3), ("d", 4), ("e", 5)]
    assert spark.read.format("delta").load(lake.path(DAYS)).count() == 5
