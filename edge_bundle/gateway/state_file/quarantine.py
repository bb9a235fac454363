"""A damaged state file is put aside, and another one takes its place that holds what could be saved.

Killed at any step, the damaged file, or the complete other one, is there at the next start, which goes on from there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from edge_bundle.gateway.state_file import schema
from edge_bundle.gateway.state_file.migration import sync
from edge_bundle.gateway.state_file.salvage import Salvaged, salvage

MOST_STORED = 3
"""Damaged files that stay for somebody to look at; the oldest goes first, for they hold space."""
_BESIDE = ("-wal", "-shm", "-journal")
Fill = Callable[[sqlite3.Connection, Salvaged], None]


def put_aside(path: Path, owner: str, fill: Fill) -> Salvaged:
    """Replace a damaged state file that nobody has open.

    Args:
        path: The file, or whatever is in its place.
        owner: Gateway and plant.
        fill: Writes what was saved into a new file, within a transaction of it.

    Returns:
        What was saved.

    Raises:
        sqlite3.Error: The new file cannot be written; the damaged one is in its place.
        OSError: Likewise.
    """
    draft, whole = path.with_name(f".{path.name}.salvaging"), path.with_name(f".{path.name}.salvaged")
    remove(draft)
    found = _read(path)
    fresh = schema.connect(draft)
    try:
        schema.create(fresh, owner)
        fresh.execute("PRAGMA synchronous = OFF")  # The whole file is synced before it takes its place.
        fresh.execute("BEGIN IMMEDIATE")
        fill(fresh, found)
        fresh.execute("COMMIT")
    finally:
        fresh.close()
    sync(draft)
    draft.replace(whole)
    finish(path)
    return found


def finish(path: Path) -> None:
    """Let a complete new file, if there is one, take its place; go on here after a kill."""
    whole = path.with_name(f".{path.name}.salvaged")
    if not whole.exists():
        return
    if path.exists():
        rename_aside(path)
    for suffix in _BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    whole.replace(path)
    sync(path.parent)


def remove(draft: Path) -> None:
    """Remove an unfinished file, and what SQLite left beside it."""
    for suffix in ("", *_BESIDE):
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)


def _read(path: Path) -> Salvaged:
    if not path.is_file():
        return Salvaged()
    connection = schema.connect(path)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        if schema.version_of(connection) != schema.SCHEMA_VERSION:
            return Salvaged()
        return salvage(connection)
    except sqlite3.Error:
        return Salvaged()
    finally:
        connection.close()


def rename_aside(path: Path) -> None:
    """Let a damaged file, or whatever is in its place, have another name; the oldest of such files go."""
    numbers = sorted(_number(each) for each in path.parent.glob(f"{path.name}.damaged-*") if _number(each))
    for number in numbers[: max(len(numbers) - MOST_STORED + 1, 0)]:
        _delete(path.with_name(f"{path.name}.damaged-{number}"))
    path.replace(path.with_name(f"{path.name}.damaged-{(numbers or [0])[-1] + 1}"))


def _number(path: Path) -> int:
    text = path.name.rpartition("-")[2]
    return int(text) if text.isascii() and text.isdigit() else 0


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        return  # Nothing of ours; somebody put it there.
    path.unlink(missing_ok=True)
