"""Writes saved rows into a new state file, so that it goes on as far as the saved rows are consistent.

Numbers of records go on beyond every one that may be lost: from the wall clock, as those of a new state. Positions in
input go back to before the first commit that is lost, so that a sender gives again what it still has.
"""

from __future__ import annotations

import sqlite3

from edge_bundle.gateway.state.columns import Columns, pack, unpack
from edge_bundle.gateway.state.delta import Delta, read_journal_row
from edge_bundle.gateway.state_file.salvage import Row, Salvaged

_COPIED = ("sources", "horizons", "events", "machines", "clocks", "sensors", "files", "outbox", "counters")
DAMAGES = "state_damaged"
"""Counter of how often a state file was put aside."""
DAMAGE = "damage"
"""Under this name the state holds what could be saved, until an alert has reported it."""


def refill(fresh: sqlite3.Connection, found: Salvaged, wall_us: int) -> None:
    """Fill an empty file within the caller's transaction.

    Args:
        fresh: The new file; its owner is in it.
        found: What was saved.
        wall_us: The wall clock, microseconds since epoch.
    """
    known = {row[0] for row in found.rows.get("sources", [])}
    for table in _COPIED:
        _insert(fresh, table, found.rows.get(table, []))
    _insert(fresh, "about", [row for row in found.rows.get("about", []) if row[0] != "owner"])
    for feed, first, last in found.rows.get("batch", []):
        fresh.execute("UPDATE batch SET first = ?, last = ? WHERE feed = ?", (first, last, feed))
    (size,) = fresh.execute("SELECT coalesce(sum(length(body)), 0) FROM outbox").fetchone()
    fresh.execute("REPLACE INTO about VALUES ('outbox_bytes', ?)", (str(size),))
    latest = _latest(found)
    for row in found.rows.get("segments", []):
        stored = _known(unpack(row[5]), known, found)
        if len(stored):
            segment = (row[0], row[1], stored.times[0], stored.times[-1], len(stored), pack(stored))
            fresh.execute("INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?)", segment)
            _note(latest, stored)
    sequence = _refill_journal(fresh, found, known)
    last = max((row[0] for row in found.rows.get("outbox", [])), default=0)
    counted = {str(name): int(value) for name, value in found.rows.get("counters", [])}
    sequence = max(sequence, last, counted.get("sequence", 0), wall_us)
    fresh.execute("REPLACE INTO counters VALUES ('sequence', ?)", (sequence,))
    fresh.execute("REPLACE INTO counters VALUES (?, ?)", (DAMAGES, counted.get(DAMAGES, 0) + 1))
    fresh.execute("REPLACE INTO about VALUES (?, ?)", (DAMAGE, found.words()))
    lost = sum(found.lost.values())
    fresh.execute("REPLACE INTO counters VALUES ('lost_rows', ?)", (counted.get("lost_rows", 0) + lost,))
    newest = Columns()
    for number, at_us in latest.items():
        if number in known:
            newest.add(number, at_us, 0)
    fresh.execute("REPLACE INTO latest VALUES (1, ?)", (pack(newest),))


def _insert(fresh: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    if rows:
        places = ", ".join("?" * len(rows[0]))
        fresh.executemany(f"REPLACE INTO {table} VALUES ({places})", rows)  # noqa: S608  # fixed names


def _latest(found: Salvaged) -> dict[int, int]:
    latest: dict[int, int] = {}
    for row in found.rows.get("latest", []):
        _note(latest, unpack(row[1]))
    return latest


def _note(latest: dict[int, int], readings: Columns) -> None:
    for number, at_us in zip(readings.sources, readings.times):
        latest[number] = max(at_us, latest.get(number, at_us))


def _known(readings: Columns, known: set[int], found: Salvaged) -> Columns:
    """The readings whose source still has a name."""
    if known.issuperset(readings.sources):
        return readings
    stored = Columns()
    for number, at_us, resolution_steps in zip(readings.sources, readings.times, readings.resolution_steps):
        if number in known:
            stored.add(number, at_us, resolution_steps)
    found.damaged.add("segments")
    found.lost["readings"] += len(readings) - len(stored)
    return stored


def _refill_journal(fresh: sqlite3.Connection, found: Salvaged, known: set[int]) -> int:
    """Write the journal; behind a gap without positions. The last sequence that it knows."""
    expected, is_whole, sequence = None, True, 0
    for number, body in found.rows.get("journal", []):
        if "journal" in found.damaged:
            # Where it begins is not known: its first row may be gone.
            is_whole = is_whole and expected == number
        readings, changes = read_journal_row(body)
        sequence = max(sequence, changes.sequence)
        if not is_whole:
            changes.taken, changes.files = 0, {}
        row = Delta(_known(readings, known, found), changes).journal_row()
        fresh.execute("INSERT INTO journal VALUES (?, ?)", (number, row))
        expected = number + 1
    return sequence
