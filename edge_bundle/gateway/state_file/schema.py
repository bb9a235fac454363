"""The state file's tables, and opening it: one gateway at a time, every commit on the medium before it counts.

Source of the settings: with WAL and ``synchronous=FULL`` each commit is synced before it returns; with NORMAL a power
cut may take the last ones back (SQLite documentation, "PRAGMA synchronous"). What was acknowledged must not be.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

SCHEMA_VERSION = 2
# Memory of cached pages: 2,000 cost 1.2 MB more at the peak and saved no processor time (`python -m bench.gateway`).
CACHE_KB = 1_000
PAGE_BYTES = 1024
"""A commit of one reading writes one page; measured by `python -m bench.gateway`."""
CHECKPOINT_PAGES = 2000
# A segment's number is never given again: what was read of a segment is remembered by it.
TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
    id INTEGER PRIMARY KEY, sensor_id TEXT NOT NULL, metric TEXT NOT NULL, machine_id TEXT NOT NULL,
    factory_id TEXT NOT NULL);
CREATE TABLE journal (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE segments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, machine_id TEXT NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL,
    readings INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX segments_of_machine ON segments (machine_id, last_us, first_us);
CREATE TABLE latest (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE horizons (machine_id TEXT PRIMARY KEY, evicted_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE events (
    kind TEXT, machine_id TEXT, code TEXT, occurred_us INTEGER,
    PRIMARY KEY (machine_id, kind, code, occurred_us)) WITHOUT ROWID;
CREATE TABLE machines (
    machine_id TEXT, valid_from_us INTEGER, factory_id TEXT NOT NULL, machine_model TEXT, attributes TEXT NOT NULL,
    PRIMARY KEY (machine_id, valid_from_us)) WITHOUT ROWID;
CREATE TABLE clocks (machine_id TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sensors (
    sensor_id TEXT, metric TEXT, state TEXT NOT NULL, PRIMARY KEY (sensor_id, metric)) WITHOUT ROWID;
CREATE TABLE files (digest TEXT PRIMARY KEY, records INTEGER NOT NULL, is_done INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY, feed TEXT NOT NULL, priority INTEGER NOT NULL, aged_us INTEGER NOT NULL,
    body BLOB NOT NULL);
CREATE INDEX outbox_by_urgency ON outbox (priority, sequence);
CREATE TABLE batch (feed TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO batch VALUES ('alerts', 0, -1), ('edge_scores', 0, -1);
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that threads may use under a lock of theirs; transactions are begun by hand."""
    return sqlite3.connect(str(path), isolation_level=None, timeout=2.0, check_same_thread=False)


def create(connection: sqlite3.Connection, owner: str) -> None:
    """Make the tables in an empty file, at once or not at all."""
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    # As one script: a connection remembers each statement that it is given alone, 100 KB for these.
    connection.executescript(f"BEGIN IMMEDIATE;{TABLES}")
    connection.execute("INSERT INTO about VALUES ('owner', ?)", (owner,))
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def set_up(connection: sqlite3.Connection, state_bytes: int) -> None:
    """Set what a connection needs each time.

    Args:
        connection: To a file with our tables.
        state_bytes: The file grows no larger; a commit that would make it so fails as on a full disk.
    """
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = {-CACHE_KB}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    connection.execute(f"PRAGMA max_page_count = {max(state_bytes // page_bytes, 1)}")


def version_of(connection: sqlite3.Connection) -> int:
    """The version of a file's tables; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
