"""Lines of Delta's log by which a file becomes part of a table or leaves it, for commits of this code's own."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from lakehouse.transaction import Transaction

if TYPE_CHECKING:
    from deltalake.transaction import AddAction

# Source: delta-rs 1.6.6, measured with every ASCII character and some letters of other alphabets: it escapes all
# characters but letters and digits of ASCII, `_.-~` and these.
_NOT_ESCAPED = "/=!'()~&+,$@;:"


def as_in_log(name: str) -> str:
    """A file's name below its table as delta-rs writes it: by another one it would not find the file again."""
    return quote(name, safe=_NOT_ESCAPED)


def is_foreign(path: str) -> bool:
    """Whether delta-rs would write another path for the file that the log names so."""
    return as_in_log(unquote(path)) != path


def added(action: "AddAction") -> dict[str, Any]:
    """A file that becomes part of the table."""
    return {
        "add": {
            "path": as_in_log(action.path),
            "size": action.size,
            "partitionValues": dict(action.partition_values),
            "modificationTime": action.modification_time,
            "dataChange": action.data_change,
            "stats": action.stats,
        }
    }


def removed(file: Mapping[str, Any], partition_by: tuple[str, ...], *, changes_rows: bool = True) -> dict[str, Any]:
    """A file that leaves: a row of `DeltaTable.get_add_actions(flatten=True)`, under the path that the log has."""
    return {
        "remove": {
            "path": file["path"],
            "size": file["size_bytes"],
            "partitionValues": {name: _text(file[f"partition.{name}"]) for name in partition_by},
            "deletionTimestamp": int(time.time() * 1000),
            "extendedFileMetadata": True,
            "dataChange": changes_rows,
        }
    }


def named(once: Transaction) -> dict[str, Any]:
    """The name by which a commit happens once."""
    return {"txn": {"appId": once.application, "version": once.version, "lastUpdated": int(time.time() * 1000)}}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
