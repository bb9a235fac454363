"""The alert store: one SQLite file in the `state` folder, changed by one process at a time.

Every use is one short transaction under a file lock of its own, which has nothing to do with the lake's lock. SQLite
syncs each commit, so that a process killed at any line leaves the state before or after it. A damaged file is moved
aside and named in the log; `damaged_files` lists what was moved, until a person removes it.
"""

import errno
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from jobs.alerts.errors import AlertStateError
from jobs.alerts.soundness import fault_in_rows
from lakehouse.log import log
from lakehouse.storage.durable import sync_folder

FILE, LOCK = "alerts.db", "alerts.lock"
DAMAGED = "alerts.db.damaged-"
VERSION = 1
# A transaction takes milliseconds; whoever holds the lock for longer is stopped or swapped out.
PATIENCE_S = 30.0
_FULL = ("SQLITE_FULL",)
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
# What says nothing about the file's content: disk, rights, locks, memory.
_NO_DAMAGE = (
    *("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH"),
    *("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL", "SQLITE_NOMEM", "SQLITE_INTERRUPT"),
)

_SCHEMA = """
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, key TEXT NOT NULL, severity INTEGER NOT NULL,
    worst INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL, source TEXT NOT NULL,
    opened_at TEXT NOT NULL, seen_at TEXT NOT NULL, recovered_at TEXT,
    acknowledged_by TEXT, acknowledged_at TEXT, acknowledged_until TEXT
);
CREATE UNIQUE INDEX open_alerts ON alerts (scope, key) WHERE recovered_at IS NULL;
CREATE TABLE notified (
    channel TEXT NOT NULL, alert INTEGER NOT NULL, severity INTEGER NOT NULL, recovered INTEGER NOT NULL,
    PRIMARY KEY (channel, alert)
);
CREATE TABLE folded (
    channel TEXT NOT NULL, severity INTEGER NOT NULL, kind TEXT NOT NULL, alerts INTEGER NOT NULL,
    PRIMARY KEY (channel, severity, kind)
);
CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, delivery_id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL,
    severity INTEGER NOT NULL, body TEXT NOT NULL, created_at TEXT NOT NULL
);
CREATE TABLE channels (
    name TEXT PRIMARY KEY, level INTEGER NOT NULL, used_at TEXT NOT NULL, failures INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '', failed_at TEXT, retry_at TEXT, delivered_at TEXT
);
CREATE TABLE runs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, name TEXT NOT NULL, run_id TEXT NOT NULL,
    due_at TEXT NOT NULL, outcome TEXT NOT NULL, task TEXT NOT NULL, detail TEXT NOT NULL, reported_at TEXT NOT NULL,
    UNIQUE (kind, name, run_id)
);
"""


@contextmanager
def change(state: Path, patience_s: float = PATIENCE_S) -> Iterator[sqlite3.Connection]:
    """One transaction on the store, which is made if it is not there. An error within it undoes the whole.

    Raises:
        AlertStateError: The store is held by another process for `patience_s`, was written by a newer Assay, or
            cannot be opened or written.
        OSError: The disk is full, or the folder cannot be made.
    """
    state.mkdir(parents=True, exist_ok=True)
    handle = os.open(state / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)
    try:
        _acquire(handle, state, patience_s, fcntl.LOCK_EX)
        with _translated(state), closing(_whole(state, handle)) as store:
            store.execute("BEGIN IMMEDIATE")
            try:
                yield store
            except BaseException:
                store.rollback()
                raise
            store.commit()
    finally:
        os.close(handle)


