"""Files and rows of a test, audited by the real gate."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from expectations.audit.counting import count
from lakehouse.arrow_reading import by_contract
from lakehouse.files.staging import staging_folder
from lakehouse.files.table_files import nothing_of, write_rows
from lakehouse.publish.gate import audit_files, audit_written

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from expectations.tables.contract import Table
    from lakehouse.audited import AuditedFiles
    from lakehouse.files.linking import DataFile
    from lakehouse.lake import Lake


def audited(lake: Lake, table: Table, *files: DataFile) -> AuditedFiles:
    """Files of a table without partitions, audited by what they hold."""
    counts = Counter(nothing_of(table).counts)
    for file in files:
        rows = pq.read_table(file.key, partitioning=None, filesystem=file.folder.arrow())
        counts.update(count(by_contract(rows, table), table))
    return audit_files(files, counts, table, lake, folder=files[0].folder, batch="some files")


@contextmanager
def audited_rows(lake: Lake, table: Table, rows: pa.Table, batch: str = "some rows") -> Iterator[AuditedFiles]:
    """Rows written to files, which are gone afterwards."""
    with staging_folder(lake.storage) as folder:
        yield audit_written(write_rows(rows, table, folder), table, lake, folder, batch)
