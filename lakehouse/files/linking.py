"""Parquet files that stand outside a Delta table become its rows: linked into its folder, named in one commit.

What was written once, to be judged, need not be written a second time. Delta's log is what makes a file part of a
table: until the commit the files are nobody's, and clean-up removes them.
"""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from expectations.tables.contract import Table
from lakehouse.descriptions import fields_of
from lakehouse.files.file_statistics import statistics

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from deltalake.transaction import AddAction

PRUNING = "delta.dataSkippingStatsColumns"
_NULL = "__HIVE_DEFAULT_PARTITION__"
# Source: Spark's ExternalCatalogUtils.
_ESCAPED = frozenset([*map(chr, range(1, 32)), *"\"#%'*/:=?\\\x7f{[]^"])


@dataclass(frozen=True, slots=True)
class DataFile:
    """A Parquet file, the name that it gets below the table's folder, and the values of the partition columns."""

    source: Path
    name: str
    partition: Mapping[str, str | None] = field(default_factory=dict)


def data_files(folder: Path, names: Iterable[str] | None = None) -> tuple[DataFile, ...]:
    """Files below a folder, in subfolders `column=value` where there are partitions: the named ones, else all."""
    found = (str(path.relative_to(folder)) for path in folder.rglob("*.parquet")) if names is None else names
    return tuple(DataFile(folder / name, name, _partition(Path(name))) for name in sorted(found))


def partition_folder(values: Mapping[str, Any]) -> str:
    """The subfolder of rows with these values of the partition columns, as Spark names it."""
    return "/".join(f"{column}={_escaped(value)}" for column, value in values.items())


def link(folder: Path, files: Sequence[DataFile], pruning: Sequence[str]) -> list["AddAction"]:
    """Give files their names below a table's folder; what a commit has to say to make them part of the table.

    Args:
        folder: The table's folder.
        files: Parquet files of the table's columns without the partitions'. They stay where they are.
        pruning: Columns whose statistics readers expect.

    Returns:
        One action for each file that has rows.
    """
    from deltalake.transaction import AddAction

    actions = []
    for file in files:
        found = statistics(file.source, pruning)
        if not found.rows:
            continue
        state = _linked(file.source, folder / file.name).stat()
        modified_ms = state.st_mtime_ns // 1_000_000
        actions.append(
            AddAction(
                file.name, state.st_size, dict(file.partition), modified_ms, data_change=True, stats=found.as_json()
            )
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


def _partition(name: Path) -> dict[str, str | None]:
    """The values in a path, as Spark escapes them."""
    pairs = (part.partition("=") for part in name.parent.parts)
    return {column: None if value == _NULL else unquote(value) for column, _, value in pairs}


def _escaped(value: Any) -> str:
    if value is None or not str(value):
        return _NULL
    return "".join(f"%{ord(letter):02X}" if letter in _ESCAPED else letter for letter in str(value))


def _linked(source: Path, target: Path) -> Path:
    """A second name of the file, or a copy where the file system has none; what a killed run left gives way."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return target
