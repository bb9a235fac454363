"""How the state reaches its file, one SQLite file that a power cut cannot tear.

What one commit changes is collected in memory and written at once: readings and states as one row of a journal, the
rest as rows of their tables. From time to time the journal is merged into segments and tables. A restart reads tables
first, then the journal, and goes on exactly where the last commit ended.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from edge_bundle.gateway import schema
from edge_bundle.gateway.columns import Columns
from edge_bundle.gateway.delta import DROPPED, Changes, Delta, OutboxRow, read_journal_row
from edge_bundle.gateway.errors import DamagedError, FullError, StateError
from edge_bundle.gateway.migration import migrate
from edge_bundle.gateway.reading_store import ReadingStore
from edge_bundle.gateway.state_lock import StateLock

SEQUENCE = "sequence"
"""Where among the state's counters the last number is; it counts nothing."""
TAKEN = "taken"
OUTBOX_BYTES = "outbox_bytes"
STATE_BYTES = 1024**3
_PUT_OUTBOX = "INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?)"
_PUT_HORIZON = (
    "INSERT INTO horizons VALUES (?, ?) "
    "ON CONFLICT (machine_id) DO UPDATE SET evicted_us = max(evicted_us, excluded.evicted_us)"
)
_VACUUM_PAGES = 256
_ADD_COUNT = "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"


