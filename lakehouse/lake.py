"""The lake's Delta tables. Spark reads rows, merges and replaces some; most commits are made without it.

Rows are written only of batches that the gate audited. Commits without rows need no audit.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import DeltaTable, Schema, WriterProperties, write_deltalake
from deltalake.transaction import CommitProperties
from deltalake.transaction import Transaction as Named

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from lakehouse.arrow_reading import open_data
from lakehouse.audited import AuditedFiles, AuditedRows
from lakehouse.commit_json import to_text
from lakehouse.commit_metadata import Audit, CommitMetadata
from lakehouse.commits import Commit, changes_rows, commit_files, is_table, read_commit, written_at
from lakehouse.delta_tables import open_table
from lakehouse.descriptions import CHECKPOINT_EVERY, CHECKPOINTS, fields_of
from lakehouse.errors import UnauditedError
from lakehouse.files.joining import join_small_files
from lakehouse.files.linking import PRUNING, complete, link, pruning_of
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at
from lakehouse.storage.protocol import Storage
from lakehouse.transaction import Transaction

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

T = TypeVar("T")
_APP_ID = "spark.databricks.delta.write.txnAppId"
_APP_VERSION = "spark.databricks.delta.write.txnVersion"
_METADATA = "spark.databricks.delta.commitInfo.userMetadata"


class Lake:
    """The folder of the lake and its tables. Paths only: sessions are handed in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.storage = storage_at(root)

    def path(self, table: Table) -> str:
        """A table's place as Spark names it."""
        return self.storage_of(table).address().spark_uri

    def storage_of(self, table: Table) -> Storage:
        """The files of a table."""
        return self.storage.below(Key(f"{table.layer}/{table.subject}"))

    def exists(self, table: Table) -> bool:
        """Whether the table has a first commit."""
        return is_table(self.storage_of(table))

    def version(self, table: Table) -> int | None:
        """Newest version, or None where the table is not there yet."""
        return max(commit_files(self.storage_of(table)), default=None)

    def newest_commit(self, table: Table) -> tuple[int, datetime]:
        """Version of the newest commit of a table that is there, and when its file was written."""
        files = self.storage_of(table)
        version, file = max(commit_files(files).items())
        return version, written_at(files, file)

    def content_version(self, table: Table) -> int | None:
        """Newest version that changed rows; None where no commit in the log did. See `content_commits`."""
        files = self.storage_of(table)
        log = sorted(commit_files(files).items(), reverse=True)
        return next((version for version, file in log if changes_rows(files, file)), None)

    def commits(self, table: Table, after: int = -1) -> list[Commit]:
        """Commits with a version above `after` that are still in the log, oldest first."""
        files = self.storage_of(table)
        log = sorted(commit_files(files).items())
        return [read_commit(files, version, file) for version, file in log if version > after]

    def content_commits(self, table: Table, after: int = -1) -> list[Commit]:
        """Those of `commits` that changed rows: compaction, clean-up and commits without rows do not count."""
        files = self.storage_of(table)
        log = [(version, file) for version, file in sorted(commit_files(files).items()) if version > after]
        return [read_commit(files, version, file) for version, file in log if changes_rows(files, file)]

    def last(self, table: Table, of: Callable[[CommitMetadata], T | None]) -> T | None:
        """What `of` finds in the newest commit in which it finds something; None where no commit has it."""
        files = self.storage_of(table)
        log = sorted(commit_files(files).items(), reverse=True)
        found = (of(read_commit(files, version, file).metadata) for version, file in log)
        return next((value for value in found if value is not None), None)

    def arrow(self, table: Table, columns: list[str] | None = None, where: Any = None) -> "pa.Table":
        """The table as Arrow, read without Spark; an empty one of the contract's columns where it is not there yet."""
        if not self.exists(table):
            return _empty_arrow(table, columns)
        data = open_data(self.storage_of(table))
        wanted = [name for name in (columns or table.column_names) if name in data.schema.names]
        return data.to_table(columns=wanted, filter=where)

    def by_date(self, table: Table, where: Any = None) -> "Callable[[date], pa.Table]":
        """What gives the rows of a value of the first partition column; the log is read once, now."""
        if not self.exists(table):
            return lambda _: _empty_arrow(table, None)
        data, column = open_data(self.storage_of(table)), ds.field(table.partition_by[0])
        wanted = [name for name in table.column_names if name in data.schema.names]
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

    def append(self, batch: AuditedFiles, once: Transaction, metadata: CommitMetadata) -> None:
        """Make audited files part of their table, in one commit, once. They stay where they are."""
        _check(batch, AuditedFiles)
        delta = self._ready(batch.table)
        if not _has_happened(delta, once):
            self._link(delta, batch, "append", None, _properties_of(metadata, batch.audit, once))
            join_small_files(self.storage_of(batch.table), batch.table)

    def replace(self, batch: AuditedFiles, dates: Collection[str] | None, metadata: CommitMetadata) -> None:
        """Replace, in one commit, what those dates hold (the first partition column; None: the table) by the files."""
        _check(batch, AuditedFiles)
        where = None if dates is None else [(batch.table.partition_by[0], "in", list(dates))]
        self._link(self._ready(batch.table), batch, "overwrite", where, _properties_of(metadata, batch.audit))

    def _link(  # all that one commit is made of
        self, delta: "DeltaTable", batch: AuditedFiles, mode: str, where: Any, properties: "CommitProperties"
    ) -> None:
        actions = link(self.storage_of(batch.table), batch.files, pruning_of(delta))
        delta.create_write_transaction(
            actions, mode, delta.schema(), list(batch.table.partition_by), where, commit_properties=properties
        )

    def put(
        self, batch: AuditedRows, where: str | None, metadata: CommitMetadata, once: Transaction | None = None
    ) -> None:
        """Append few rows in one commit, once where it has a name; they replace those that fulfil `where`."""
        _check(batch, AuditedRows)
        delta = self._ready(batch.table)
        if once is not None and _has_happened(delta, once):
            return
        write_deltalake(
            delta, batch.rows, mode="append" if where is None else "overwrite", predicate=where,
            writer_properties=WriterProperties(compression="ZSTD", compression_level=1),
            commit_properties=_properties_of(metadata, batch.audit, once),
        )  # fmt: skip
        join_small_files(self.storage_of(batch.table), batch.table)

    def replace_rows(self, spark: "SparkSession", batch: AuditedFiles, where: str, metadata: CommitMetadata) -> None:
        """Replace, in one commit, the rows that fulfil `where` by those of the batch; Spark writes them."""
        _check(batch, AuditedFiles)
        self._ready(batch.table)
        said = to_text(replace(metadata, audit=batch.audit))
        options = {"mergeSchema": "true", "replaceWhere": where, "userMetadata": said}
        writer = batch.read(spark).write.format("delta").mode("overwrite").options(**options)
        writer.save(self.path(batch.table))

    def merge(
        self, spark: "SparkSession", batch: AuditedFiles, dates: Sequence[str], once: Transaction,
        metadata: CommitMetadata,
    ) -> None:  # fmt: skip
        """Insert rows, and replace those that have the same key, in one commit, once.

        Args:
            spark: Open session.
            batch: Rows, each key once, of a table that is partitioned by a date first.
            dates: Every date of the rows: as literals in the condition they spare the table's other partitions.
            once: Name of the commit.
            metadata: Metadata of the commit.
        """
        _check(batch, AuditedFiles)
        table = batch.table
        self._ready(table)
        batch.read(spark).createOrReplaceTempView("incoming")
        day = table.partition_by[0]
        listed = ", ".join(f"DATE'{date}'" for date in dates)
        same = " AND ".join(f"stored.{name} = incoming.{name}" for name in (day, *table.key))
        with committing(spark, once, replace(metadata, audit=batch.audit)):
            spark.sql(
                f"MERGE INTO delta.`{self.path(table)}` AS stored USING incoming "
                f"ON stored.{day} IN ({listed}) AND {same} "
                "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
            )

    def say(self, table: Table, metadata: CommitMetadata, once: Transaction | None = None) -> None:
        """Commit metadata without rows, once where it has a name; the table is made where it is not there yet."""
        delta = self._ready(table)
        if once is not None and _has_happened(delta, once):
            return
        properties = _properties_of(metadata, None, once)
        delta.create_write_transaction(
            [], "append", delta.schema(), list(table.partition_by), commit_properties=properties
        )

    def row_count(self, table: Table) -> int:
        """Rows of a table, read from the log alone; 0 where it is not there."""
        return sum(action["num_records"] for action in self.live_files(table))

    def live_files(self, table: Table) -> list[dict[str, Any]]:
        """Files of the newest version with their partition and number of records, from the log; none if not there."""
        if not self.exists(table):
            return []
        actions = open_table(self.storage_of(table)).get_add_actions(flatten=True)
        files: list[dict[str, Any]] = pa.table(actions).to_pylist()
        return files

    def dates(self, table: Table) -> set[str]:
        """Values of the first partition column that have files, as text; read from the log."""
        if not self.exists(table):
            return set()
        return {part[table.partition_by[0]] for part in open_table(self.storage_of(table)).partitions()}

    def make(self, table: Table) -> bool:
        """Make the table, empty, with what it means; False where it is there already.

        Its properties are set then: retention is theirs alone.
        """
        if self.exists(table):
            return False
        address = self.storage_of(table).address()
        DeltaTable.create(
            address.uri, Schema(fields_of(table)), name=table.name, description=table.description,
            storage_options=dict(address.options) or None, partition_by=list(table.partition_by),
            configuration=_properties(table), commit_properties=_properties_of(CommitMetadata(created=True), None),
        )  # fmt: skip
        return True

    def _ready(self, table: Table) -> "DeltaTable":
        """The table with all the contract's columns; made where it is not there yet."""
        is_new = self.make(table)
        delta = open_table(self.storage_of(table))
        if not is_new:
            complete(delta, table)
        return delta


