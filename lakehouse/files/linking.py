"""Parquet files outside a Delta table become its rows: linked into its folder, named in one commit.

What was written once, to be audited, need not be written a second time. Delta's log is what makes a file part of a
table: until the commit the files are nobody's, and clean-up removes them.
"""

import errno
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from deltalake import DeltaTable
from deltalake.transaction import AddAction

from expectations.tables.contract import Table
from lakehouse.descriptions import fields_of
from lakehouse.files.file_statistics import FileStatistics, statistics
from lakehouse.storage.errors import StorageError
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Entry, Storage

PRUNING = "delta.dataSkippingStatsColumns"
_NULL = "__HIVE_DEFAULT_PARTITION__"
# Source: Spark's ExternalCatalogUtils.
_ESCAPED = frozenset([*map(chr, range(1, 32)), *"\"#%'*/:=?\\\x7f{[]^"])


@dataclass(frozen=True, slots=True)
class DataFile:
    """A Parquet file where it is, the name that it gets below the table, and the values of the partition columns.

    `known` is what its footer says, where somebody has read it already: a footer of hundreds of columns takes 1 ms.
    """

    folder: Storage
    key: Key
    name: str
    partition: Mapping[str, str | None] = field(default_factory=dict)
    known: FileStatistics | None = field(default=None, compare=False, repr=False)

    def statistics(self, columns: Sequence[str]) -> FileStatistics:
        """Its rows, and of those columns the least and the largest value and how many are null."""
        if self.known is not None and self.known.nulls.keys() >= set(columns):
            return self.known.of(columns)
        return statistics(self.folder, self.key, columns)


def data_files(folder: Storage, names: Iterable[str]) -> tuple[DataFile, ...]:
    """The named files below a folder, in subfolders `column=value` where there are partitions."""
    return tuple(DataFile(folder, Key(name), name, _partition(name)) for name in sorted(names))


def partition_folder(values: Mapping[str, Any]) -> str:
    """The subfolder of rows with these values of the partition columns, as Spark names it."""
    return "/".join(f"{column}={_escaped(value)}" for column, value in values.items())


def link(folder: Storage, files: Sequence[DataFile], pruning: Sequence[str]) -> list["AddAction"]:
    """Give files their names below a table's folder; what a commit has to say to make them part of the table.

    Args:
        folder: The table.
        files: Parquet files of the table's columns without the partitions'. They stay where they are.
        pruning: Columns whose statistics readers expect.

    Returns:
        One action for each file that has rows.
    """
    actions = []
    for file in files:
        found = file.statistics(pruning)
        if not found.rows:
            continue
        state = _linked(file, folder)
        modified_ms = state.modified_us // 1000
        actions.append(
            AddAction(file.name, state.size, dict(file.partition), modified_ms, data_change=True, stats=found.as_json())
        )
    return actions


def complete(table: "DeltaTable", contract: Table) -> None:
    """Give the table the columns that it lacks, null in its old rows."""
    known = {column.name for column in table.schema().fields}
    if missing := [field for field in fields_of(contract) if field.name not in known]:
        table.alter.add_columns(missing)


def pruning_of(table: "DeltaTable") -> list[str]:
    """Columns whose statistics readers of the table expect: what it was made with, whatever the contract says today."""
    listed = table.metadata().configuration.get(PRUNING) or ""
    return [name for name in listed.split(",") if name]


def _partition(name: str) -> dict[str, str | None]:
    """The values in a path, as Spark escapes them."""
    pairs = (part.partition("=") for part in name.split("/")[:-1])
    return {column: None if value == _NULL else unquote(value) for column, _, value in pairs}


def _escaped(value: Any) -> str:
    if value is None or not str(value):
        return _NULL
    return "".join(f"%{ord(letter):02X}" if letter in _ESCAPED else letter for letter in str(value))


def _linked(file: DataFile, folder: Storage) -> Entry:
    """The file below the table; what a killed run left there gives way."""
    key = Key(file.name)
    folder.copy(key, file.folder, file.key)
    linked = folder.entry(key)
    if linked is None:
        raise StorageError(errno.ENOENT, "a file is gone that was just linked", f"{folder.place}/{key}")
    return linked
