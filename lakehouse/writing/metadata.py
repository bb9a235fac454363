"""Commits without rows: they need no audit."""

from expectations.tables.contract import Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.lake import Lake
from lakehouse.transaction import Transaction
from lakehouse.writing.properties import has_happened, properties_of
from lakehouse.writing.tables import open_complete


def record_metadata(lake: Lake, table: Table, metadata: CommitMetadata, once: Transaction | None = None) -> None:
    """Commit metadata without rows, once where it has a name; the table is made where it is not there yet."""
    delta = open_complete(lake, table)
    if once is not None and has_happened(delta, once):
        return
    delta.create_write_transaction(
        [], "append", delta.schema(), list(table.partition_by), commit_properties=properties_of(metadata, None, once)
    )
