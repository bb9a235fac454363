"""Statistics of a Parquet file for Delta's log: complete, and never hiding a row."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Column, Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.files.file_statistics import FileStatistics, statistics
from lakehouse.files.linking import DataFile
from lakehouse.lake import Lake
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at
from lakehouse.transaction import Transaction
from lakehouse.writing.linked_files import append_files
from tests.support.audited_files import audited

TABLE = Table(
    "bronze", "things", "Things",
    (Column("name", "string", "Name"), Column("at", "timestamp", "Time"), Column("day", "date", "Day"),
     Column("size", "double", "Size")),
    prunes=("name", "at", "day", "size"),
)  # fmt: skip


def _file(folder: Path, *rows: dict[str, Any], **options: Any) -> Path:
    content = pa.Table.from_pylist(list(rows), schema=arrow_schema(TABLE))
    pq.write_table(content, folder / "things.parquet", **options)
    return folder / "things.parquet"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


TIMES: dict[str, list[datetime | None]] = {
    "year one": [_at("0001-01-01")],
    "mixed": [_at("0001-01-01"), None, _at("2026-01-01")],
    "last instant": [datetime.max.replace(tzinfo=UTC)],
    "null": [None],
    "a group of nulls": [None, None, _at("2026-01-01"), None],
    "between milliseconds": [_at("2026-03-01T00:00:03.999999")],
}


def test_values_are_told_as_the_log_has_them(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        {"name": "b", "at": _at("2026-03-01T07:00:00.001001"), "day": date(2026, 3, 1), "size": 2.5},
        {"name": "a", "at": _at("2026-03-02"), "day": None, "size": -1.0},
    )

    assert statistics(storage_at(path.parent), Key(path.name), TABLE.pruning) == FileStatistics(
        2,
        {"name": "a", "at": "2026-03-01T07:00:00.001Z", "day": "2026-03-01", "size": -1.0},
        {"name": "b", "at": "2026-03-02T00:00:00.000Z", "day": "2026-03-01", "size": 2.5},
        {"name": 0, "at": 0, "day": 1, "size": 0},
    )


@pytest.mark.parametrize("options", [{}, {"write_statistics": False}], ids=["footer", "no footer"])
@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
def test_no_reader_misses_a_row(tmp_path: Path, times: list[datetime | None], options: dict[str, Any]) -> None:
    lake = Lake(tmp_path / "lake")
    path = _file(tmp_path, *({"at": at} for at in times), row_group_size=2, **options)

    append_files(
        lake,
        audited(lake, TABLE, DataFile(storage_at(path.parent), Key(path.name), path.name)),
        Transaction("one"),
        CommitMetadata(),
    )

    data = DeltaTable(lake.path(TABLE)).to_pyarrow_dataset()
    for at in times:
        column = pa.compute.field("at")
        where = column.is_null() if at is None else (column >= at) & (column <= at)
        assert data.to_table(filter=where).num_rows == times.count(at), at


def test_a_column_that_the_file_lacks_is_null_in_all_its_rows(tmp_path: Path) -> None:
    path = _file(tmp_path, {"name": "a"}, {"name": "b"})

    assert statistics(storage_at(path.parent), Key(path.name), ("name", "later")).nulls == {"name": 0, "later": 2}


def test_a_file_read_before_says_the_same_and_of_other_columns_what_its_footer_says(tmp_path: Path) -> None:
    path = _file(tmp_path, {"name": "a", "size": 1.5}, {"name": "b", "at": _at("2026-01-01")})
    file = DataFile(storage_at(tmp_path), Key(path.name), path.name)
    known = replace(file, known=file.statistics(["name", "at", "size"]))

    for columns in (["name"], ["at", "size"], ["name", "day"], []):
        assert known.statistics(columns) == file.statistics(columns)
