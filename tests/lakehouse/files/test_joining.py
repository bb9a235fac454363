"""Small files are joined where a partition has many: the same rows, no change of content, and others are left alone."""

import math
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from expectations.tables.contract import Column, Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.files.joining import MANY, join_small_files
from lakehouse.lake import Lake
from lakehouse.publish.gate import audit_rows
from lakehouse.publish.reaches import Dated
from lakehouse.publish.recipe import Recipe
from lakehouse.publish.stale import work_of
from lakehouse.storage.places import storage_at
from lakehouse.transaction import Transaction
from lakehouse.writing.metadata import record_metadata
from lakehouse.writing.rows import put_rows

COLUMNS = (
    Column("place", "string", "Place"), Column("size", "double", "Size"), Column("at", "timestamp", "When"),
    Column("on_date", "date", "Date"),
)  # fmt: skip
WHOLE = Table("bronze", "sizes", "Sizes of places", COLUMNS, prunes=("at",))
DATED = Table("silver", "sizes", "Sizes of places", COLUMNS, partition_by=("on_date", "place"), prunes=("at",))
SIZES = (0.0, -0.0, math.nan, None, 5e-324, 1 / 3)


@pytest.mark.parametrize("table", [WHOLE, DATED], ids=["without partitions", "by date and place"])
def test_a_partition_never_has_many_files_and_its_rows_stay(tmp_path: Path, table: Table) -> None:
    lake = Lake(tmp_path)

    for number in range(3 * MANY):
        put(lake, table, number)
        assert len(lake.live_files(table)) <= MANY

    rows = lake.arrow(table).sort_by("at")
    assert bits(rows) == bits(pa.concat_tables(row(number) for number in range(3 * MANY)))
    assert len(lake.content_commits(table)) == 3 * MANY


def test_a_commit_that_joined_files_is_not_made_again(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for number in range(MANY):
        put(lake, WHOLE, number)
    version = lake.version(WHOLE)

    put(lake, WHOLE, MANY - 1)

    assert lake.version(WHOLE) == version
    assert lake.row_count(WHOLE) == MANY


def test_other_partitions_keep_their_files(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    put(lake, DATED, 0, day=date(2026, 3, 2))
    (before,) = (file["path"] for file in lake.live_files(DATED))

    for number in range(MANY):
        put(lake, DATED, number)

    files = {str(file["partition.on_date"]): file["path"] for file in lake.live_files(DATED)}
    assert files["2026-03-02"] == before
    assert len(lake.live_files(DATED)) == 2


def test_what_is_built_from_the_table_has_nothing_to_do_after_its_files_were_joined(tmp_path: Path) -> None:
    lake, target = Lake(tmp_path), Table("gold", "sizes", "Sizes", COLUMNS, partition_by=("on_date",))
    for number in range(MANY - 1):
        put(lake, DATED, number)
    put(lake, DATED, MANY - 1)
    joined = lake.version(DATED)
    assert joined is not None
    record_metadata(lake, target, CommitMetadata(built_from={DATED.name: joined - 1}))

    assert work_of(lake, Recipe(target, Dated(DATED), DATED.column_names, lambda given: given.rows)) is None


def test_a_name_that_a_folder_writes_in_another_way_is_joined_too(tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    for number in range(MANY):
        put(lake, DATED, number, place="Zürich/1 = 50 %")

    assert len(lake.live_files(DATED)) == 1
    assert lake.row_count(DATED) == MANY


def test_large_files_are_left_alone(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for number in range(MANY - 1):
        put(lake, WHOLE, number)
    write_deltalake(lake.path(WHOLE), row(MANY), mode="append")

    large = join_small_files(lake.storage_of(WHOLE), WHOLE, small_bytes=10)
    small = join_small_files(lake.storage_of(WHOLE), WHOLE)

    assert (large, small) == ([], [{}])
    assert len(lake.live_files(WHOLE)) == 1


def test_a_failure_is_logged_and_the_rows_are_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lake = Lake(tmp_path)
    for number in range(MANY - 1):
        put(lake, WHOLE, number)
    with_rows = Path(lake.path(WHOLE))
    lost = next(with_rows.glob("*.parquet"))
    lost.rename(lost.with_suffix(".away"))

    put(lake, WHOLE, MANY - 1)

    assert "small files are not joined" in caplog.text
    lost.with_suffix(".away").rename(lost)
    assert lake.row_count(WHOLE) == lake.arrow(WHOLE).num_rows == MANY
    assert join_small_files(storage_at(with_rows), WHOLE) == [{}]


def put(lake: Lake, table: Table, number: int, *, day: date = date(2026, 3, 1), place: str = "here") -> None:
    """Append a row, once."""
    batch = audit_rows(row(number, day, place), table, lake, f"row {number}")
    put_rows(lake, batch, None, CommitMetadata(dates=(day,)), Transaction(f"{table.name}/{day}/{number}"))


def row(number: int, day: date = date(2026, 3, 1), place: str = "here") -> pa.Table:
    """One row; its time follows from the number."""
    columns = [[place], [SIZES[number % len(SIZES)]], [number], [day]]
    types = [pa.string(), pa.float64(), pa.timestamp("us", "UTC"), pa.date32()]
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
    return pa.table(arrays, names=[column.name for column in COLUMNS])


def bits(rows: pa.Table) -> list[tuple[object, ...]]:
    """The rows in order, doubles by their bits."""
    sizes = [None if size is None else float(size).hex() for size in rows.column("size").to_pylist()]
    others = (rows.column(name).to_pylist() for name in ("place", "at", "on_date"))
    return list(zip(sizes, *others, strict=True))
