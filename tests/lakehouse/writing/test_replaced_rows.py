"""Rows that replace others in one commit without Spark: by key, by a condition, and those that leave."""

import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, TableFeatures
from deltalake.transaction import AddAction
from pyspark.sql import SparkSession

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Column, Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.errors import DoubledKeyError, UsageError
from lakehouse.files.linking import data_files, link
from lakehouse.files.matching_keys import MatchingKeys
from lakehouse.files.staging import staging_folder
from lakehouse.files.table_files import write_rows
from lakehouse.lake import Lake
from lakehouse.storage.errors import PresentError
from lakehouse.transaction import Transaction
from lakehouse.writing import merging, replaced_rows
from lakehouse.writing.linked_files import append_files
from lakehouse.writing.merging import Scope
from lakehouse.writing.metadata import record_metadata
from lakehouse.writing.replaced_rows import merge_rows, replace_rows
from tests.support.audited_files import audited_rows
from tests.support.synced import noted_steps

COLUMNS = (
    Column("name", "string", "Name"), Column("line", "bigint", "Line"), Column("size", "double", "Size"),
    Column("faults", "array<string>", "Faults"), Column("at", "timestamp", "Time"),
    Column("day", "date", "Day", nullable=False), Column("site", "string", "Site"),
)  # fmt: skip
KEY = ("name", "line")
BY_DAY = Table(
    "gold", "days", "Sizes", COLUMNS, key=("day", "site", *KEY), partition_by=("day", "site"), prunes=("at",)
)
WHOLE = Table("gold", "whole", "Sizes", COLUMNS, key=KEY, prunes=("at",))
TABLES = pytest.mark.parametrize("table", [BY_DAY, WHOLE], ids=["partitioned", "whole"])
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
SITES = {FIRST: "Köln süd/a=b%20", SECOND: None}
AT = datetime(2026, 3, 1, 12, 0, 0, 999_600, tzinfo=UTC)
NOTHING = CommitMetadata()
Sizes = dict[tuple[str | None, int | None, date], float]


def _rows(table: Table, sizes: Sizes) -> pa.Table:
    listed = [
        {"name": name, "line": line, "size": size, "faults": ["f"], "at": AT, "day": day, "site": SITES[day]}
        for (name, line, day), size in sizes.items()
    ]
    return pa.Table.from_pylist(listed, schema=arrow_schema(table))


def _stored(lake: Lake, table: Table) -> Sizes:
    rows = lake.arrow(table).to_pylist()
    found = {(row["name"], row["line"], row["day"]): row["size"] for row in rows}
    assert len(found) == len(rows)
    assert all((row["faults"], row["at"], row["site"]) == (["f"], AT, SITES[row["day"]]) for row in rows)
    return found


def _append(lake: Lake, table: Table, name: str, sizes: Sizes) -> None:
    with audited_rows(lake, table, _rows(table, sizes)) as batch:
        append_files(lake, batch, Transaction(name), NOTHING)


def _merge(lake: Lake, table: Table, sizes: Sizes, leaving: Sizes | None = None, within: Any = None) -> None:
    with audited_rows(lake, table, _rows(table, sizes)) as batch, staging_folder(lake.storage) as folder:
        gone = data_files(folder, write_rows(_rows(table, leaving or {}), table, folder).files)
        merge_rows(lake, batch, Transaction("merge"), CommitMetadata(batch=7), Scope(gone, within))


def _files(lake: Lake, table: Table) -> set[str]:
    return {file["path"] for file in lake.live_files(table)}