@contextmanager
def look(state: Path) -> Iterator[sqlite3.Connection | None]:
    """The store for reading; None where there is none yet. Nothing is made.

    Raises:
        AlertStateError: The store cannot be read.
    """
    if not (state / FILE).exists():
        yield None
        return
    handle = os.open(state / LOCK if (state / LOCK).exists() else state / FILE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _acquire(handle, state, PATIENCE_S, fcntl.LOCK_SH)
        with _translated(state), closing(_connect(f"{(state / FILE).absolute().as_uri()}?mode=ro")) as store:
            _check_version(store, state)
            fault = _fault(store, was_made=os.fstat(handle).st_size > 0)
            if fault:
                raise sqlite3.DatabaseError(fault)
            yield store if _version(store) else None
    finally:
        os.close(handle)


def damaged_files(state: Path) -> tuple[Path, ...]:
    """The stores that were damaged and moved aside, oldest first."""
    found = [path for path in state.glob(f"{DAMAGED}*") if not path.name.endswith("-journal")]
    return tuple(sorted(found, key=lambda path: int(path.name.removeprefix(DAMAGED))))


def _whole(state: Path, handle: int) -> sqlite3.Connection:
    """A connection to a store that is whole, or new; a damaged one is moved aside first."""
    store = _connect((state / FILE).absolute().as_uri())
    try:
        fault = _fault(store, was_made=os.fstat(handle).st_size > 0)
        if fault:
            store.close()
            _move_aside(state, fault)
            store = _connect((state / FILE).absolute().as_uri())
        _check_version(store, state)
        # EXTRA syncs file, journal and folder at each commit: what is committed outlasts a power cut.
        store.execute("PRAGMA synchronous = EXTRA")
        if _version(store) == 0:
            store.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        # The lock's file says that a store was made here: an empty one is then no new one.
        if os.fstat(handle).st_size == 0:
            os.pwrite(handle, b"1", 0)
    except BaseException:
        store.close()
        raise
    return store


def _fault(store: sqlite3.Connection, *, was_made: bool) -> str:
    """Why the file is not a store of ours; empty where it is one, or new."""
    try:
        verdict = str(store.execute("PRAGMA integrity_check(1)").fetchone()[0])
        declared = {str(row[0]) for row in store.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
        version = _version(store)
        if verdict != "ok":
            return verdict
        if version == 0:
            return ("it is no alert store" if declared else "it was emptied") if declared or was_made else ""
        if version > VERSION:
            return ""
        return fault_in_rows(store) if declared == _declared() else "its tables are not those of this version"
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "").startswith(_NO_DAMAGE):
            raise
        return str(error)
    except UnicodeDecodeError as error:
        return str(error)


@cache
def _declared() -> set[str]:
    """What SQLite records of the schema."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(_SCHEMA)
        return {str(row[0]) for row in fresh.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}


def _connect(address: str) -> sqlite3.Connection:
    # Transactions are ours to begin and end.
    store = sqlite3.connect(address, uri=True, isolation_level=None, timeout=PATIENCE_S)
    store.row_factory = sqlite3.Row
    return store


def _move_aside(state: Path, reason: str) -> None:
    number = 1
    while (state / f"{DAMAGED}{number}").exists():
        number += 1
    aside = state / f"{DAMAGED}{number}"
    journal = state / f"{FILE}-journal"
    (state / FILE).rename(aside)
    if journal.exists():
        journal.rename(aside.with_name(f"{aside.name}-journal"))
    sync_folder(state)
    log().error(
        "the alert store was damaged (%s) and is moved to %s; what is still wrong is reported again; "
        "remove the file when you have looked at it",
        reason,
        aside,
    )


def _version(store: sqlite3.Connection) -> int:
    """The version of the store; 0 of one that a killed or hindered process had only begun to make."""
    return int(store.execute("PRAGMA user_version").fetchone()[0])


def _check_version(store: sqlite3.Connection, state: Path) -> None:
    version = _version(store)
    if version > VERSION:
        raise AlertStateError(
            f"the alert store {state / FILE} is of version {version}, this Assay knows {VERSION}; "
            "use the newer Assay, or set another state folder"
        )


@contextmanager
def _translated(state: Path) -> Iterator[None]:
    """Errors of SQLite become ours; a full disk becomes the system's own error, whose sentence says what to do."""
    try:
        yield
    except sqlite3.Error as exc:
        if getattr(exc, "sqlite_errorname", "") in _FULL:
            raise OSError(errno.ENOSPC, "No space left on device", str(state / FILE)) from exc
        remedy = "check the rights and the disk of its folder"
        if getattr(exc, "sqlite_errorname", _DAMAGED[0]).startswith(_DAMAGED):
            remedy = "it is damaged: the next `assay alerts send` moves it aside and begins a new one"
        raise AlertStateError(f"the alert store {state / FILE} cannot be used: {exc}; {remedy}") from exc


def _acquire(handle: int, state: Path, patience_s: float, how: int) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            if time.monotonic() > deadline:
                raise AlertStateError(
                    f"another process has held the alert store for {patience_s:.0f} s; `fuser {state / LOCK}` names it"
                ) from exc
            time.sleep(0.02)
        else:
            return
