"""How the state reaches its file, one SQLite file that a power cut cannot tear.

What one commit changes is collected in memory and written at once: readings and states as one row of a journal, the
rest as rows of their tables. From time to time the journal is merged into segments and tables. A restart reads tables
first, then the journal, and goes on exactly where the last commit ended.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge_bundle.gateway.clocks.clock import system_wall_us
from edge_bundle.gateway.errors import DamagedError, FullError
from edge_bundle.gateway.state.delta import Delta, OutboxRow, read_journal_row
from edge_bundle.gateway.state.unwritten import Unwritten
from edge_bundle.gateway.state_file import quarantine
from edge_bundle.gateway.state_file.journal import Journal
from edge_bundle.gateway.state_file.journal_merge import ADD_COUNT, write_changes
from edge_bundle.gateway.state_file.opening import MEMORY, open_again, open_file, open_in_memory, write_file
from edge_bundle.gateway.state_file.reading_store import ReadingStore
from edge_bundle.gateway.state_file.refill import DAMAGE, refill
from edge_bundle.gateway.state_file.repair import Repair
from edge_bundle.gateway.state_file.salvage import Salvaged
from edge_bundle.gateway.state_file.state_errors import check_access, named_errors
from edge_bundle.gateway.state_file.state_lock import StateLock

OUTBOX_BYTES = "outbox_bytes"
STATE_BYTES = 1024**3
STATE_NAME = "state.sqlite"
"""The file's name in its folder."""
_log = logging.getLogger(__name__)
_PUT_OUTBOX = "INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?)"


