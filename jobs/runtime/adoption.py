"""Parquet files that stand outside a Delta table become its rows: linked into its folder, named in one commit.

What was written once, to be judged, need not be written a second time. Delta's log is what makes a file part of a
table: until the commit the files are nobody's, and clean-up removes them.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from expectations.contract import Table
from jobs.runtime.file_statistics import statistics

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from deltalake.transaction import AddAction

PRUNING = "delta.dataSkippingStatsColumns"
_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True, slots=True)
class DataFile:
    """A Parquet file, the name that it gets below the table's folder, and the values of the partition columns."""

    source: Path
    name: str
    partition: Mapping[str, str | None] = field(default_factory=dict)


def data_files(folder: Path) -> tuple[DataFile, ...]:
    """The files that Spark wrote below a folder, in subfolders `column=value` where there are partitions."""
    return tuple(
        DataFile(path, str(path.relative_to(folder)), _partition(path.relative_to(folder)))
        for path in sorted(folder.rglob("*.parquet"))
    )


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
    from deltalake import Field, Schema

    from expectations.arrow_schema import arrow_schema

    known = {column.name for column in table.schema().fields}
    wanted = Schema.from_arrow(arrow_schema(contract)).fields
    if missing := [Field(column.name, column.type) for column in wanted if column.name not in known]:
        table.alter.add_columns(missing)


def pruning_of(table: "DeltaTable") -> list[str]:
    """Columns whose statistics readers of the table expect: what it was made with, whatever the contract says today."""
    listed = table.metadata().configuration.get(PRUNING) or ""
    return [name for name in listed.split(",") if name]


def _partition(name: Path) -> dict[str, str | None]:
    """The values in a path, as Spark escapes them."""
    pairs = (part.partition("=") for part in name.parent.parts)
    return {column: None if value == _NULL else unquote(value) for column, _, value in pairs}


def _linked(source: Path, target: Path) -> Path:
    """A second name of the file, or a copy where the file system has none; what a killed run left gives way."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return target
