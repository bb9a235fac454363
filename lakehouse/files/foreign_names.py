"""Files of a table under names that delta-rs can take out of it again.

Spark leaves letters such as the ö of a partition `factory_id=Köln` in the paths of its log; delta-rs escapes them. So a
removal that delta-rs writes (joining, compaction, replaced dates) names another file: the old one stays beside what
replaces it, and its rows are there twice. Measured with Delta 4.4.0 and delta-rs 1.6.6.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pyarrow as pa
from deltalake import DeltaTable

from expectations.tables.contract import Table
from lakehouse.commit_writing import may_write, write_commit
from lakehouse.commits import LOG
from lakehouse.delta_tables import newest_table
from lakehouse.files.linking import DataFile, link, pruning_of
from lakehouse.files.log_actions import added, is_foreign, removed
from lakehouse.log import log
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage


def rename_foreign(folder: Storage, table: Table) -> int:
    """Give files that Spark named in its own way names of ours: the same files, linked, in one commit without new rows.

    Called after Spark wrote, and before delta-rs takes files out: a run that is killed in between leaves it to the
    next. A table whose partitions are no texts has no such names, and is not looked at.

    Args:
        folder: The table.
        table: Its contract.

    Returns:
        How many files were renamed.

    Raises:
        deltalake.exceptions.DeltaError: There is no table that can be read.
        StorageError: A file cannot be linked, or the log not be written.
    """
    if not _has_texts(table):
        return 0
    delta = newest_table(folder)
    foreign = [row for row in pa.table(delta.get_add_actions(flatten=True)).to_pylist() if is_foreign(row["path"])]
    if not foreign or not may_write(delta):
        return 0
    actions = [action for row in foreign for action in _renamed(folder, delta, table, row)]
    write_commit(folder.below(LOG), delta.version() + 1, "RENAME FILES", "", actions)
    log().info("%s: %d files have names of ours now", table.name, len(foreign))
    return len(foreign)


def _has_texts(table: Table) -> bool:
    types = {column.name: column.type for column in table.columns}
    return any(types[name] == "string" for name in table.partition_by)


def _renamed(folder: Storage, delta: "DeltaTable", table: Table, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A file under its new name, without the values of its partition, which the log says; and the old name gone."""
    gone = removed(row, table.partition_by, changes_rows=False)
    name, whose = f"{table.subject}-{uuid4().hex}.parquet", gone["remove"]["partitionValues"]
    file = DataFile(folder, Key(unquote(row["path"])), name, whose)
    same_rows = [replace(action, data_change=False) for action in link(folder, [file], pruning_of(delta))]
    return [gone, *map(added, same_rows)]
