"""Commits of a Delta table that this code writes itself: where delta-rs has no word for what they say."""

import json
import time
from collections.abc import Sequence
from typing import Any

from deltalake import DeltaTable

from expectations.tables.contract import Table
from lakehouse.errors import UsageError
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage

# Source: Delta's protocol: from writer version 7 on a table names its features, and some of them (commit timestamps,
# managed commits) ask more of a commit than is written here. Our tables are of version 2.
_OURS_BELOW = 7


def may_write(delta: "DeltaTable") -> bool:
    """Whether a commit of ours is all that the table's protocol asks for."""
    return bool(delta.protocol().min_writer_version < _OURS_BELOW)


def check_may_write(delta: "DeltaTable", table: Table) -> None:
    """Refuse a table of which a commit of ours would not say all.

    Raises:
        UsageError: Another tool gave it a later protocol.
    """
    if not may_write(delta):
        raise UsageError(
            f"{table.name} has writer version {delta.protocol().min_writer_version} of Delta's protocol, given by "
            f"another tool; legal is any below {_OURS_BELOW}; restore a version of it from before (RESTORE TABLE), and "
            "write it by this program alone"
        )


def check_may_remove(delta: "DeltaTable", table: Table) -> None:
    """Refuse to take rows out of a table that another tool gave the property `delta.appendOnly`.

    Source: Delta's protocol, "Append-only Tables".

    Raises:
        UsageError: It has the property.
    """
    if (delta.metadata().configuration or {}).get("delta.appendOnly", "false").lower() == "true":
        raise UsageError(
            f"{table.name} has the property delta.appendOnly = true, given by another tool; rows have to be replaced. "
            f"Take it back: ALTER TABLE delta.`{delta.table_uri}` UNSET TBLPROPERTIES ('delta.appendOnly')"
        )


def write_commit(
    log: Storage, version: int, operation: str, user_metadata: str, actions: Sequence[dict[str, Any]]
) -> None:
    """Write a version of a log, whole or not at all, and only where no other commit has taken its number.

    Raises:
        PresentError: Another commit has taken the number.
        StorageError: The log cannot be written.
    """
    info = {
        "timestamp": int(time.time() * 1000),
        "operation": operation,
        "operationParameters": {},
        "userMetadata": user_metadata,
    }
    text = "".join(f"{json.dumps(action)}\n" for action in ({"commitInfo": info}, *actions))
    log.put_if_absent(Key(f"{version:020d}.json"), text.encode())
    log.sweep()
