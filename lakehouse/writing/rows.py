"""Few audited rows that this process holds, written by delta-rs."""

from deltalake import WriterProperties, write_deltalake

from lakehouse.audited import AuditedRows
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.files.joining import join_small_files
from lakehouse.lake import Lake
from lakehouse.transaction import Transaction
from lakehouse.writing.properties import check_audited, has_happened, properties_of
from lakehouse.writing.tables import open_complete


def put_rows(
    lake: Lake, batch: AuditedRows, where: str | None, metadata: CommitMetadata, once: Transaction | None = None
) -> None:
    """Append few rows in one commit, once where it has a name; they replace those that fulfil `where`."""
    check_audited(batch, AuditedRows)
    delta = open_complete(lake, batch.table)
    if once is not None and has_happened(delta, once):
        return
    write_deltalake(
        delta, batch.rows, mode="append" if where is None else "overwrite", predicate=where,
        writer_properties=WriterProperties(compression="ZSTD", compression_level=1),
        commit_properties=properties_of(metadata, batch.audit, once),
    )  # fmt: skip
    join_small_files(lake.storage_of(batch.table), batch.table)
