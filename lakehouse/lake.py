"""The lake's Delta tables: where they are, what their logs say, and their rows. `lakehouse.writing` writes them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.dataset as ds

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Rule, Table
from lakehouse.arrow_reading import open_data
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.commits import Commit, changes_rows, commit_files, is_table, read_commit, written_at
from lakehouse.delta_tables import newest_table
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at
from lakehouse.storage.protocol import Storage

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from pyspark.sql import DataFrame, SparkSession

T = TypeVar("T")


class Lake:
    """The lake on its storage and its tables, to be read. Sessions are handed in.

    Attributes:
        rules: Table -> rules of the plant's own, which join those of its contract in the gate.
    """

    def __init__(self, root: Path, rules: Mapping[str, tuple[Rule, ...]] | None = None) -> None:
        self.storage = storage_at(root)
        self.rules = rules or {}

    def path(self, table: Table) -> str:
        """A table's place as Spark names it."""
        return self.storage_of(table).address().spark_uri

    def storage_of(self, table: Table) -> Storage:
        """The files of a table."""
        return self.storage.below(Key(f"{table.layer}/{table.subject}"))

    def _log_files(self, table: Table) -> dict[int, Key]:
        """The log's file of each version that is still there; none where there is no table."""
        return commit_files(self.storage_of(table))

    def _state(self, table: Table) -> "DeltaTable":
        """The table as delta-rs has it, to be read only: others hold it as well."""
        return newest_table(self.storage_of(table))

    def data(self, table: Table) -> "ds.FileSystemDataset":
        """The rows that the log of a table that is there names."""
        return open_data(self.storage_of(table))

    def exists(self, table: Table) -> bool:
        """Whether the table has a first commit."""
        return is_table(self.storage_of(table))

    def version(self, table: Table) -> int | None:
        """Newest version, or None where the table is not there yet."""
        return max(self._log_files(table), default=None)

    def newest_commit(self, table: Table) -> tuple[int, datetime]:
        """Version of the newest commit of a table that is there, and when its file was written."""
        files = self.storage_of(table)
        version, file = max(self._log_files(table).items())
        return version, written_at(files, file)

    def content_version(self, table: Table) -> int | None:
        """Newest version that changed rows; None where no commit in the log did. See `content_commits`."""
        files = self.storage_of(table)
        log = sorted(self._log_files(table).items(), reverse=True)
        return next((version for version, file in log if changes_rows(files, file)), None)

    def commits(self, table: Table, after: int = -1) -> list[Commit]:
        """Commits with a version above `after` that are still in the log, oldest first."""
        files = self.storage_of(table)
        log = sorted(self._log_files(table).items())
        return [read_commit(files, version, file) for version, file in log if version > after]

    def content_commits(self, table: Table, after: int = -1) -> list[Commit]:
        """Those of `commits` that changed rows: compaction, clean-up and commits without rows do not count."""
        files = self.storage_of(table)
        log = [(version, file) for version, file in sorted(self._log_files(table).items()) if version > after]
        return [read_commit(files, version, file) for version, file in log if changes_rows(files, file)]

    def last(self, table: Table, of: Callable[[CommitMetadata], T | None]) -> T | None:
        """What `of` finds in the newest commit in which it finds something; None where no commit has it."""
        files = self.storage_of(table)
        log = sorted(self._log_files(table).items(), reverse=True)
        found = (of(read_commit(files, version, file).metadata) for version, file in log)
        return next((value for value in found if value is not None), None)

    def arrow(self, table: Table, columns: list[str] | None = None, where: Any = None) -> "pa.Table":
        """The table as Arrow, read without Spark; an empty one of the contract's columns where it is not there yet."""
        if not self.exists(table):
            return _empty_arrow(table, columns)
        data = self.data(table)
        wanted = [name for name in (columns or table.column_names) if name in data.schema.names]
        return data.to_table(columns=wanted, filter=where)

    def columns(self, table: Table) -> tuple[str, ...]:
        """Columns that the table has: one that older code made may lack some; the contract's where it is not there."""
        return tuple(self.data(table).schema.names) if self.exists(table) else table.column_names

    def by_date(
        self, table: Table, where: Any = None, columns: list[str] | None = None
    ) -> "Callable[[date], pa.Table]":
        """What gives the rows of a value of the first partition column; the log is read once, now."""
        if not self.exists(table):
            return lambda _: _empty_arrow(table, columns)
        data, column = self.data(table), ds.field(table.partition_by[0])
        wanted = [name for name in (columns or table.column_names) if name in data.schema.names]
        return lambda day: data.to_table(
            columns=wanted, filter=(column == day) if where is None else (column == day) & where
        )

    def read(self, spark: "SparkSession", table: Table) -> "DataFrame":
        """The table as a DataFrame of the contract's columns; empty where it is not there."""
        from pyspark.sql import functions as f

        from expectations.tables.spark_schema import struct_type

        schema = struct_type(table)
        if not self.exists(table):
            return spark.createDataFrame([], schema)
        frame = spark.read.format("delta").load(self.path(table))
        missing = {field.name: f.lit(None).cast(field.dataType) for field in schema if field.name not in frame.columns}
        return frame.withColumns(missing).select(*schema.names) if missing else frame.select(*schema.names)

    def row_count(self, table: Table) -> int:
        """Rows of a table, read from the log alone; 0 where it is not there."""
        return sum(action["num_records"] for action in self.live_files(table))

    def live_files(self, table: Table) -> list[dict[str, Any]]:
        """Files of the newest version with their partition and number of records, from the log; none if not there."""
        if not self.exists(table):
            return []
        actions = self._state(table).get_add_actions(flatten=True)
        files: list[dict[str, Any]] = pa.table(actions).to_pylist()
        return files

    def dates(self, table: Table) -> set[str]:
        """Values of the first partition column that have files, as text; read from the log."""
        if not self.exists(table):
            return set()
        return {part[table.partition_by[0]] for part in self._state(table).partitions()}


def _empty_arrow(table: Table, columns: list[str] | None) -> "pa.Table":
    schema = arrow_schema(table)
    wanted = columns or list(table.column_names)
    return pa.schema([schema.field(name) for name in wanted]).empty_table()
