"""Audited rows that replace others, written by Spark: merged by key, or in place of what fulfils a condition."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from lakehouse.audited import AuditedFiles, read_files
from lakehouse.commit_json import to_text
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.files.foreign_names import rename_foreign
from lakehouse.lake import Lake
from lakehouse.transaction import Transaction
from lakehouse.writing.merging import Scope, merge_statement
from lakehouse.writing.properties import check_audited, metadata_text
from lakehouse.writing.tables import open_complete

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_APP_ID = "spark.databricks.delta.write.txnAppId"
_APP_VERSION = "spark.databricks.delta.write.txnVersion"
_METADATA = "spark.databricks.delta.commitInfo.userMetadata"


def replace_rows(lake: Lake, spark: "SparkSession", batch: AuditedFiles, where: str, metadata: CommitMetadata) -> None:
    """Replace, in one commit, the rows that fulfil `where` by those of the batch."""
    check_audited(batch, AuditedFiles)
    open_complete(lake, batch.table)
    text = metadata_text(metadata, batch.audit)
    options = {"mergeSchema": "true", "replaceWhere": where, "userMetadata": text}
    writer = batch.read(spark).write.format("delta").mode("overwrite").options(**options)
    writer.save(lake.path(batch.table))
    rename_foreign(lake.storage_of(batch.table), batch.table)


def merge(  # one commit: where, what, its dates, its name, its metadata
    lake: Lake, spark: "SparkSession", batch: AuditedFiles, dates: Sequence[str], once: Transaction,
    metadata: CommitMetadata,
) -> None:  # fmt: skip
    """Insert rows, and replace those that have the same key, in one commit, once.

    Args:
        lake: The lake.
        spark: Open session.
        batch: Rows, each key once, of a table that is partitioned by a date first.
        dates: Every date of the rows: as literals in the condition they spare the table's other partitions.
        once: Name of the commit.
        metadata: Metadata of the commit.
    """
    merge_and_delete(lake, spark, batch, Scope(tuple(dates)), once, metadata)


def merge_and_delete(  # one commit: where, what, beside what, its name, its metadata
    lake: Lake, spark: "SparkSession", batch: AuditedFiles, scope: Scope, once: Transaction, metadata: CommitMetadata
) -> None:  # fmt: skip
    """Insert rows, replace those that have the same key, and delete those that leave, in one commit, once.

    Args:
        lake: The lake.
        spark: Open session.
        batch: Rows, each key once.
        scope: Where in the table all rows are, and which leave.
        once: Name of the commit.
        metadata: Metadata of the commit.
    """
    check_audited(batch, AuditedFiles)
    open_complete(lake, batch.table)
    batch.read(spark).createOrReplaceTempView("incoming")
    read_files(spark, batch.table, scope.leaving).createOrReplaceTempView("leaving")
    with committing(spark, once, replace(metadata, audit=batch.audit)):
        spark.sql(merge_statement(batch.table, lake.path(batch.table), scope))
    rename_foreign(lake.storage_of(batch.table), batch.table)


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
