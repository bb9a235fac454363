"""Delta tables of a lake: commits that happen once, replacements of what changed, and what commits tell."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Column, Rule, Severity, Table
from lakehouse.changes import versions_of
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.errors import GateRefused
from lakehouse.lake import Lake
from lakehouse.publish.changed_partitions import Replaced, replace_by_changed, replace_changed_table
from lakehouse.publish.reaches import Dated
from lakehouse.publish.recipe import Recipe
from lakehouse.publish.stale import work_of
from lakehouse.transaction import Transaction
from lakehouse.writing.linked_files import append_files
from lakehouse.writing.metadata import record_metadata
from lakehouse.writing.replaced_rows import merge_rows
from tests.support.audited_files import audited_rows

DAYS = Table(
    "gold", "days", "Numbers of days",
    (Column("name", "string", "Name", nullable=False), Column("size", "bigint", "Size"),
     Column("day", "date", "Day", nullable=False)),
    key=("day", "name"), partition_by=("day",), retention_days=30,
    rules=(Rule("too_large", "size < 1000", Severity.FAIL, "Sizes are small"),),
)  # fmt: skip
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
Rows = tuple[tuple[str, int, date], ...]
BOTH: Rows = (("a", 1, FIRST), ("b", 2, FIRST), ("a", 3, SECOND))


def _frame(spark: SparkSession, rows: Rows) -> DataFrame:
    return spark.createDataFrame(list(rows), "name string, size bigint, day date")


def _arrow(rows: Rows) -> pa.Table:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    return pa.table(columns, arrow_schema(DAYS))


def _rows(lake: Lake) -> list[tuple[str, int, date]]:
    return sorted((row["name"], row["size"], row["day"]) for row in lake.arrow(DAYS).to_pylist())


def _files(lake: Lake) -> list[str]:
    return [str(entry.key) for entry in lake.storage.entries()]


def _append(lake: Lake, rows: pa.Table, table: Table, name: str, metadata: CommitMetadata) -> None:
    with audited_rows(lake, table, rows) as batch:
        append_files(lake, batch, Transaction(name), metadata)


def _replace(lake: Lake, rows: Rows, dates: list[date], metadata: CommitMetadata) -> Replaced:
    with audited_rows(lake, DAYS, _arrow(rows)) as batch:
        return replace_by_changed(lake, batch, dates, metadata)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake whose table holds three rows of two days."""
    lake = Lake(tmp_path)
    _append(lake, _arrow(BOTH), DAYS, "first", CommitMetadata(dates=(FIRST, SECOND), batch=1))
    return lake


def test_an_append_of_the_same_name_happens_once(lake: Lake) -> None:
    before = _files(lake)

    _append(lake, _arrow(BOTH), DAYS, "first", CommitMetadata(batch=2))

    assert _files(lake) == before
    assert lake.last(DAYS, lambda metadata: metadata.batch) == 1


def test_a_merge_replaces_equal_keys_inserts_others_and_happens_once(lake: Lake) -> None:
    rows: Rows = (("a", 9, FIRST), ("c", 4, SECOND))
    for _ in range(2):
        with audited_rows(lake, DAYS, _arrow(rows)) as batch:
            merge_rows(lake, batch, Transaction("second"), CommitMetadata(batch=2))

    assert _rows(lake) == [("a", 3, SECOND), ("a", 9, FIRST), ("b", 2, FIRST), ("c", 4, SECOND)]
    assert lake.version(DAYS) == 2
    _append(lake, _arrow((("d", 5, FIRST),)), DAYS, "third", CommitMetadata())
    assert lake.version(DAYS) == 3


def test_what_is_said_without_rows_stands_in_the_log_and_leaves_no_file(lake: Lake) -> None:
    data = [name for name in _files(lake) if name.endswith(".parquet")]

    record_metadata(lake, DAYS, CommitMetadata(batch=7))
    record_metadata(lake, DAYS, CommitMetadata(batch=8))

    assert lake.last(DAYS, lambda metadata: metadata.batch) == 8
    assert [name for name in _files(lake) if name.endswith(".parquet")] == data
    assert len(_rows(lake)) == 3


