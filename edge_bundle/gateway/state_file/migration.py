"""A state of the former version becomes one of this version: once, in a file of its own that takes the former's place.

Killed at any line, either the former file is there, complete, or the new one is.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Callable

from edge_bundle.gateway.input.sources import Source, Sources
from edge_bundle.gateway.state.columns import Columns, pack
from edge_bundle.gateway.state_file import schema

FORMER_VERSION = 1
_SEGMENT_READINGS = 2000
_IN_CHOSEN = "WHERE machine_id IN (SELECT machine_id FROM chosen)"
# A sensor whose alarm is clear is not remembered any more.
_WHERE = {
    **dict.fromkeys(("events", "machines", "clocks"), _IN_CHOSEN),
    "sensors": """WHERE state NOT LIKE '[%, 0, "", %]'""",
}
_COPIED = ("about", "events", "machines", "clocks", "sensors", "files", "counters")
_FORMER_READINGS = (
    f"SELECT machine_id, measured_us, sensor_id, metric, factory_id, steps FROM readings {_IN_CHOSEN} "  # noqa: S608  # fixed names
    "ORDER BY machine_id, measured_us"
)
Choose = Callable[[sqlite3.Connection], "set[str]"]
_PUT_SEGMENT = "INSERT INTO segments (machine_id, first_us, last_us, readings, body) VALUES (?, ?, ?, ?, ?)"


def migrate(path: Path, choose: Choose | None = None) -> None:
    """Bring a state file of the former version to this one; any other is left as it is.

    Args:
        path: The file.
        choose: Which of its machines go on; None for all.

    Raises:
        sqlite3.Error: The former file cannot be read, or is in use.
        OSError: The new one cannot be written.
    """
    draft = path.with_name(f".{path.name}.migrated")
    _remove(draft)
    if not path.is_file() or path.stat().st_size == 0:
        return
    former = schema.connect(path)
    try:
        former.execute("PRAGMA locking_mode = EXCLUSIVE")  # No file of an index: a full card has no space.
        if schema.version_of(former) != FORMER_VERSION:
            return
        (is_busy, _, _) = former.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise sqlite3.OperationalError("database is locked")
        _write(former, draft, choose(former) if choose is not None else None)
    finally:
        former.close()
    sync(draft)
    draft.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, outlast a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(former: sqlite3.Connection, draft: Path, machines: set[str] | None) -> None:
    (owner,) = former.execute("SELECT value FROM about WHERE name = 'owner'").fetchone()
    fresh = schema.connect(draft)
    try:
        schema.create(fresh, owner)
        fresh.execute("PRAGMA synchronous = OFF")  # The whole file is synced before it takes its place.
        fresh.execute("BEGIN IMMEDIATE")
        copy_former(former, fresh, machines)
        fresh.execute("COMMIT")
    finally:
        fresh.close()


def copy_former(former: sqlite3.Connection, fresh: sqlite3.Connection, machines: set[str] | None = None) -> None:
    """Copy every table of a former file into an empty one of this version, within a transaction of that.

    Args:
        former: The former file.
        fresh: The new one.
        machines: Whose rows are copied; None for all.
    """
    former.execute("CREATE TEMP TABLE chosen (machine_id TEXT PRIMARY KEY) WITHOUT ROWID")
    everyone = "SELECT machine_id FROM clocks UNION SELECT machine_id FROM events UNION SELECT machine_id FROM machines"
    every = {machine_id for (machine_id,) in former.execute(everyone)}
    if machines is not None and every - machines:
        fresh.execute("INSERT INTO counters VALUES ('machines_forgotten', ?)", (len(every - machines),))
        every &= machines
    former.executemany("INSERT INTO chosen VALUES (?)", [(machine_id,) for machine_id in every])
    for table in _COPIED:
        rows = former.execute(f"SELECT * FROM {table} {_WHERE.get(table, '')}")  # noqa: S608  # fixed names
        places = ", ".join("?" * len(rows.description))
        fresh.executemany(f"REPLACE INTO {table} VALUES ({places})", rows)  # noqa: S608  # fixed names
    # The age of a state begins now: what waits may wait its time again, and is not dropped early.
    rows = former.execute("SELECT sequence, feed, priority, 0, body FROM outbox")
    fresh.executemany("INSERT INTO outbox VALUES (?, ?, ?, ?, ?)", rows)
    (size,) = fresh.execute("SELECT coalesce(sum(length(body)), 0) FROM outbox").fetchone()
    fresh.execute("REPLACE INTO about VALUES ('outbox_bytes', ?)", (str(size),))
    for feed, first, last in former.execute("SELECT feed, first, last FROM batch"):
        fresh.execute("UPDATE batch SET first = ?, last = ? WHERE feed = ?", (first, last, feed))
    copy_readings(former.execute(_FORMER_READINGS), fresh)


def copy_readings(rows: Iterator[tuple[Any, ...]], fresh: sqlite3.Connection) -> None:
    """Put readings of a former file into segments.

    Args:
        rows: machine_id, measured_us, sensor_id, metric, factory_id, steps; those of a machine together, by time.
        fresh: Within a transaction, without readings.
    """
    sources, latest = Sources(), dict[int, int]()
    for machine_id, own in groupby(rows, key=lambda row: row[0]):
        columns = Columns()
        for _, at_us, sensor_id, metric, factory_id, resolution_steps in own:
            number = sources.number_of(Source(sensor_id, metric, machine_id, factory_id))
            latest[number] = max(at_us, latest.get(number, at_us))
            columns.add(number, at_us, resolution_steps)
            if len(columns) == _SEGMENT_READINGS:
                _put_segment(machine_id, columns, fresh)
                columns = Columns()
        _put_segment(machine_id, columns, fresh)
    fresh.executemany(
        "INSERT INTO sources VALUES (?, ?, ?, ?, ?)", [(number, *sources[number]) for number in range(len(sources))]
    )
    newest = Columns()
    for number, at_us in latest.items():
        newest.add(number, at_us, 0)
    fresh.execute("REPLACE INTO latest VALUES (1, ?)", (pack(newest),))


def _put_segment(machine_id: str, columns: Columns, fresh: sqlite3.Connection) -> None:
    if len(columns):
        row = (machine_id, columns.times[0], columns.times[-1], len(columns), pack(columns))
        fresh.execute(_PUT_SEGMENT, row)


def _remove(draft: Path) -> None:
    for suffix in ("", "-journal", "-wal"):
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)
