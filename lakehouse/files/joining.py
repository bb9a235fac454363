"""Small files of a partition joined into one, after a commit that made them many or every night: the same rows.

Each hourly batch adds files. Without this a table of no partitions would have one more for every hour since the last
nightly compaction, and each reader would open them all.
"""

from collections import Counter
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, WriterProperties
from deltalake.exceptions import DeltaError

from expectations.tables.contract import Table
from lakehouse.delta_tables import open_table
from lakehouse.files.foreign_names import rename_foreign
from lakehouse.log import log
from lakehouse.storage.protocol import Storage

MANY = 16
"""So many small files of a partition are joined: a reader opens fewer, and joining costs once in so many commits."""
_PACKING = WriterProperties(compression="ZSTD", compression_level=1)
SMALL_BYTES = 8 << 20
"""A file above it is left to the nightly compaction: rewriting it costs more than opening it."""


def join_small_files(folder: Storage, table: Table, *, small_bytes: int = SMALL_BYTES) -> list[dict[str, str]]:
    """Join the small files of each partition that has `MANY` or more, one commit a partition; which partitions.

    Old versions keep their files until the nightly clean-up. A failure is logged and changes nothing: the commit that
    came before is whole, and the next one tries again.

    Args:
        folder: The table.
        table: Its contract.
        small_bytes: Files below it are small, and are joined to files of about as much.
    """
    try:
        rename_foreign(folder, table)
        delta = open_table(folder)
        crowded = _crowded(delta, table, small_bytes)
        for values in crowded:
            _join(delta, values, small_bytes)
    except (DeltaError, OSError) as error:
        log().warning("%s: small files are not joined: %s", table.name, str(error).partition("\n")[0])
        return []
    return crowded


def join_files(folder: Storage, table: Table, *, target_bytes: int) -> None:
    """Join the neighbouring small files of every partition, in one commit; none where nothing can be joined.

    Args:
        folder: The table.
        table: Its contract.
        target_bytes: About the size of the files that come of it.

    Raises:
        DeltaError: Another commit came between, or the table cannot be read or written; nothing has changed.
    """
    rename_foreign(folder, table)
    open_table(folder).optimize.compact(target_size=target_bytes, writer_properties=_PACKING)


def _crowded(delta: "DeltaTable", table: Table, small_bytes: int) -> list[dict[str, str]]:
    """The partitions with many small files, those without a value left out: no filter names them."""
    names = [f"partition.{name}" for name in table.partition_by]
    actions = pa.table(delta.get_add_actions(flatten=True)).select(["size_bytes", *names]).to_pylist()
    small = Counter(tuple(action[name] for name in names) for action in actions if action["size_bytes"] < small_bytes)
    return [
        dict(zip(table.partition_by, map(str, values), strict=True))
        for values, count in sorted(small.items(), key=str)
        if count >= MANY and None not in values
    ]


def _join(delta: "DeltaTable", values: dict[str, str], small_bytes: int) -> None:
    wanted: list[Any] = [(name, "=", value) for name, value in values.items()]
    delta.optimize.compact(
        partition_filters=wanted or None, target_size=small_bytes, max_concurrent_tasks=1, writer_properties=_PACKING
    )  # fmt: skip
