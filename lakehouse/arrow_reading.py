"""A Delta table's newest state as an Arrow data set, read by Arrow's own file system; rows as a contract has them."""

from datetime import datetime, timedelta
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable
from pyarrow.dataset import FileSystemDataset

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from lakehouse.commits import newest_commit
from lakehouse.delta_tables import MOST_OPEN, newest_table, open_table
from lakehouse.storage.protocol import Entry, Storage


def open_data(folder: Storage, version: int | None = None) -> "FileSystemDataset":
    """The rows that a version of the table names.

    Args:
        folder: The table.
        version: The version; None: the newest.

    Raises:
        deltalake.exceptions.DeltaError: The folder holds no table that can be read.
    """
    if version is not None:
        return _data_set(open_table(folder, version), folder)
    found = newest_commit(folder)
    return _data_set(open_table(folder), folder) if found is None else _newest_data(folder, *found)


@lru_cache(maxsize=MOST_OPEN)
def _newest_data(folder: Storage, _: int, __: Entry) -> "FileSystemDataset":
    """By the newest commit, as `newest_table`: listing a table's files for Arrow takes longer than reading a few rows.

    A commit that comes in between is read with it, and has an entry of its own at the next call.
    """
    return _data_set(newest_table(folder), folder)


def _data_set(table: DeltaTable, folder: Storage) -> "FileSystemDataset":
    # Through deltalake's own file system buffers are Python's: a thread of Arrow's that lets one go while the process
    # ends asks for an interpreter that is gone, and aborts the process, 5 times in 100 on a busy machine.
    return table.to_pyarrow_dataset(filesystem=folder.arrow())


def newest(folder: Storage, column: str) -> datetime | None:
    """The largest time of a column; None of a table without rows.

    The log's statistics say which files may hold it: only those are read. They are of whole milliseconds, ours rounded
    up, Spark's cut. Where a file has none, all are read.
    """
    bound = _largest_by_log(folder, column)
    within = None if bound is None else ds.field(column) >= bound - timedelta(milliseconds=2)
    batches = open_data(folder).to_batches(columns=[column], filter=within)
    times = [pc.max(batch.column(0)).as_py() for batch in batches if batch.num_rows]
    return max((time for time in times if time is not None), default=None)


def _largest_by_log(folder: Storage, column: str) -> datetime | None:
    """The largest value that the log names of a column; None where it names none of some file."""
    files = pa.table(newest_table(folder).get_add_actions(flatten=True))
    if f"max.{column}" not in files.column_names:
        return None
    values = files.column(f"max.{column}").to_pylist()
    return max(values) if values and None not in values else None


def with_columns(stored: "FileSystemDataset", table: Table) -> "FileSystemDataset":
    """The rows with every column of the contract; those that older code did not write are null."""
    missing = [field for field in arrow_schema(table) if field.name not in stored.schema.names]
    return stored.replace_schema(pa.schema([*stored.schema, *missing])) if missing else stored


def by_contract(rows: "pa.Table", table: Table) -> "pa.Table":
    """The rows with the table's columns, in order and of its types; a column that they lack is null."""
    schema = arrow_schema(table)
    columns = [
        rows.column(field.name).cast(field.type) if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]  # fmt: skip
    return pa.table(columns, schema=schema)
