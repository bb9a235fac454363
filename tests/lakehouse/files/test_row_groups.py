"""Rows of one row group: of the contract's types, whatever wrote the file."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.tables.contract import Column, Table
from lakehouse.files.row_groups import RowGroup, read_row_group
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at

TABLE = Table(
    "silver", "things", "Things",
    (Column("day", "date", "Day", nullable=False), Column("name", "string", "Name"), Column("note", "string", "Note"),
     Column("at", "timestamp", "Time"), Column("size", "bigint", "Size")),
    partition_by=("day",),
)  # fmt: skip
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS = {
    "name": pa.array(["a", "b", None]),
    "note": pa.array(["x", "x", "y"]),
    "at": pa.array([AT, None, AT], pa.timestamp("us", "UTC")),
    "size": pa.array([1, 2, 3], pa.int64()),
}


def read(folder: Path, rows: dict[str, Any], columns: list[str], **options: Any) -> "pa.Table":
    """Those columns of the second of two row groups that a file has."""
    twice = pa.concat_tables([pa.table(rows).slice(0, 2), pa.table(rows)])
    with pq.ParquetWriter(folder / "things.parquet", twice.schema, **options) as writer:
        writer.write_table(twice.slice(0, 2))
        writer.write_table(twice.slice(2))
    group = RowGroup(storage_at(folder), Key("things.parquet"), 1, 3, {"day": date(2026, 3, 1)})
    return read_row_group(group, TABLE, columns)


def test_texts_are_read_by_code_and_partitions_are_filled(tmp_path: Path) -> None:
    found = read(tmp_path, ROWS, ["size", "name", "day"])

    assert found.column_names == ["size", "name", "day"]
    assert pa.types.is_dictionary(found.schema.field("name").type)
    assert found.to_pydict() == {"size": [1, 2, 3], "name": ["a", "b", None], "day": [date(2026, 3, 1)] * 3}


@pytest.mark.parametrize("lacks", [["note"], ["name", "note"], ["size"], ["at", "note"]], ids=",".join)
def test_a_column_that_the_file_lacks_is_null_of_the_contracts_type(tmp_path: Path, lacks: list[str]) -> None:
    there = {name: values for name, values in ROWS.items() if name not in lacks}
    whole = read(tmp_path, ROWS, ["name", "note", "at", "size"])

    found = read(tmp_path, there, ["name", "note", "at", "size"])

    assert found.to_pydict() == {
        name: [None] * 3 if name in lacks else values for name, values in whole.to_pydict().items()
    }
    texts = [found.schema.field(name).type for name in ("name", "note")]
    assert all(kind == pa.string() or pa.types.is_dictionary(kind) for kind in texts)
    assert found.schema.field("size").type == pa.int64()


def test_smaller_numbers_and_times_of_other_writers_become_the_contracts(tmp_path: Path) -> None:
    small = {**ROWS, "size": pa.array([1, 2, 3], pa.int32()), "more": pa.array([0.5, 1.5, 2.5])}

    found = read(tmp_path, small, ["at", "size", "more"], use_deprecated_int96_timestamps=True)

    assert found.schema.field("size").type == pa.int64()
    assert found.schema.field("at").type == pa.timestamp("us", "UTC")
    assert found.to_pydict() == {"at": [AT, None, AT], "size": [1, 2, 3], "more": [0.5, 1.5, 2.5]}