@contextmanager
def committing(spark: "SparkSession", once: Transaction, metadata: CommitMetadata) -> Iterator[None]:
    """Run SQL statements as one named transaction. The names are taken back: a leaked one drops later statements."""
    values = {
        _APP_ID: once.application,
        _APP_VERSION: str(once.version),
        _METADATA: to_text(metadata),
    }
    for key, value in values.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key in values:
            spark.conf.unset(key)


def _has_happened(delta: "DeltaTable", once: Transaction) -> bool:
    return (delta.transaction_version(once.application) or 0) >= once.version


def _check(batch: object, kind: type[AuditedFiles | AuditedRows]) -> None:
    """Refuse what the gate did not make, whatever the types say."""
    if type(batch) is not kind:
        raise UnauditedError(
            f"got {type(batch).__name__} to write; legal is {kind.__name__} as `lakehouse.publish.gate` makes it"
        )


def _properties_of(
    metadata: CommitMetadata, audit: Audit | None, once: Transaction | None = None
) -> "CommitProperties":
    return CommitProperties(
        custom_metadata={"userMetadata": to_text(replace(metadata, audit=audit))},
        app_transactions=None if once is None else [Named(once.application, once.version)],
    )


def _properties(table: Table) -> dict[str, str]:
    """Statistics are kept of the columns that prune: of ten text columns they doubled a write's time (measured)."""
    return {
        "delta.deletedFileRetentionDuration": f"interval {table.retention_days} days",
        "delta.logRetentionDuration": f"interval {max(30, table.retention_days)} days",
        "delta.enableDeletionVectors": "false",
        CHECKPOINTS: str(CHECKPOINT_EVERY),
        PRUNING: ",".join(table.pruning),
    }


def _empty_arrow(table: Table, columns: list[str] | None) -> "pa.Table":
    schema = arrow_schema(table)
    wanted = columns or list(table.column_names)
    return pa.schema([schema.field(name) for name in wanted]).empty_table()
