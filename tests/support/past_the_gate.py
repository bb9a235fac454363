"""Rows written into a lake past its gate, as only other software can: for lakes with partial or broken rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deltalake import CommitProperties, write_deltalake

from lakehouse.commit_json import to_text
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.writing.tables import make_table

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.tables.contract import Table
    from lakehouse.lake import Lake

NOTHING = CommitMetadata()


def put_rows(lake: Lake, table: Table, rows: pa.Table, metadata: CommitMetadata = NOTHING) -> None:
    """Append rows in one commit with that metadata; the table is made where it is not there yet."""
    make_table(lake, table)
    said = CommitProperties(custom_metadata={"userMetadata": to_text(metadata)})
    write_deltalake(lake.path(table), rows, mode="append", commit_properties=said)
