"""A table's rows read without Spark, a row group of one of its Parquet files at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from lakehouse.lake import Lake
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage

Item = TypeVar("Item")
TASK_ROWS = 1_000_000  # what one task does in about half a second


@dataclass(frozen=True, slots=True)
class RowGroup:
    """A row group of a file: where it lies, how many rows it has, and what its partition columns hold."""

    folder: Storage
    key: Key
    number: int
    rows: int
    partition: Mapping[str, str | date | None]


def find_row_groups(lake: Lake, table: Table, where: Any = None) -> list[RowGroup]:
    """Every row group of a table that may hold rows for which an Arrow expression is true; none where it is not there.

    Which may, the log's partitions and statistics say: the rows themselves are still to be looked at.
    """
    if not lake.exists(table):
        return []
    found = []
    folder = lake.storage_of(table)
    for fragment in lake.data(table).get_fragments(filter=where):
        key = Key(fragment.path)
        values = ds.get_partition_keys(fragment.partition_expression)
        partition = {name: values.get(name) for name in table.partition_by}
        footer = pq.read_metadata(key, filesystem=folder.arrow())
        groups = [footer.row_group(number).num_rows for number in range(footer.num_row_groups)]
        found += [RowGroup(folder, key, number, rows, partition) for number, rows in enumerate(groups)]
    return found


def task_runs(whole: Sequence[RowGroup]) -> list[list[RowGroup]]:
    """The row groups in `runs`."""
    return runs(whole, lambda group: group.rows)


def runs(whole: Sequence[Item], rows: Callable[[Item], int]) -> list[list[Item]]:
    """Items in order, in runs of about as many rows: neighbours are of the same time, and fill the same files."""
    total = sum(map(rows, whole))
    count = max(1, -(-total // TASK_ROWS))
    found: list[list[Item]] = [[] for _ in range(count)]
    before = 0
    for item in whole:
        found[min(count - 1, before * count // max(1, total))].append(item)
        before += rows(item)
    return [run for run in found if run]


def columns_of(group: RowGroup) -> list[str]:
    """The columns that its file has, those of partitions not among them."""
    names: list[str] = pq.read_schema(group.key, filesystem=group.folder.arrow()).names
    return names


def read_row_group(group: RowGroup, table: Table, columns: Sequence[str]) -> "pa.Table":
    """Columns of a row group, of the contract's types, texts by code; one that the file lacks is null.

    A column that the contract does not know is as the file has it.
    """
    types = {field.name: field.type for field in arrow_schema(table)}
    texts = [name for name in columns if types.get(name) == pa.string() and name not in group.partition]
    with _opened(group, texts) as file:
        has = set(file.schema_arrow.names)
        there = [name for name in columns if name in has]
        rows = file.read_row_group(group.number, columns=there, use_threads=False)
    constants = {name: group.partition.get(name) for name in columns if name not in there}
    filled = [
        _repeated(constants[name], types[name], rows.num_rows) if name in constants
        else _typed(rows.column(name), types.get(name))
        for name in columns
    ]  # fmt: skip
    return pa.table(filled, names=list(columns))


def _opened(group: RowGroup, texts: Sequence[str]) -> "pq.ParquetFile":
    """The file with those columns by code; its footer is read twice only where older code wrote it without one."""
    files = group.folder.arrow()
    try:
        return pq.ParquetFile(group.key, read_dictionary=texts, filesystem=files)
    except KeyError:
        has = set(columns_of(group))
        there = [name for name in texts if name in has]
        return pq.ParquetFile(group.key, read_dictionary=there, filesystem=files)


def _typed(column: "pa.ChunkedArray", kind: "pa.DataType | None") -> "pa.ChunkedArray":
    """Values of the contract's type: other writers store times as INT96, and older code stored smaller numbers."""
    is_coded = pa.types.is_dictionary(column.type)
    return column if kind is None or is_coded or column.type == kind else column.cast(kind)


def _repeated(value: Any, kind: "pa.DataType", rows: int) -> "pa.Array":
    if value is None or kind != pa.string():
        return pa.repeat(pa.scalar(value, kind), rows)
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), rows), pa.array([value]))