class StateFile:
    """An open state file: deltas become durable one after the other, each of it or nothing.

    One thread puts and takes; `write`, `merge` and what the outbox does may run in another.

    Attributes:
        path: The file.
        lock: Held around every use of `connection`.
        outbox_bytes: Bytes of all records in the table `outbox`.
        given_up: Readings that could not be stored, for the thread that puts to forget.
    """

    def __init__(self, path: Path, gateway_id: str, plant: str, state_bytes: int = STATE_BYTES) -> None:
        """Open the file, or make it.

        Raises:
            StateError: It is in use, of another version, or of another gateway or plant.
            DamagedError: It is damaged.
        """
        self.path, self._state_bytes = path, state_bytes
        self.lock = threading.RLock()
        self._owner = f"{gateway_id} of plant {plant}"
        self._folder_lock = StateLock(path.parent)
        try:
            with named_errors(path.name):
                migrate(path)
            self._open()
        except BaseException:
            self._folder_lock.release()
            raise

    def close(self) -> None:
        """Close the file; what was not committed is gone."""
        self.connection.close()
        self._folder_lock.release()

    def _open(self) -> None:
        self.connection = schema.connect(self.path)
        try:
            with named_errors(self.path.name):
                self._prepare()
                self._load()
        except BaseException:
            self.connection.close()
            raise

    def _prepare(self) -> None:
        self.connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        version = schema.version_of(self.connection)
        if version == 0:
            schema.create(self.connection, self._owner)
        elif version != schema.SCHEMA_VERSION:
            raise StateError(
                f"state file {self.path.name} has version {version}; this gateway needs {schema.SCHEMA_VERSION}"
            )
        schema.set_up(self.connection, self._state_bytes)
        if self.connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise DamagedError(f"state file {self.path.name} is damaged; move it away and start again")
        found = self.about("owner")
        if found != self._owner:
            raise StateError(
                f"state file {self.path.name} belongs to {found}, not to {self._owner}; use another folder"
            )

    def _load(self) -> None:
        self.outbox_bytes = int(self.about(OUTBOX_BYTES) or 0)
        self.given_up: deque[Columns] = deque()
        self._pending = Delta()
        self._unwritten: list[Delta] = []
        self._journal: list[tuple[int, Changes]] = []
        self._merge_to: int | None = None
        self._latest_body: bytes | None = None
        self._counters: dict[str, int] = dict(self.connection.execute("SELECT name, value FROM counters"))
        self.kept = ReadingStore(self.connection, self.lock)
        self.kept.load()
        for number, body in self.connection.execute("SELECT id, body FROM journal ORDER BY id"):
            readings, changes = read_journal_row(body)
            self.kept.load_journal(readings)
            self._note(number, changes)

    # Commits ---------------------------------------------------------------------------------------------------

    def commit(self) -> None:
        """Make everything that was put durable, on the medium itself.

        Raises:
            FullError: It cannot be written; it is tried again with the next commit.
            DamagedError: The file is damaged.
        """
        self.write(self.take())

    def take(self) -> Delta:
        """What was put since the last `take`, for `write`."""
        while self.given_up:
            self.kept.give_up(self.given_up.popleft())
        delta, self._pending = self._pending, Delta()
        return delta

    def take_for_merge(self) -> Delta:
        """As `take`; `merge` can follow once the delta is written. Nothing while a merge is under way."""
        if self._latest_body is not None:
            return self.take()
        self._latest_body = self.kept.start_merge()
        self._pending.ends_merge = True
        return self.take()

    def is_merge_due(self, readings: int, rows: int) -> bool:
        """Whether so many readings, or rows of the journal, wait to be merged, and no merge is under way."""
        return self._latest_body is None and (self.kept.unmerged >= readings or len(self._journal) >= rows)

    def write(self, delta: Delta) -> None:
        """Make a delta durable, and before it all that could not be written so far. As `commit`."""
        self.hold(delta)
        self.write_held()

    def hold(self, delta: Delta) -> None:
        """Keep a delta in memory for `write_held`."""
        with self.lock:
            if self._unwritten and not self._unwritten[-1].ends_merge:
                self._unwritten[-1].add(delta)
            elif not delta.is_empty():
                self._unwritten.append(delta)

    def write_held(self) -> None:
        """Make what is held durable. As `commit`."""
        with self.lock:
            if not self._unwritten:
                return
            with self.transaction():
                numbers = [self._insert(each) for each in self._unwritten]
            for number, delta in zip(numbers, self._unwritten):
                self._note(number, delta.changes)
                if delta.ends_merge:
                    self._merge_to = number
            self._unwritten = []

    def _insert(self, delta: Delta) -> int:
        """Write one delta within a transaction; the number of its row in the journal."""
        for statement, rows in delta.statements:
            self.connection.executemany(statement, rows)
        self._insert_outbox(delta.outbox)
        cursor = self.connection.execute("INSERT INTO journal (body) VALUES (?)", (delta.journal_row(),))
        return int(cursor.lastrowid or 0)

    # Space -----------------------------------------------------------------------------------------------------

    def evict_readings(self, size: int) -> int:
        """Give up the readings that were stored first, of `size` bytes or a little more; how many.

        Raises:
            FullError: The state cannot be written.
        """
        with self.lock:
            found: list[tuple[int, str, int, int]] = []
            rows = self.connection.execute(
                "SELECT id, machine_id, last_us, readings, length(body) FROM segments ORDER BY id"
            )
            for *row, length in rows:
                found.append((row[0], row[1], row[2], row[3]))
                size -= length
                if size <= 0:
                    break
            rows.close()
            with self.transaction():
                for number, machine_id, last_us, _ in found:
                    self.connection.execute("DELETE FROM segments WHERE id = ?", (number,))
                    self.connection.execute(_PUT_HORIZON, (machine_id, last_us))
                count = sum(row[3] for row in found)
                if count:
                    self.count_now("evicted_readings", count)
            for _, machine_id, last_us, _ in found:
                self.kept.note_evicted(machine_id, last_us)
            self.kept.forget_cached()
            return count

    def shrink(self) -> None:
        """Give unused pages, and the space of the log of commits, back to the medium.

        Raises:
            FullError: The state cannot be written.
        """
        with self.lock, named_errors(self.path.name):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self.connection.execute(f"PRAGMA incremental_vacuum({_VACUUM_PAGES})").fetchall()
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    # What could not be written yet ------------------------------------------------------------------------------

    @property
    def is_behind(self) -> bool:
        """Whether something that was handed to `write` is not durable."""
        return bool(self._unwritten)

    def unwritten_outbox(self, feed: str) -> list[OutboxRow]:
        """The records of a feed that are not durable; under `lock`."""
        return [row for delta in self._unwritten for row in delta.outbox if row[1] == feed]

    def replace_unwritten(self, feed: str, rows: list[OutboxRow], *, sent: bool = False) -> None:
        """Put rows in the place of those of `unwritten_outbox`; under `lock`. What is missing then counts as sent."""
        before = len(self.unwritten_outbox(feed))
        for delta in self._unwritten:
            delta.outbox = [row for row in delta.outbox if row[1] != feed]
        first, last = self._unwritten[0], self._unwritten[-1]
        first.outbox += rows
        last.changes.sequence = max(last.changes.sequence, *(row[0] for row in rows)) if rows else last.changes.sequence
        if sent:
            first.changes.counts[f"sent_{feed}"] += before - len(rows)

    def bound_unwritten(self, most: Mapping[str, int], most_readings: int) -> None:
        """Give up the oldest of what cannot be written beyond some numbers; counted as ``unstored_<feed>``.

        Args:
            most: Records by feed.
            most_readings: Readings.
        """
        with self.lock:
            for feed, count in most.items():
                rows = self.unwritten_outbox(feed)
                if len(rows) > count:
                    self.replace_unwritten(feed, rows[-count:])
                    self._unwritten[0].changes.counts[f"unstored_{feed}"] += len(rows) - count
            excess = sum(len(delta.readings) for delta in self._unwritten) - most_readings
            for delta in self._unwritten:
                dropped = min(max(excess, 0), len(delta.readings))
                if dropped:
                    self.given_up.append(delta.readings.first(dropped))
                    delta.readings.drop_first(dropped)
                    self._unwritten[0].changes.counts["unstored_readings"] += dropped
                excess -= dropped

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction of the calling thread; nothing of it is left where the block raises.

        Raises:
            FullError: It cannot be written.
            DamagedError: The file is damaged.
        """
        with self.lock, named_errors(self.path.name):
            before = (self.outbox_bytes, dict(self._counters))
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                self.outbox_bytes, self._counters = before
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def merge(self) -> None:
        """Write the journal into segments and tables; nothing where no merge was started or its delta is unwritten.

        Raises:
            FullError: It cannot be written; it is tried again with the next call.
            DamagedError: The file is damaged.
        """
        if self._merge_to is None:
            return
        rows = self.kept.segment_rows()
        with self.lock:
            changes = Changes()
            for number, each in self._journal:
                if number <= self._merge_to:
                    changes.add(each)
            with self.transaction():
                self.connection.executemany(
                    "INSERT INTO segments (machine_id, first_us, last_us, readings, body) VALUES (?, ?, ?, ?, ?)", rows
                )
                self.connection.execute("REPLACE INTO latest VALUES (1, ?)", (self._latest_body,))
                self._write_changes(changes)
                self.connection.execute("DELETE FROM journal WHERE id <= ?", (self._merge_to,))
            self._journal = [row for row in self._journal if row[0] > self._merge_to]
            self._merge_to = self._latest_body = None
            self.kept.merged()

    def _write_changes(self, changes: Changes) -> None:
        many = self.connection.executemany
        many(_ADD_COUNT, sorted(changes.counts.items()))
        for name, value in ((SEQUENCE, changes.sequence), (TAKEN, changes.taken)):
            if value:
                self.connection.execute("REPLACE INTO counters VALUES (?, ?)", (name, value))
        many("REPLACE INTO clocks VALUES (?, ?)", changes.clocks.items())
        many("REPLACE INTO sensors VALUES (?, ?, ?)", [(*key, state) for key, state in changes.sensors.items()])
        self.connection.execute("DELETE FROM sensors WHERE state = ?", (DROPPED,))
        many("REPLACE INTO files VALUES (?, ?, ?)", [(digest, *at) for digest, at in changes.files.items()])

    def _insert_outbox(self, rows: list[OutboxRow]) -> None:
        if rows:
            self.connection.executemany(_PUT_OUTBOX, rows)
            self.add_outbox_bytes(sum(len(row[4]) for row in rows))

    def add_outbox_bytes(self, size: int) -> None:
        """Count bytes that came into the outbox or, below 0, left it; within a transaction."""
        self.outbox_bytes += size
        self.connection.execute("REPLACE INTO about VALUES (?, ?)", (OUTBOX_BYTES, str(self.outbox_bytes)))

    def count_now(self, name: str, by: int) -> None:
        """Add to a counter within a transaction."""
        self.connection.execute(_ADD_COUNT, (name, by))
        self._counters[name] = self._counters.get(name, 0) + by

    def _note(self, number: int, changes: Changes) -> None:
        """Let counters and states of memory be those of a row of the journal."""
        self._journal.append((number, changes))
        for name, by in changes.counts.items():
            self._counters[name] = self._counters.get(name, 0) + by
        for name, value in ((SEQUENCE, changes.sequence), (TAKEN, changes.taken)):
            if value:
                self._counters[name] = max(self._counters.get(name, 0), value)

    def about(self, name: str) -> str | None:
        """What the state says of itself under a name; None where it says nothing."""
        row = self.connection.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None


@contextmanager
def named_errors(name: str) -> Iterator[None]:
    """Errors of SQLite as ours, by what is to be done about them.

    Raises:
        FullError: There is no space, or the medium refuses to write.
        DamagedError: The file is damaged.
        StateError: Another process uses it.
    """
    try:
        yield
    except sqlite3.OperationalError as exc:
        if "locked" in str(exc):
            raise StateError(f"state file {name}: another gateway is using it ({exc}); stop that one") from exc
        raise FullError(f"state file {name} cannot be written: {exc}") from exc
    except sqlite3.DatabaseError as exc:
        raise DamagedError(f"state file {name} is damaged: {exc}; move it away and start again") from exc
    except (ValueError, TypeError, KeyError, IndexError) as exc:
        raise DamagedError(f"state file {name} is damaged: {exc}; move it away and start again") from exc
