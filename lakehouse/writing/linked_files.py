"""Audited files become rows of their table where they are: linked, and named in one commit."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from lakehouse.audited import AuditedFiles
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.files.foreign_names import rename_foreign
from lakehouse.files.joining import join_small_files
from lakehouse.files.linking import link, pruning_of
from lakehouse.lake import Lake
from lakehouse.transaction import Transaction
from lakehouse.writing.properties import check_audited, has_happened, properties_of
from lakehouse.writing.tables import open_complete

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from deltalake.transaction import CommitProperties


def append_files(lake: Lake, batch: AuditedFiles, once: Transaction, metadata: CommitMetadata) -> None:
    """Make audited files part of their table, in one commit, once. They stay where they are."""
    check_audited(batch, AuditedFiles)
    delta = open_complete(lake, batch.table)
    if not has_happened(delta, once):
        _link(lake, delta, batch, None, properties_of(metadata, batch.audit, once), mode="append")
        join_small_files(lake.storage_of(batch.table), batch.table)


def replace_dates(lake: Lake, batch: AuditedFiles, dates: Collection[str] | None, metadata: CommitMetadata) -> None:
    """Replace, in one commit, what those dates hold (the first partition column; None: the table) by the files."""
    check_audited(batch, AuditedFiles)
    where = None if dates is None else [(batch.table.partition_by[0], "in", list(dates))]
    properties = properties_of(metadata, batch.audit)
    delta = open_complete(lake, batch.table)
    if rename_foreign(lake.storage_of(batch.table), batch.table):
        delta.update_incremental()
    _link(lake, delta, batch, where, properties, mode="overwrite")


def _link(  # all that one commit is made of
    lake: Lake, delta: "DeltaTable", batch: AuditedFiles, where: Any, properties: "CommitProperties", *, mode: str
) -> None:
    actions = link(lake.storage_of(batch.table), batch.files, pruning_of(delta))
    delta.create_write_transaction(
        actions, mode, delta.schema(), list(batch.table.partition_by), where, commit_properties=properties
    )
