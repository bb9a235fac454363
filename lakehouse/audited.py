"""Batches that passed the audit of their table: all that the lake's writing functions accept.

Only the gate (`lakehouse.publish.gate`) can make one: the constructors ask for its seal. A batch that was not audited
does not type-check and does not run.
"""

from collections.abc import Collection, Sequence
from dataclasses import InitVar, dataclass
from datetime import date
from typing import final

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from lakehouse.commit_metadata import Audit
from lakehouse.errors import UnauditedError
from lakehouse.files.linking import DataFile
from lakehouse.storage.protocol import Storage


@final
class Seal:
    """The gate's own; another one opens nothing."""


GATE_SEAL = Seal()
"""For `lakehouse.publish.gate` alone; a test looks who imports it."""


def _check(seal: Seal, table: Table) -> None:
    if seal is not GATE_SEAL:
        raise UnauditedError(
            f"{table.name}: a batch is made by the gate alone: audit it by `lakehouse.publish.gate`, publish the result"
        )


@final
@dataclass(frozen=True, slots=True)
class AuditedRows:
    """Rows in this process that passed their audit: the contract's columns.

    Raises:
        UnauditedError: The gate did not make it.
    """

    table: Table
    rows: "pa.Table"
    audit: Audit
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        _check(seal, self.table)


@final
@dataclass(frozen=True, slots=True)
class AuditedFiles:
    """Rows that passed their audit, in files that no table knows yet.

    Attributes:
        table: Whose rows they are.
        folder: The files lie below it, in subfolders of their partitions.
        files: The files.
        audit: The outcome, for the commit.
        seal: The gate's.

    Raises:
        UnauditedError: The gate did not make it.
    """

    table: Table
    folder: Storage
    files: tuple[DataFile, ...]
    audit: Audit
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        _check(seal, self.table)

    def only(self, dates: Collection[str]) -> "AuditedFiles":
        """The files of those values of the first partition column."""
        column = self.table.partition_by[0]
        files = tuple(file for file in self.files if file.partition[column] in dates)
        return AuditedFiles(self.table, self.folder, files, self.audit, GATE_SEAL)

    def of(self, day: date) -> "pa.Table":
        """The rows of that value of the first partition column, with the partition columns."""
        return self.only([str(day)]).rows()

    def dates(self) -> set[str]:
        """Values of the first partition column that have rows, as text."""
        return {str(file.partition[self.table.partition_by[0]]) for file in self.files}

    def rows(self) -> "pa.Table":
        """All rows, with the partition columns."""
        return _rows(self.table, self.files)


def _rows(table: Table, files: Sequence[DataFile]) -> "pa.Table":
    schema = arrow_schema(table)
    found = [schema.empty_table()]
    for file in files:
        rows = pq.read_table(file.key, partitioning=None, filesystem=file.folder.arrow())
        for name, text in file.partition.items():
            value = pa.scalar(text, pa.string()).cast(schema.field(name).type)
            rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
        found.append(rows.select(schema.names).cast(schema))
    return pa.concat_tables(found)