def test_what_is_said_first_makes_the_table(tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    record_metadata(lake, DAYS, CommitMetadata(batch=1))

    assert (lake.version(DAYS), lake.last(DAYS, lambda metadata: metadata.batch), lake.arrow(DAYS).num_rows) == (
        1,
        1,
        0,
    )


@pytest.mark.spark
def test_a_table_that_is_not_there_reads_as_empty_with_its_columns(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    assert tuple(lake.read(spark, DAYS).columns) == DAYS.column_names == tuple(lake.arrow(DAYS).column_names)
    assert (lake.version(DAYS), lake.dates(DAYS), lake.commits(DAYS)) == (None, set(), [])


@pytest.mark.spark
def test_a_column_that_came_later_is_null_in_old_rows(spark: SparkSession, lake: Lake) -> None:
    wider = Table("gold", "days", "Numbers", (*DAYS.columns, Column("more", "double", "More")), partition_by=("day",))
    rows = _arrow((("z", 1, FIRST),)).append_column("more", pa.array([1.5]))

    _append(lake, rows, wider, "wider", CommitMetadata())

    assert sorted(str(row["more"]) for row in lake.arrow(wider).to_pylist()) == ["1.5", "None", "None", "None"]
    assert lake.read(spark, wider).where("more IS NULL").count() == 3


def test_only_dates_whose_content_differs_are_replaced(lake: Lake) -> None:
    rebuilt: Rows = (("b", 2, FIRST), ("a", 1, FIRST), ("a", 4, SECOND))

    done = _replace(lake, rebuilt, [FIRST, SECOND], CommitMetadata(batch=2))

    assert (done.dates, done.changed) == ((str(SECOND),), True)
    assert _rows(lake) == [("a", 1, FIRST), ("a", 4, SECOND), ("b", 2, FIRST)]
    assert lake.commits(DAYS)[-1].metadata.dates == (SECOND,)


def test_a_date_that_is_to_hold_nothing_is_emptied(lake: Lake) -> None:
    _replace(lake, (("a", 3, SECOND),), [FIRST, SECOND], CommitMetadata())

    assert _rows(lake) == [("a", 3, SECOND)]


def test_equal_content_is_only_noted_and_noted_once(lake: Lake) -> None:
    for _ in range(2):
        done = _replace(lake, BOTH, [FIRST, SECOND], CommitMetadata(batch=2))
        assert not done.changed

    assert (lake.version(DAYS), lake.content_version(DAYS)) == (2, 1)


def test_a_refused_replacement_leaves_the_version(lake: Lake) -> None:
    rebuilt: Rows = (("a", 1000, FIRST),)

    with pytest.raises(GateRefused, match="too_large"):
        _replace(lake, rebuilt, [FIRST], CommitMetadata())
    with pytest.raises(GateRefused, match="too_large"):
        replace_changed_table(lake, DAYS, _arrow(rebuilt), CommitMetadata())

    assert lake.version(DAYS) == 1


def stale(lake: Lake, target: Table) -> tuple[date, ...] | None:
    work = work_of(lake, Recipe(target, Dated(DAYS), DAYS.column_names, lambda given: given.rows))
    return None if work is None else work.dates


@pytest.mark.spark
def test_changed_dates_are_those_of_the_commits_since_and_compaction_changes_none(
    spark: SparkSession, lake: Lake
) -> None:
    target = Table("gold", "target", "Built from days", DAYS.columns, partition_by=("day",))
    assert stale(lake, target) == (FIRST, SECOND)
    record_metadata(lake, target, CommitMetadata(built_from=versions_of(lake, DAYS)))
    assert stale(lake, target) is None

    spark.sql(f"OPTIMIZE delta.`{lake.path(DAYS)}`")
    record_metadata(lake, DAYS, CommitMetadata(clock="file"))
    assert stale(lake, target) is None
    assert (lake.content_version(DAYS), lake.content_commits(DAYS, after=1)) == (1, [])

    _replace(lake, (("a", 8, SECOND),), [SECOND], CommitMetadata())
    assert stale(lake, target) == (SECOND,)
    assert [commit.metadata.dates for commit in lake.content_commits(DAYS, after=1)] == [(SECOND,)]