class StateFile:
    """An open state file: deltas become durable one after the other, each of it or nothing.

    One thread puts and takes; `write`, `merge` and what the outbox does may run in another.

    Attributes:
        path: The file; its name alone, ``:memory:``, where there is none.
        lock: Held around every use of `connection`.
        outbox_bytes: Bytes of all records in the table `outbox`.
        unwritten: What is not durable yet; under `lock`.
        journal: What memory knows of the journal; under `lock`.
        owner: Whose the file is, in words.
        damage: What could be saved of a damaged file, until an alert has reported it; None or empty otherwise.
        is_in_memory: Whether the state is in memory, so that nothing of it is durable.
        waits_for_space: Whether it is there only until there is space for its file.
        must_put_all: Whether all states have to be put again, for a damaged file may have lost them.
    """

    def __init__(
        self,
        path: Path | None,
        gateway_id: str,
        plant: str,
        state_bytes: int = STATE_BYTES,
        wall_us: Callable[[], int] = system_wall_us,
        *,
        may_wait: bool = False,
    ) -> None:
        """Open the file, or make it; a damaged one is put aside, and what can be read of it goes on in another.

        Args:
            path: Where it is, or will be; None for a state in memory, which is gone when it is closed.
            gateway_id: Whose it is.
            plant: And of which plant.
            state_bytes: It grows no larger.
            wall_us: The wall clock, for numbers beyond those that a damage may have taken.
            may_wait: Whether a new state may wait in memory while there is no space for its file.

        Raises:
            StateError: It is in use, of another version, or of another gateway or plant, or may not be written.
            FullError: There is no space to make it.
        """
        self.path, self._state_bytes, self._wall_us = path or Path(MEMORY), state_bytes, wall_us
        self.lock = threading.RLock()
        self.must_put_all = False
        self.is_in_memory, self.waits_for_space = path is None, False
        self._repair = Repair(self)
        self.owner = f"{gateway_id} of plant {plant}"
        self._folder_lock = StateLock(path.parent) if path is not None else None
        try:
            if path is None:
                self._load_from(open_in_memory(self.owner, state_bytes))
                return
            check_access(path)
            with named_errors(path.name):
                quarantine.finish(path)
            self._open(may_wait=may_wait)
        except BaseException:
            self._release()
            raise

    def _release(self) -> None:
        if self._folder_lock is not None:
            self._folder_lock.release()

    def close(self) -> None:
        """Close the file; what was not committed is gone."""
        with self.lock:
            self._repair.stop_check()
            self.connection.close()
            self._release()

    def _open(self, *, may_wait: bool) -> None:
        try:
            self._open_file()
        except DamagedError as exc:
            _log.warning("%s", exc)
            try:
                with named_errors(self.path.name):
                    quarantine.put_aside(self.path, self.owner, self._refill)
                self._open_file()
            except FullError as full:
                _log.warning("%s; the damaged file stays as it is, a new state begins", full)
                quarantine.rename_aside(self.path)
                self._open_in_memory(may_wait=may_wait)
        except FullError:
            if self.path.exists() and self.path.stat().st_size:
                raise
            self._open_in_memory(may_wait=may_wait)

    def _open_file(self) -> None:
        self._load_from(open_file(self.path, self.owner, self._state_bytes))

    def _load_from(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        try:
            with named_errors(self.path.name):
                self._load()
        except BaseException:
            connection.close()
            raise

    def _open_in_memory(self, *, may_wait: bool) -> None:
        if not may_wait:
            raise FullError(f"state file {self.path.name} cannot be made: there is no space; make some, start again")
        _log.warning("state file %s cannot be made: there is no space; the state waits in memory", self.path.name)
        self.is_in_memory = self.waits_for_space = True
        self._load_from(open_in_memory(self.owner))

    def settle(self) -> None:
        """Write a state that waits in memory into its file.

        Raises:
            FullError: There is no space.
        """
        with self.lock:
            write_file(self.connection, self.path)
            self.connection.close()
            self.open_again()
            self.reading_store.reopened(self.connection)
            self.is_in_memory = self.waits_for_space = False

    def _refill(self, fresh: sqlite3.Connection, found: Salvaged) -> None:
        refill(fresh, found, self._wall_us())

    def _load(self) -> None:
        self.outbox_bytes = int(self.about(OUTBOX_BYTES) or 0)
        self.damage = self.about(DAMAGE)
        self._pending = Delta()
        self.unwritten = Unwritten()
        self.journal = Journal(dict(self.connection.execute("SELECT name, value FROM counters")))
        self.reading_store = ReadingStore(self.connection, self.lock)
        self.reading_store.load()
        for number, body in self.connection.execute("SELECT id, body FROM journal ORDER BY id"):
            readings, changes = read_journal_row(body)
            self.reading_store.load_journal(readings)
            self.journal.add(number, changes)

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
        while self.unwritten.given_up:
            self.reading_store.give_up(self.unwritten.given_up.popleft())
        delta, self._pending = self._pending, Delta()
        return delta

    def take_for_merge(self) -> Delta:
        """As `take`; `merge` can follow once the delta is written. Nothing while a merge is under way."""
        if self.journal.is_merging:
            return self.take()
        self.journal.latest_body = self.reading_store.start_merge()
        self._pending.ends_merge = True
        return self.take()

    def is_merge_due(self, readings: int, rows: int) -> bool:
        """Whether so many readings, or rows of the journal, wait to be merged, and no merge is under way."""
        return not self.journal.is_merging and (
            self.reading_store.unmerged >= readings or len(self.journal.rows) >= rows
        )

    def write(self, delta: Delta) -> None:
        """Make a delta durable, and before it all that could not be written so far. As `commit`."""
        self.hold(delta)
        self.write_held()

    def hold(self, delta: Delta) -> None:
        """Keep a delta in memory for `write_held`."""
        with self.lock:
            self.unwritten.add(delta)

    def write_held(self) -> None:
        """Make what is held durable. As `commit`."""
        with self.lock:
            if not self.unwritten:
                return
            with self.transaction():
                numbers = [self._insert(each) for each in self.unwritten]
            for number, delta in zip(numbers, self.unwritten):
                self.journal.add(number, delta.changes)
                if delta.ends_merge:
                    self.journal.merge_up_to(number)
            self.unwritten.clear()

    def _insert(self, delta: Delta) -> int:
        """Write one delta within a transaction; the number of its row in the journal."""
        for statement, rows in delta.statements:
            self.connection.executemany(statement, rows)
        self._insert_outbox(delta.outbox)
        cursor = self.connection.execute("INSERT INTO journal (body) VALUES (?)", (delta.journal_row(),))
        return int(cursor.lastrowid or 0)

    def rows(self, query: str, *values: object) -> list[Any]:
        """The rows of a query; where the file is damaged, of what could be saved of it.

        Raises:
            FullError: It is damaged, and there is no space for another file.
        """
        with self.lock:
            try:
                with named_errors(self.path.name):
                    return self.connection.execute(query, values).fetchall()
            except DamagedError as exc:
                _log.warning("%s", exc)
                self.repair()
                return self.connection.execute(query, values).fetchall()

    # Damage ----------------------------------------------------------------------------------------------------

    def start_check(self) -> None:
        """Begin to look through the whole file, while it is used."""
        self._repair.start_check()

    def repair_if_damaged(self) -> None:
        """Put the file aside where something in it was found to be damaged, and go on with what memory and file hold.

        Raises:
            FullError: There is no space for another file; the damaged one goes on for now.
        """
        self._repair.if_damaged()

    def repair(self) -> None:
        """Put the file aside. As `repair_if_damaged`.

        Raises:
            DamagedError: The state is in memory: there is nothing beside it to go on from.
        """
        self._repair.put_aside()

    def open_again(self) -> None:
        """Connect to the file that is there now; under the lock."""
        self.connection = open_again(self.path, self._state_bytes)

    def replaced(self) -> None:
        """Another file is in the place of the damaged one: let memory know; under the lock."""
        self.reading_store.reopened(self.connection)
        self.outbox_bytes = int(self.about(OUTBOX_BYTES) or 0)
        self.journal.written_again()
        self.damage, self.must_put_all = self.about(DAMAGE), True

    @property
    def is_behind(self) -> bool:
        """Whether something that was handed to `write` is not durable."""
        return bool(self.unwritten)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction of the calling thread; nothing of it is left where the block raises.

        Raises:
            FullError: It cannot be written.
            DamagedError: The file is damaged.
        """
        with self.lock, named_errors(self.path.name):
            before = (self.outbox_bytes, dict(self.journal.counters))
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                self.outbox_bytes, self.journal.counters = before
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def merge(self) -> None:
        """Write the journal into segments and tables; nothing where no merge was started or its delta is unwritten.

        Raises:
            FullError: It cannot be written; it is tried again with the next call.
            DamagedError: The file is damaged.
        """
        last = self.journal.merge_to
        if last is None:
            return
        rows = self.reading_store.segment_rows()
        with self.lock:
            with self.transaction():
                self.connection.executemany(
                    "INSERT INTO segments (machine_id, first_us, last_us, readings, body) VALUES (?, ?, ?, ?, ?)", rows
                )
                self.connection.execute("REPLACE INTO latest VALUES (1, ?)", (self.journal.latest_body,))
                write_changes(self.connection, self.journal.to_merge())
                self.connection.execute("DELETE FROM journal WHERE id <= ?", (last,))
            self.journal.merged()
            self.reading_store.merged()

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
        self.connection.execute(ADD_COUNT, (name, by))
        self.journal.count(name, by)

    def about(self, name: str) -> str | None:
        """What the state says of itself under a name; None where it says nothing."""
        row = self.connection.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None
