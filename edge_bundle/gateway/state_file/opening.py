"""Connections to a state: to its file, or to memory while there is no space for one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from edge_bundle.gateway.errors import DamagedError, StateError
from edge_bundle.gateway.state_file import quarantine, schema
from edge_bundle.gateway.state_file.migration import migrate, sync
from edge_bundle.gateway.state_file.state_errors import named_errors

MEMORY = ":memory:"
"""SQLite's name for a database in memory."""
_WAITING_BYTES = 4 * 1024**2
"""Of a state that waits in memory for space: no more than a small device can spare."""


def open_file(path: Path, owner: str, state_bytes: int) -> sqlite3.Connection:
    """A connection to a state file, which is made or brought to this version where needed.

    Args:
        path: The file.
        owner: Gateway and plant.
        state_bytes: It grows no larger.

    Raises:
        StateError: It is in use, of a later version, or of another gateway or plant.
        FullError: There is no space.
        DamagedError: It is damaged.
    """
    if path.exists() and not path.is_file():
        raise DamagedError(f"state file {path.name} is no file")
    with named_errors(path.name):
        migrate(path)
        connection = schema.connect(path)
        try:
            _prepare(connection, path, owner, state_bytes)
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, owner: str, state_bytes: int) -> None:
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    version = schema.version_of(connection)
    if version == 0:
        try:
            schema.create(connection, owner)
        except sqlite3.OperationalError:
            connection.close()
            path.unlink(missing_ok=True)  # Nothing is in it, but it holds space.
            raise
    elif version != schema.SCHEMA_VERSION:
        raise StateError(f"state file {path.name} has version {version}; this gateway needs {schema.SCHEMA_VERSION}")
    schema.set_up(connection, state_bytes)
    row = connection.execute("SELECT value FROM about WHERE name = 'owner'").fetchone()
    if row is None:
        raise DamagedError(f"state file {path.name} does not say whose it is")
    if row[0] != owner:
        raise StateError(f"state file {path.name} belongs to {row[0]}, not to {owner}; use another folder")


def open_again(path: Path, state_bytes: int) -> sqlite3.Connection:
    """A connection to a file of this version that was just written, or closed. As `open_file`."""
    with named_errors(path.name):
        connection = schema.connect(path)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        schema.set_up(connection, state_bytes)
    return connection


def open_in_memory(owner: str, state_bytes: int = _WAITING_BYTES) -> sqlite3.Connection:
    """A connection to a new state in memory, which grows no larger than `state_bytes`."""
    connection = schema.connect(Path(MEMORY))
    schema.create(connection, owner)
    schema.set_up(connection, state_bytes)
    return connection


def write_file(memory: sqlite3.Connection, path: Path) -> None:
    """Write a state in memory into its file, complete and durable, or not at all.

    Raises:
        FullError: There is no space.
    """
    draft = path.with_name(f".{path.name}.settling")
    quarantine.remove(draft)
    with named_errors(path.name):
        target = schema.connect(draft)
        try:
            memory.backup(target)
        finally:
            target.close()
        sync(draft)
        draft.replace(path)
        sync(path.parent)
