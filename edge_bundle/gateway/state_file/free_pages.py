"""Space within a state file: readings that give way, and pages that go back to the medium."""

from __future__ import annotations

from edge_bundle.gateway.state_file.state_errors import named_errors
from edge_bundle.gateway.state_file.state_file import StateFile

_PUT_HORIZON = (
    "INSERT INTO horizons VALUES (?, ?) "
    "ON CONFLICT (machine_id) DO UPDATE SET evicted_us = max(evicted_us, excluded.evicted_us)"
)
_OLDEST = "SELECT id, machine_id, last_us, readings, length(body) FROM segments ORDER BY id"
_VACUUM_PAGES = 256


def evict_readings(file: StateFile, size: int) -> int:
    """Give up the readings that were stored first, of `size` bytes or a little more; how many.

    Raises:
        FullError: The state cannot be written.
    """
    with file.lock:
        found: list[tuple[int, str, int, int]] = []
        with named_errors(file.path.name):
            rows = file.connection.execute(_OLDEST)
            for number, machine_id, last_us, readings, length in rows:
                found.append((number, machine_id, last_us, readings))
                size -= length
                if size <= 0:
                    break
            rows.close()
        with file.transaction():
            file.connection.executemany("DELETE FROM segments WHERE id = ?", [row[:1] for row in found])
            file.connection.executemany(_PUT_HORIZON, [row[1:3] for row in found])
            count = sum(row[3] for row in found)
            if count:
                file.count_now("evicted_readings", count)
        for _, machine_id, last_us, _ in found:
            file.reading_store.note_evicted(machine_id, last_us)
        file.reading_store.forget_cached()
        return count


def shrink(file: StateFile) -> None:
    """Give unused pages, and the space of the log of commits, back to the medium.

    Raises:
        FullError: The state cannot be written.
    """
    with file.lock, named_errors(file.path.name):
        for statement in (
            "wal_checkpoint(TRUNCATE)",
            f"incremental_vacuum({_VACUUM_PAGES})",
            "wal_checkpoint(TRUNCATE)",
        ):
            file.connection.execute(f"PRAGMA {statement}").fetchall()
