"""The gateway's memory: one SQLite file that a power cut cannot tear.

Readings, clocks, positions in files and the outbox change in one transaction, so a restart goes on exactly where the
last commit stood. Source of the pragmas: WAL with ``synchronous=FULL`` keeps every commit (SQLite documentation).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from edge_bundle.format.pipeline import MachineRecord
from edge_bundle.gateway.errors import StateError
from edge_bundle.gateway.records import Event, Reading

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE readings (
    sensor_id TEXT, metric TEXT, measured_us INTEGER, machine_id TEXT NOT NULL, factory_id TEXT NOT NULL,
    steps INTEGER NOT NULL, PRIMARY KEY (sensor_id, metric, measured_us)) WITHOUT ROWID;
CREATE INDEX readings_of_machine ON readings (machine_id, measured_us);
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
    sequence INTEGER PRIMARY KEY, feed TEXT NOT NULL, priority INTEGER NOT NULL, created_us INTEGER NOT NULL,
    body BLOB NOT NULL);
CREATE INDEX outbox_by_urgency ON outbox (priority, sequence);
CREATE TABLE batch (feed TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
"""


class Store:
    """An open state file. Everything between `begin` and `commit` happens as one, or not at all."""

    def __init__(self, path: Path, gateway_id: str, plant: str) -> None:
        """Open the file, or make it.

        Raises:
            StateError: It is damaged, in use, of another version, or of another gateway or plant.
        """
        self.path = path
        self.connection = sqlite3.connect(str(path), isolation_level=None, timeout=2.0)
        try:
            self._prepare(f"{gateway_id} of plant {plant}")
        except StateError:
            self.close()
            raise
        except sqlite3.DatabaseError as exc:
            self.close()
            raise StateError(f"state file {path.name}: {exc}; is another gateway using it? Else move it away") from exc

    def close(self) -> None:
        """Close the file; what was not committed is gone."""
        self.connection.close()

    def _prepare(self, owner: str) -> None:
        run = self.connection.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run("PRAGMA cache_size = -16000")
        if run("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise StateError(f"state file {self.path.name} is damaged; move it away and start again")
        version = run("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._create(owner)
        elif version != SCHEMA_VERSION:
            raise StateError(f"state file {self.path.name} has version {version}; this gateway needs {SCHEMA_VERSION}")
        found = self.about("owner")
        if found != owner:
            raise StateError(f"state file {self.path.name} belongs to {found}, not to {owner}; use another folder")

    def _create(self, owner: str) -> None:
        self.begin()
        for statement in _SCHEMA.split(";"):
            self.connection.execute(statement)
        self.put_about("owner", owner)
        self.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        self.commit()

    def floor(self) -> int:
        """The least build that a bundle loaded here may have; 0 until one has said so."""
        return int(self.about("rollback_floor") or 0)

    def put_floor(self, build: int) -> None:
        """Keep the least build."""
        self.put_about("rollback_floor", str(build))

    def about(self, name: str) -> str | None:
        """What the state says of itself under a name; None where it says nothing."""
        row = self.connection.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def put_about(self, name: str, value: str) -> None:
        """Let the state say something of itself."""
        self.connection.execute("REPLACE INTO about VALUES (?, ?)", (name, value))

    def begin(self) -> None:
        """Start a transaction."""
        self.connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make everything since `begin` last, on the medium itself."""
        self.connection.execute("COMMIT")

    # Readings --------------------------------------------------------------------------------------------------

    def add_reading(self, reading: Reading) -> bool:
        """Keep a reading; False where one of the same sensor, metric and time stands."""
        cursor = self.connection.execute("INSERT OR IGNORE INTO readings VALUES (?, ?, ?, ?, ?, ?)", reading)
        return cursor.rowcount == 1

    def standing(self, reading: Reading) -> Reading:
        """The reading that stands for the same sensor, metric and time."""
        key = (reading.sensor_id, reading.metric, reading.measured_us)
        row = self.connection.execute(
            "SELECT sensor_id, metric, measured_us, machine_id, factory_id, steps FROM readings "
            "WHERE sensor_id = ? AND metric = ? AND measured_us = ?",
            key,
        ).fetchone()
        return Reading(*row)

    def replace_reading(self, reading: Reading) -> None:
        """Let a reading stand in the place of the one with its key."""
        self.connection.execute("REPLACE INTO readings VALUES (?, ?, ?, ?, ?, ?)", reading)

    def readings(self, machine_id: str, start_us: int, end_us: int) -> Iterator[Reading]:
        """The readings of a machine with ``start_us <= measured_us < end_us``."""
        rows = self.connection.execute(
            "SELECT sensor_id, metric, measured_us, machine_id, factory_id, steps FROM readings "
            "WHERE machine_id = ? AND measured_us >= ? AND measured_us < ?",
            (machine_id, start_us, end_us),
        )
        return map(Reading._make, rows)

    def forget_readings(self, machine_id: str, before_us: int) -> None:
        """Drop the machine's readings older than `before_us`."""
        self.connection.execute(
            "DELETE FROM readings WHERE machine_id = ? AND measured_us < ?", (machine_id, before_us)
        )

    # Histories -------------------------------------------------------------------------------------------------

    def add_event(self, event: Event) -> bool:
        """Keep an event; False where it was known."""
        cursor = self.connection.execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)", event)
        return cursor.rowcount == 1

    def forget_events(self, machine_id: str, before_us: int) -> None:
        """Drop the machine's events older than `before_us`, but for the last of them of each kind and code."""
        self.connection.execute(
            "DELETE FROM events WHERE machine_id = :machine AND occurred_us < :before AND occurred_us < ("
            "SELECT max(later.occurred_us) FROM events AS later WHERE later.machine_id = :machine "
            "AND later.kind = events.kind AND later.code = events.code AND later.occurred_us < :before)",
            {"machine": machine_id, "before": before_us},
        )

    def events(self) -> Iterator[Event]:
        """Every event that is kept."""
        return map(Event._make, self.connection.execute("SELECT kind, machine_id, code, occurred_us FROM events"))

    def put_machine(self, record: MachineRecord) -> None:
        """Keep master data; it takes the place of a record of the same machine and time."""
        attributes = json.dumps(record.attributes, sort_keys=True)
        row = (record.machine_id, record.valid_from_us, record.factory_id, record.machine_model, attributes)
        self.connection.execute("REPLACE INTO machines VALUES (?, ?, ?, ?, ?)", row)

    def machines(self) -> Iterator[MachineRecord]:
        """All master data."""
        query = "SELECT machine_id, factory_id, valid_from_us, machine_model, attributes FROM machines"
        for machine_id, factory_id, valid_from_us, model, attributes in self.connection.execute(query):
            yield MachineRecord(machine_id, factory_id, valid_from_us, model, json.loads(attributes))

    # States of machines and sensors, counters, positions -------------------------------------------------------

    def put_states(self, table: str, rows: list[tuple[str, ...]]) -> None:
        """Keep JSON states; `table` is clocks (machine_id, state) or sensors (sensor_id, metric, state)."""
        places = ", ".join("?" * (2 if table == "clocks" else 3))
        self.connection.executemany(f"REPLACE INTO {table} VALUES ({places})", rows)  # noqa: S608  # fixed names

    def states(self, table: str) -> list[tuple[str, ...]]:
        """The rows that `put_states` kept."""
        return self.connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608  # fixed names

    def count(self, name: str, by: int) -> None:
        """Add to a counter."""
        self.connection.execute(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            (name, by),
        )

    def counters(self) -> dict[str, int]:
        """Every counter by name."""
        return dict(self.connection.execute("SELECT name, value FROM counters ORDER BY name"))

    def position(self, digest: str) -> tuple[int, bool]:
        """How many records of a file were taken, and whether it is done."""
        row = self.connection.execute("SELECT records, is_done FROM files WHERE digest = ?", (digest,)).fetchone()
        return (row[0], bool(row[1])) if row else (0, False)

    def put_position(self, digest: str, records: int, *, is_done: bool) -> None:
        """Keep how far a file was read."""
        self.connection.execute("REPLACE INTO files VALUES (?, ?, ?)", (digest, records, int(is_done)))