STORED: Sizes = {
    ("a", 1, FIRST): 1.0, ("b", None, FIRST): 2.0, (None, 3, FIRST): 3.0, ("a", 4, SECOND): 4.0, ("c", 5, SECOND): 5.0,
}  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with both tables, their rows in three files by two commits."""
    lake = Lake(tmp_path)
    for table in (BY_DAY, WHOLE):
        _append(lake, table, "first", dict(list(STORED.items())[:2]))
        _append(lake, table, "second", dict(list(STORED.items())[2:]))
    return lake


@TABLES
def test_equal_keys_are_replaced_others_inserted_and_some_leave_null_being_equal_to_null(
    lake: Lake, table: Table
) -> None:
    _merge(
        lake, table, {("b", None, FIRST): 20.0, ("z", 9, SECOND): 9.0}, {(None, 3, FIRST): 0.0, ("q", 1, FIRST): 0.0}
    )

    wanted = {**STORED, ("b", None, FIRST): 20.0, ("z", 9, SECOND): 9.0}
    del wanted[None, 3, FIRST]
    assert _stored(lake, table) == wanted


@TABLES
@pytest.mark.parametrize("line", [1, None, 77], ids=["stored", "null", "new"])
def test_a_key_twice_in_a_batch_is_refused_and_nothing_changes(lake: Lake, table: Table, line: int | None) -> None:
    before = lake.version(table), _stored(lake, table)
    twice = pa.concat_tables([_rows(table, {("b", line, FIRST): size, ("b", 99, FIRST): 1.0}) for size in (7.0, 8.0)])

    with audited_rows(lake, table, twice) as batch, pytest.raises(DoubledKeyError, match="2 keys of gold") as caught:
        merge_rows(lake, batch, Transaction("merge"), NOTHING)

    assert "(2 times); legal is once each" in str(caught.value)
    assert (lake.version(table), _stored(lake, table)) == before


@TABLES
def test_a_table_that_only_grows_by_another_tools_property_loses_no_rows(lake: Lake, table: Table) -> None:
    DeltaTable(lake.path(table)).alter.set_table_properties({"delta.appendOnly": "true"})
    before = lake.version(table), _stored(lake, table)

    with pytest.raises(UsageError, match="UNSET TBLPROPERTIES"):
        _merge(lake, table, {("b", None, FIRST): 20.0})
    with audited_rows(lake, table, _rows(table, {})) as batch, pytest.raises(UsageError, match=r"delta\.appendOnly"):
        replace_rows(lake, batch, ds.field("size") > 1, ["size"], NOTHING)

    assert (lake.version(table), _stored(lake, table)) == before


@TABLES
def test_the_same_name_merges_once_in_one_commit_with_its_metadata(lake: Lake, table: Table) -> None:
    before = lake.version(table) or 0
    for _ in range(2):
        _merge(lake, table, {("a", 1, FIRST): 10.0})

    assert lake.version(table) == before + 1
    commit = lake.commits(table)[-1]
    assert (commit.metadata.batch, commit.metadata.audit is not None) == (7, True)
    assert lake.content_version(table) == before + 1


def test_files_without_a_row_that_leaves_stay_as_they_are(lake: Lake) -> None:
    before = _files(lake, BY_DAY)
    _merge(lake, BY_DAY, {("a", 1, FIRST): 10.0})

    assert len(before & _files(lake, BY_DAY)) == len(before) - 1


@TABLES
def test_a_merge_of_nothing_is_a_commit_without_rows(lake: Lake, table: Table) -> None:
    before = lake.content_version(table), _files(lake, table)
    _merge(lake, table, {})

    assert (lake.content_version(table), _files(lake, table)) == before
    assert lake.last(table, lambda metadata: metadata.batch) == 7


@TABLES
def test_the_first_merge_makes_the_table(tmp_path: Path, table: Table) -> None:
    lake = Lake(tmp_path)
    _merge(lake, table, STORED, {("a", 1, SECOND): 0.0})

    assert _stored(lake, table) == STORED


def test_files_beyond_the_scope_are_not_looked_at(lake: Lake) -> None:
    _merge(lake, WHOLE, {("new", 1, FIRST): 1.0}, {("a", 1, FIRST): 0.0}, within=ds.field("at") > AT.replace(hour=13))

    assert _stored(lake, WHOLE) == {**STORED, ("new", 1, FIRST): 1.0}


@TABLES
def test_what_fulfils_a_condition_is_replaced(lake: Lake, table: Table) -> None:
    with audited_rows(lake, table, _rows(table, {("a", 1, FIRST): 10.0})) as batch:
        where = ds.field("name").isin(["a", "b"]) & ds.field("day").isin([FIRST])
        replace_rows(lake, batch, where, ["name", "day"], CommitMetadata(batch=8))

    wanted = {**STORED, ("a", 1, FIRST): 10.0}
    del wanted["b", None, FIRST]
    assert _stored(lake, table) == wanted


@TABLES
def test_rows_of_older_code_get_the_columns_that_came_since(lake: Lake, table: Table) -> None:
    wider = Table(
        table.layer, table.subject, "Sizes", (*COLUMNS, Column("more", "string", "More")), key=table.key,
        partition_by=table.partition_by,
    )  # fmt: skip
    rows = _rows(table, {("a", 1, FIRST): 10.0}).append_column("more", pa.array(["x"]))
    with audited_rows(lake, wider, rows) as batch:
        merge_rows(lake, batch, Transaction("wider"), NOTHING)

    assert _stored(lake, table) == {**STORED, ("a", 1, FIRST): 10.0}
    assert sorted(map(str, lake.arrow(wider).column("more").to_pylist())) == ["None"] * 4 + ["x"]


def test_rows_that_stay_keep_columns_that_the_contract_does_not_know(lake: Lake) -> None:
    wider = Table("gold", "whole", "Sizes", (*COLUMNS, Column("more", "string", "More")), key=KEY)
    rows = _rows(WHOLE, {("a", 11, FIRST): 1.0, ("b", 12, FIRST): 2.0}).append_column("more", pa.array(["x", "y"]))
    with audited_rows(lake, wider, rows) as batch:
        append_files(lake, batch, Transaction("wider"), NOTHING)
    _merge(lake, WHOLE, {("a", 11, FIRST): 10.0})

    more = lake.arrow(wider, ["line", "more"], ds.field("line").isin([11, 12])).to_pylist()
    assert {row["line"]: row["more"] for row in more} == {11: None, 12: "y"}


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_rows_with_times_as_spark_stores_them_by_default_stay_what_they_are(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    rows = _rows(WHOLE, {("a", 11, FIRST): 1.0, ("b", 12, FIRST): 2.0})
    file = Path(lake.path(WHOLE), "i.parquet")
    pq.write_table(rows, file, use_deprecated_int96_timestamps=True, store_schema=False)
    delta = DeltaTable(lake.path(WHOLE))
    action = AddAction(file.name, file.stat().st_size, {}, 0, data_change=True, stats='{"numRecords": 2}')
    delta.create_write_transaction([action], "append", delta.schema(), [])
    _merge(lake, WHOLE, {("a", 11, FIRST): 10.0})
    monkeypatch.undo()
    time.tzset()

    assert _stored(lake, WHOLE) == {**STORED, ("a", 11, FIRST): 10.0, ("b", 12, FIRST): 2.0}
    for path in _files(lake, WHOLE) - {"i.parquet"}:
        assert pq.read_schema(Path(lake.path(WHOLE), path)).field("at").type == pa.timestamp("us", tz="UTC")


def test_keys_of_a_partition_are_read_once_however_its_files_lie_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, loaded = Lake(tmp_path), list[int]()

    class Counting(MatchingKeys):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            loaded.append(1)

    for number in range(4):
        _append(lake, BY_DAY, str(number), {("a", number, day): 1.0 for day in SITES})
    monkeypatch.setattr(merging, "MatchingKeys", Counting)
    _merge(lake, BY_DAY, {("a", 1, day): 10.0 for day in SITES})

    assert len(loaded) == len(SITES)
    assert _stored(lake, BY_DAY)["a", 1, SECOND] == 10.0


@TABLES
def test_files_outlast_a_power_cut_before_the_commit_that_names_them_does(
    lake: Lake, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, steps = _files(lake, table), noted_steps(monkeypatch)
    _merge(lake, table, {("b", None, FIRST): 20.0, ("z", 9, SECOND): 9.0})

    place = Path(lake.path(table))
    synced = [path for step, path in steps if step == "sync"]
    commit = next(number for number, path in enumerate(synced) if path.parent.name == "_delta_log")
    assert {place / unquote(path) for path in _files(lake, table) - before} <= set(synced[:commit])


def test_a_commit_that_came_between_is_not_overwritten(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def linked_meanwhile(*arguments: Any) -> Any:
        _append(lake, WHOLE, "other", {("other", 1, FIRST): 1.0})
        return link(*arguments)

    monkeypatch.setattr(replaced_rows, "link", linked_meanwhile)
    with pytest.raises(PresentError):
        _merge(lake, WHOLE, {("a", 1, FIRST): 10.0})

    assert _stored(lake, WHOLE) == {**STORED, ("other", 1, FIRST): 1.0}


def test_a_table_of_a_later_protocol_is_refused(lake: Lake) -> None:
    DeltaTable(lake.path(WHOLE)).alter.add_feature(TableFeatures.AppendOnly, allow_protocol_versions_increase=True)

    with pytest.raises(UsageError, match=r"gold\.whole has writer version 7 .* legal is any below 7"):
        _merge(lake, WHOLE, {("a", 1, FIRST): 10.0})
    assert _stored(lake, WHOLE) == STORED


def test_after_many_merges_a_reader_opens_few_commits_and_few_files(lake: Lake) -> None:
    for number in range(40):
        with audited_rows(lake, WHOLE, _rows(WHOLE, {("a", number, FIRST): 1.0})) as batch:
            merge_rows(lake, batch, Transaction(f"m{number}"), NOTHING)

    log = Path(lake.path(WHOLE)) / "_delta_log"
    newest = max(int(file.name.partition(".")[0]) for file in log.glob("*.checkpoint.parquet"))
    assert 0 <= (lake.version(WHOLE) or 0) - newest < 10
    assert len(_files(lake, WHOLE)) < 20
    assert len(_stored(lake, WHOLE)) == 3 + 40  # two of the five had a key that came again


def test_a_checkpoint_that_cannot_be_written_does_not_fail_what_is_committed(
    lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range((lake.version(WHOLE) or 0) + 1, 9):
        record_metadata(lake, WHOLE, CommitMetadata(batch=number))
    Path(lake.path(WHOLE), "_delta_log", f"{9:020d}.checkpoint.parquet").mkdir()
    _merge(lake, WHOLE, {("a", 1, FIRST): 10.0})

    assert _stored(lake, WHOLE) == {**STORED, ("a", 1, FIRST): 10.0}
    assert "the log is not summed up" in caplog.text


@pytest.mark.spark
@TABLES
def test_spark_reads_the_same_rows(spark: SparkSession, lake: Lake, table: Table) -> None:
    _merge(lake, table, {("b", None, FIRST): 20.0, ("z", 9, SECOND): 9.0}, {(None, 3, FIRST): 0.0})

    rows = spark.read.format("delta").load(lake.path(table)).collect()
    assert {(row["name"], row["line"], row["day"]): row["size"] for row in rows} == _stored(lake, table)
    assert {row["site"] for row in rows} == set(SITES.values())
