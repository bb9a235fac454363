"""A damaged state file is put aside while the gateway runs, and another begins with what memory and the file hold."""

from __future__ import annotations

import logging
import sqlite3
import threading
from pathlib import Path
from typing import Protocol

from edge_bundle.gateway.errors import DamagedError
from edge_bundle.gateway.state.delta import Delta
from edge_bundle.gateway.state.unwritten import Unwritten
from edge_bundle.gateway.state_file import quarantine, schema
from edge_bundle.gateway.state_file.integrity import IntegrityCheck
from edge_bundle.gateway.state_file.journal import Journal
from edge_bundle.gateway.state_file.reading_store import ReadingStore
from edge_bundle.gateway.state_file.refill import DAMAGES, refill
from edge_bundle.gateway.state_file.salvage import Salvaged
from edge_bundle.gateway.state_file.state_errors import named_errors

_log = logging.getLogger(__name__)


class OpenFile(Protocol):
    """What a repair needs of an open state file; the attributes are those of `StateFile`."""

    path: Path
    owner: str
    lock: threading.RLock
    connection: sqlite3.Connection
    is_in_memory: bool
    waits_for_space: bool
    journal: Journal
    reading_store: ReadingStore
    unwritten: Unwritten

    def open_again(self) -> None:
        """Connect to the file that is there now; under the lock."""

    def replaced(self) -> None:
        """Another file is in the place of the damaged one: let memory know; under the lock."""


class Repair:
    """Finds damage in an open state file, and puts the file aside."""

    def __init__(self, file: OpenFile) -> None:
        """A repair of this file; nothing is looked for yet."""
        self._file = file
        self._check: IntegrityCheck | None = None

    def start_check(self) -> None:
        """Begin to look through the whole file, while it is used."""
        file = self._file
        if file.is_in_memory:
            return
        with file.lock, named_errors(file.path.name):
            file.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            file.connection.execute("PRAGMA wal_autocheckpoint = 0")
            self._check = IntegrityCheck(file.path)

    def stop_check(self) -> None:
        """End a check where it is; under the file's lock."""
        if self._check is not None:
            self._check.stop()
            self._check = None

    def if_damaged(self) -> None:
        """Put the file aside where something in it was found to be damaged.

        Raises:
            FullError: There is no space for another file; the damaged one goes on for now.
        """
        file, finding = self._file, None
        if self._check is not None and self._check.is_done:
            finding = self._check.finding
            with file.lock:
                self.stop_check()
                file.connection.execute(f"PRAGMA wal_autocheckpoint = {schema.CHECKPOINT_PAGES}")
        if finding is not None or file.reading_store.is_suspect:
            _log.warning("state file %s is damaged: %s", file.path.name, finding or "a segment cannot be read")
            self.put_aside()

    def put_aside(self) -> None:
        """Put the file aside, and go on with another. As `if_damaged`.

        Raises:
            DamagedError: The state is in memory: there is nothing beside it to go on from.
        """
        file = self._file
        if file.is_in_memory and not file.waits_for_space:
            raise DamagedError("the state in memory is damaged, and nothing else holds it; start with a new one")
        with file.lock:
            self.stop_check()
            file.connection.close()
            try:
                with named_errors(file.path.name):
                    quarantine.put_aside(file.path, file.owner, self._refill)
            finally:
                file.open_again()
            file.replaced()

    def _refill(self, fresh: sqlite3.Connection, found: Salvaged) -> None:
        """Saved rows, and in the place of sources, counters and journal what memory holds of them."""
        file, counters = self._file, self._file.journal.counters
        found.rows["sources"] = file.reading_store.sources.rows()
        found.rows["journal"] = []
        found.rows["outbox"] = file.unwritten.with_alerts(found.rows.get("outbox", []))
        found.damaged -= {"sources", "journal", "counters"}
        refill(fresh, found, 0)
        counters[DAMAGES] = counters.get(DAMAGES, 0) + 1
        fresh.executemany("REPLACE INTO counters VALUES (?, ?)", sorted(counters.items()))
        for number, readings in ((1, file.reading_store.merging_columns()), (2, file.reading_store.recent_columns())):
            fresh.execute("INSERT INTO journal VALUES (?, ?)", (number, Delta(readings).journal_row()))
