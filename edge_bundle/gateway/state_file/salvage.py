"""What can still be read of a damaged state file: row by row around the damaged pages, each row checked.

Rows with a number are read in ranges; a range that cannot be read is halved until the unreadable rows are alone. Other
tables are read from both ends. What is compressed or JSON is unpacked, so that garbage within a row is found as well.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Callable

from edge_bundle.gateway.state.columns import unpack
from edge_bundle.gateway.state.delta import DROPPED, read_journal_row

Row = tuple[Any, ...]
_PROBES = 20_000
_LARGEST = 2**53
_NUMBERED = {"sources": "id", "journal": "id", "segments": "id", "latest": "id", "outbox": "sequence"}
_KEYED = {
    "about": "name",
    "horizons": "machine_id",
    "events": "machine_id, kind, code, occurred_us",
    "machines": "machine_id, valid_from_us",
    "clocks": "machine_id",
    "sensors": "sensor_id, metric",
    "files": "digest",
    "counters": "name",
    "batch": "feed",
}


@dataclass
class Salvaged:
    """What was read.

    Attributes:
        rows: Rows by table.
        damaged: Tables of which something could not be read.
        lost: Rows that are known to be unreadable, by table; there may be more where whole pages are gone.
    """

    rows: dict[str, list[Row]] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    lost: Counter[str] = field(default_factory=Counter)

    def words(self) -> str:
        """How much of what, for an alert."""
        if not self.rows:
            return "nothing could be read"
        stored = ", ".join(f"{len(rows)} {table}" for table, rows in sorted(self.rows.items()) if rows)
        gone = ", ".join(sorted(self.damaged)) or "no table"
        return f"rows that were saved: {stored or 'none'}; incomplete: {gone}"


def salvage(connection: sqlite3.Connection) -> Salvaged:
    """Every row of a damaged file of this version that can be read and makes sense."""
    found = Salvaged()
    for table, number in _NUMBERED.items():
        _keep(found, table, _by_number(connection, table, number, found))
    for table, key in _KEYED.items():
        _keep(found, table, _from_both_ends(connection, table, key, found))
    return found


def _keep(found: Salvaged, table: str, rows: Iterable[Row]) -> None:
    stored = found.rows[table] = []
    for row in rows:
        if _makes_sense(table, row):
            stored.append(row)
        else:
            found.damaged.add(table)
            found.lost[table] += 1


def _by_number(connection: sqlite3.Connection, table: str, number: str, found: Salvaged) -> Iterator[Row]:
    # Fixed names in all queries.
    query = f"SELECT * FROM {table} WHERE {number} BETWEEN ? AND ? ORDER BY {number}"  # noqa: S608  # as above
    low = _one(connection, f"SELECT min({number}) FROM {table}", 0)  # noqa: S608  # as above
    high = _one(connection, f"SELECT max({number}) FROM {table}", _LARGEST)  # noqa: S608  # as above
    ranges, probes = [(low, high)], 0
    while ranges and probes < _PROBES:
        first, last = ranges.pop()
        probes += 1
        try:
            yield from connection.execute(query, (first, last)).fetchall()
        except sqlite3.Error:
            found.damaged.add(table)
            if first == last:
                found.lost[table] += 1
            else:
                middle = (first + last) // 2
                ranges += [(middle + 1, last), (first, middle)]


def _one(connection: sqlite3.Connection, query: str, otherwise: int) -> int:
    try:
        (value,) = connection.execute(query).fetchone()
    except sqlite3.Error:
        return otherwise
    return value if isinstance(value, int) else otherwise


def _from_both_ends(connection: sqlite3.Connection, table: str, key: str, found: Salvaged) -> Iterator[Row]:
    seen: set[Row] = set()
    descending = ", ".join(f"{column} DESC" for column in key.split(", "))
    for order in (key, descending):
        try:
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}"):  # noqa: S608  # fixed names
                if row not in seen:
                    seen.add(row)
                    yield row
        except sqlite3.Error:
            found.damaged.add(table)
        else:
            return


def _makes_sense(table: str, row: Row) -> bool:
    check = _CHECKS.get(table)
    try:
        return check is None or check(row)
    except (ValueError, TypeError, KeyError, AttributeError):
        return False


def _is_journal(row: Row) -> bool:
    read_journal_row(row[1])
    return True


def _is_segment(row: Row) -> bool:
    times = unpack(row[5]).times
    return isinstance(row[1], str) and len(times) == row[4] and (times[0], times[-1]) == row[2:4]


def _is_json_at(place: int) -> Callable[[Row], bool]:
    def check(row: Row) -> bool:
        if row[place] != DROPPED:
            json.loads(row[place])
        return all(isinstance(name, str) for name in row[:place])

    return check


def _is_record(row: Row) -> bool:
    return json.loads(row[4])["sequence"] == row[0] and isinstance(row[1], str) and isinstance(row[2], int)


def _are(*kinds: type) -> Callable[[Row], bool]:
    return lambda row: all(isinstance(value, kind) for value, kind in zip(row, kinds))


_CHECKS: dict[str, Callable[[Row], bool]] = {
    "sources": _are(int, str, str, str, str),
    "journal": _is_journal,
    "segments": _is_segment,
    "latest": lambda row: len(unpack(row[1])) >= 0,
    "outbox": _is_record,
    "about": _are(str, str),
    "horizons": _are(str, int),
    "events": _are(str, str, str, int),
    "machines": lambda row: _is_json_at(4)((row[0], row[2], row[2], row[2], row[4])),
    "clocks": _is_json_at(1),
    "sensors": _is_json_at(2),
    "files": _are(str, int, int),
    "counters": _are(str, int),
    "batch": _are(str, int, int),
}
