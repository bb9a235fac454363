"""Files of a table under names that delta-rs can take out of it again.

Spark leaves letters such as the ö of a partition `factory_id=Köln` in the paths of its log; delta-rs escapes them. So a
removal that delta-rs writes (joining, compaction, replaced dates) names another file: the old one stays beside what
replaces it, and its rows are there twice. Measured with Delta 4.4.0 and delta-rs 1.6.6.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

import pyarrow as pa
from deltalake import DeltaTable

from expectations.tables.contract import Table
from lakehouse.commit_writing import may_write, write_commit
from lakehouse.commits import LOG
from lakehouse.delta_tables import newest_table
from lakehouse.files.file_statistics import statistics
from lakehouse.files.linking import pruning_of
from lakehouse.log import log
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage

# Source: delta-rs 1.6.6, measured with every ASCII character and some letters of other alphabets: it escapes all
# characters but letters and digits of ASCII, `_.-~` and these.
_NOT_ESCAPED = "/=!'()~&+,$@;:"


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


def is_foreign(path: str) -> bool:
    """Whether delta-rs would write another path for the file that the log names so."""
    return quote(unquote(path), safe=_NOT_ESCAPED) != path


def _has_texts(table: Table) -> bool:
    types = {column.name: column.type for column in table.columns}
    return any(types[name] == "string" for name in table.partition_by)


def _renamed(folder: Storage, delta: "DeltaTable", table: Table, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A file under its new name, without the values of its partition, which the log says; and the old name gone."""
    old, new = Key(unquote(row["path"])), Key(f"{table.subject}-{uuid4().hex}.parquet")
    folder.copy(new, folder, old)
    found = statistics(folder, new, pruning_of(delta))
    entry = folder.entry(new)
    values = {name: _text(row[f"partition.{name}"]) for name in delta.metadata().partition_columns}
    modified_ms = 0 if entry is None else entry.modified_us // 1000
    whose = {"partitionValues": values, "size": row["size_bytes"], "dataChange": False}
    return [
        {"remove": {"path": row["path"], "deletionTimestamp": modified_ms, "extendedFileMetadata": True, **whose}},
        {"add": {"path": str(new), "modificationTime": modified_ms, "stats": found.as_json(), **whose}},
    ]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
