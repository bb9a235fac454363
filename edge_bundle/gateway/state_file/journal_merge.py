"""What rows of the journal change in the tables that they are merged into."""

from __future__ import annotations

import sqlite3

from edge_bundle.gateway.state.delta import DROPPED, Changes

SEQUENCE = "sequence"
"""Where among the state's counters the last number is; it counts nothing."""
TAKEN = "taken"
ADD_COUNT = "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"


def write_changes(connection: sqlite3.Connection, changes: Changes) -> None:
    """Write counters, states and positions, within a transaction of the caller."""
    many = connection.executemany
    many(ADD_COUNT, sorted(changes.counts.items()))
    for name, value in ((SEQUENCE, changes.sequence), (TAKEN, changes.taken)):
        if value:
            connection.execute("REPLACE INTO counters VALUES (?, ?)", (name, value))
    many("REPLACE INTO clocks VALUES (?, ?)", changes.clocks.items())
    many("REPLACE INTO sensors VALUES (?, ?, ?)", [(*key, state) for key, state in changes.sensors.items()])
    connection.execute("DELETE FROM sensors WHERE state = ?", (DROPPED,))
    many("REPLACE INTO files VALUES (?, ?, ?)", [(digest, *at) for digest, at in changes.files.items()])
