"""Rows that tasks write become files of their partitions, and are read piece by piece as they were."""

import resource
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from expectations.audit.counting import ROWS, missing
from expectations.tables.contract import Column, Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.files.linking import partition_folder
from lakehouse.files.row_groups import TASK_ROWS, find_row_groups, read_row_group, runs
from lakehouse.files.table_files import TableFiles, Written
from lakehouse.files.task_files import TaskFiles
from lakehouse.lake import Lake
from lakehouse.publish.gate import audit_written
from lakehouse.storage.places import storage_at
from lakehouse.transaction import Transaction
from lakehouse.writing.linked_files import append_files

MUCH = TASK_ROWS * 4 // 5
ODD = "a b%/ü=[]"
TABLE = Table(
    "silver", "things", "Things",
    (
        Column("name", "string", "Name", nullable=False),
        Column("number", "bigint", "Number", minimum=0),
        Column("day", "date", "Day", nullable=False),
        Column("place", "string", "Place"),
    ),
    key=("name",), partition_by=("day", "place"), prunes=("number",),
)  # fmt: skip
SCHEMA = pa.schema([("name", pa.string()), ("number", pa.int64()), ("day", pa.date32()), ("place", pa.string())])


def _rows(*rows: tuple[str | None, int | None, int, str | None]) -> pa.Table:
    names = SCHEMA.names
    return pa.Table.from_pylist(
        [dict(zip(names, (a, b, date(2026, 3, c), d), strict=True)) for a, b, c, d in rows], SCHEMA
    )


def _write(folder: Path, *tables: pa.Table) -> Written:
    with TaskFiles(storage_at(folder)) as out:
        files = TableFiles(TABLE, out)
        for table in tables:
            files.write(table)
    return files.written()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def _publish(lake: Lake, folder: Path, *tables: pa.Table) -> Written:
    written = _write(folder, *tables)
    append_files(
        lake,
        audit_written(written, TABLE, lake, storage_at(folder), "things"),
        Transaction("things/1"),
        CommitMetadata(),
    )
    return written


def test_rows_become_one_file_for_each_partition_and_are_counted(tmp_path: Path) -> None:
    written = _write(
        tmp_path, _rows(("a", 1, 1, "x"), ("b", None, 2, "x")), _rows(("c", 3, 1, "x"), (None, -1, 1, "y"))
    )

    assert [str(Path(name).parent) for name in sorted(written.files)] == [
        "day=2026-03-01/place=x", "day=2026-03-01/place=y", "day=2026-03-02/place=x",
    ]  # fmt: skip
    assert (written.counts[ROWS], written.counts[missing("name")], written.counts[missing("number")]) == (4, 1, 1)
    assert written.counts["breaking number_below_bound"] == 1


def test_nothing_written_has_the_counts_of_no_rows_and_joins_others(tmp_path: Path) -> None:
    nothing, some = _write(tmp_path), _write(tmp_path, _rows(("a", 1, 1, "x")))

    whole = Written.of([nothing, some])

    assert (nothing.files, nothing.counts[ROWS]) == ([], 0)
    assert (whole.files, whole.counts) == (some.files, some.counts)


def test_what_is_published_is_read_back_as_it_was_with_texts_by_code(lake: Lake, tmp_path: Path) -> None:
    rows = _rows(("a", 1, 1, "x"), ("b", None, 2, ODD), ("c", 3, 2, None))
    _publish(lake, tmp_path, rows)

    found = [read_row_group(group, TABLE, SCHEMA.names) for group in find_row_groups(lake, TABLE)]

    assert sorted((row for table in found for row in table.to_pylist()), key=str) == sorted(rows.to_pylist(), key=str)
    assert all(pa.types.is_dictionary(table.schema.field("name").type) for table in found)
    assert sorted(lake.arrow(TABLE).to_pylist(), key=str) == sorted(rows.to_pylist(), key=str)


def test_only_pieces_are_read_that_may_hold_what_is_asked(lake: Lake, tmp_path: Path) -> None:
    _publish(lake, tmp_path, _rows(("a", 1, 1, "x"), ("b", 7, 2, "x")))

    by_partition = find_row_groups(lake, TABLE, ds.field("day") == date(2026, 3, 2))
    by_statistics = find_row_groups(lake, TABLE, ds.field("number") < 5)

    assert [group.partition["day"] for group in by_partition] == [date(2026, 3, 2)]
    assert [group.partition["day"] for group in by_statistics] == [date(2026, 3, 1)]


def test_a_column_that_a_file_lacks_is_null(lake: Lake, tmp_path: Path) -> None:
    _publish(lake, tmp_path, _rows(("a", 1, 1, "x")))
    later = Table(
        TABLE.layer, TABLE.subject, TABLE.description, (*TABLE.columns, Column("more", "string", "More")),
        partition_by=TABLE.partition_by,
    )  # fmt: skip

    (found,) = [read_row_group(group, later, ["name", "more"]).to_pylist() for group in find_row_groups(lake, later)]

    assert found == [{"name": "a", "more": None}]


def test_a_table_that_is_not_there_has_no_pieces(lake: Lake) -> None:
    assert find_row_groups(lake, TABLE) == []


def test_folders_of_partitions_are_named_as_sparks_are() -> None:
    assert partition_folder({"day": date(2026, 3, 1), "place": ODD}) == "day=2026-03-01/place=a b%25%2Fü%3D%5B%5D"
    assert partition_folder({"place": None}) == "place=__HIVE_DEFAULT_PARTITION__"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([100], [[100]]),
        ([MUCH] * 3, [[MUCH], [MUCH], [MUCH]]),
        ([MUCH // 2] * 4, [[MUCH // 2] * 2] * 2),
        ([4 * TASK_ROWS, 1], [[4 * TASK_ROWS], [1]]),
        ([], []),
    ],
    ids=["one", "three", "pairs", "one is large", "none"],
)
def test_runs_keep_the_order_and_are_of_about_the_same_size(rows: list[int], expected: list[list[int]]) -> None:
    found: Any = runs(rows, int)

    assert found == expected


def test_a_share_may_have_more_dates_than_a_process_may_have_files_open(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(list(Path("/proc/self/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 40, hard))
    try:
        written = _write(tmp_path, _rows(*(("a", 1, 1, f"place {number}") for number in range(200))))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert len(written.files) == 200


@pytest.mark.parametrize("name", ["x" * 80, "'" * 80, "ü" * 40])
def test_a_factory_of_the_longest_name_that_silver_takes_has_a_folder(tmp_path: Path, name: str) -> None:
    (file,) = _write(tmp_path, _rows(("a", 1, 1, name))).files

    assert (tmp_path / file).is_file()
