"""Tables as Arrow data sets."""

import os
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from deltalake.exceptions import TableNotFoundError
from pyarrow.fs import SubTreeFileSystem

from expectations.contract import Column, Table
from jobs.runtime.arrow_data import by_contract, open_data

NAMES = ["a b", "c%20d", "ü/x", "e=f", "plain:1", None]


def test_rows_of_partitions_with_any_name_are_read_without_a_buffer_of_pythons(tmp_path: Path) -> None:
    rows = pa.table({"name": NAMES, "value": list(range(len(NAMES)))})
    write_deltalake(tmp_path / "table", rows, partition_by=["name"])

    data = open_data(tmp_path / "table")

    assert isinstance(data.filesystem, SubTreeFileSystem)
    assert data.to_table().sort_by("value").to_pylist() == rows.to_pylist()


def test_a_table_may_be_named_from_where_one_stands(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "table", pa.table({"value": [1]}))

    assert open_data(Path(os.path.relpath(tmp_path / "table"))).to_table().to_pylist() == [{"value": 1}]


def test_a_folder_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableNotFoundError):
        open_data(tmp_path)


def test_rows_get_the_contracts_columns_in_order_and_null_where_they_lack_one() -> None:
    names = (Column("size", "double", "Size"), Column("name", "string", "Name"), Column("more", "bigint", "More"))
    rows = pa.table({"other": [1], "name": pa.array(["a"]).dictionary_encode(), "size": pa.array([2], pa.int32())})

    made = by_contract(rows, Table("silver", "sizes", "Sizes", names))

    assert made.to_pylist() == [{"size": 2.0, "name": "a", "more": None}]
    assert made.schema == pa.schema({"size": pa.float64(), "name": pa.string(), "more": pa.int64()})
