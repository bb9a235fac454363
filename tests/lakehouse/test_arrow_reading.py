"""Tables as Arrow data sets."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from deltalake.exceptions import TableNotFoundError
from pyarrow.fs import SubTreeFileSystem

from expectations.tables.contract import Column, Table
from lakehouse.arrow_reading import by_contract, newest, open_data
from lakehouse.storage.places import storage_at

NAMES = ["a b", "c%20d", "ü/x", "e=f", "plain:1", None]


def test_rows_of_partitions_with_any_name_are_read_without_a_buffer_of_pythons(tmp_path: Path) -> None:
    rows = pa.table({"name": NAMES, "value": list(range(len(NAMES)))})
    write_deltalake(tmp_path / "table", rows, partition_by=["name"])

    data = open_data(storage_at(tmp_path / "table"))

    assert isinstance(data.filesystem, SubTreeFileSystem)
    assert data.to_table().sort_by("value").to_pylist() == rows.to_pylist()


def test_a_table_may_be_named_from_where_one_stands(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "table", pa.table({"value": [1]}))

    assert open_data(storage_at(os.path.relpath(tmp_path / "table"))).to_table().to_pylist() == [{"value": 1}]


def test_a_folder_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableNotFoundError):
        open_data(storage_at(tmp_path))


AT = datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)


@pytest.mark.parametrize("indexed", [["at"], []], ids=["statistics", "no statistics"])
def test_the_newest_time_is_exact_whatever_the_log_rounds(indexed: list[str], tmp_path: Path) -> None:
    options = {"delta.dataSkippingStatsColumns": ",".join(indexed)}
    for times in ([AT, None], [AT - timedelta(microseconds=1)], [AT - timedelta(days=9)], [None]):
        rows = pa.table({"at": pa.array(times, pa.timestamp("us", "UTC")), "other": [1] * len(times)})
        write_deltalake(tmp_path / "table", rows, mode="append", configuration=options)

    assert newest(storage_at(tmp_path / "table"), "at") == AT


def test_of_two_files_with_one_time_in_the_log_the_larger_is_found(tmp_path: Path) -> None:
    """As Spark cuts what it says of a file, so the log may name less than the file holds."""
    for time in (AT, AT - timedelta(microseconds=1)):
        write_deltalake(tmp_path / "table", pa.table({"at": [time]}), mode="append")
    for log in (tmp_path / "table" / "_delta_log").glob("*.json"):
        log.write_text(re.sub(r"(maxValues\S+?)12:00:00\.\d+", r"\g<1>12:00:00.123", log.read_text()))

    assert newest(storage_at(tmp_path / "table"), "at") == AT


@pytest.mark.parametrize("rows", [0, 2])
def test_a_table_without_a_time_has_no_newest(rows: int, tmp_path: Path) -> None:
    empty = pa.table({"at": pa.array([None] * rows, pa.timestamp("us", "UTC"))})
    write_deltalake(tmp_path / "table", empty)

    assert newest(storage_at(tmp_path / "table"), "at") is None


def test_rows_get_the_contracts_columns_in_order_and_null_where_they_lack_one() -> None:
    names = (Column("size", "double", "Size"), Column("name", "string", "Name"), Column("more", "bigint", "More"))
    rows = pa.table({"other": [1], "name": pa.array(["a"]).dictionary_encode(), "size": pa.array([2], pa.int32())})

    made = by_contract(rows, Table("silver", "sizes", "Sizes", names))

    assert made.to_pylist() == [{"size": 2.0, "name": "a", "more": None}]
    assert made.schema == pa.schema({"size": pa.float64(), "name": pa.string(), "more": pa.int64()})
