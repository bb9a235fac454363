"""What waits to be sent. A row leaves only when its batch is delivered.

A row is identified by (gateway_id, sequence), never by its time: two records of one instant are two rows. A batch is
stored before it is delivered: after a lost acknowledgement the same rows go into the same batch with the same bytes.

Sequences grow by one. The first of a state is the clock's microseconds since epoch when it is made, so that a state
that takes the place of a lost one goes on beyond every number of that: it sent less than a million records a second.
Nothing is scored before the clock is set, for every reading then lies in the future; so no number is of such a clock.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from contextlib import suppress
from typing import Any

from edge_bundle.gateway.clocks.age import Age
from edge_bundle.gateway.clocks.clock import Clock
from edge_bundle.gateway.errors import FullError
from edge_bundle.gateway.state.delta import OutboxRow
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.state_file.journal_merge import SEQUENCE
from edge_bundle.gateway.uplink.uplink import Batch

ALERT_PRIORITY, SCORE_PRIORITY = 0, 1
PRIORITIES = {"alerts": ALERT_PRIORITY, "edge_scores": SCORE_PRIORITY}
_EVICT_ROWS = 1000
_AGE = "age"
# A begun batch stays whole: it may be delivered already, and must not be delivered again with fewer rows.
_FREE = """SELECT sequence, feed, length(body) FROM outbox WHERE NOT EXISTS (
    SELECT 1 FROM batch WHERE batch.feed = outbox.feed AND outbox.sequence BETWEEN batch.first AND batch.last)"""
_OF_BATCH = "FROM outbox WHERE feed = ? AND sequence BETWEEN ? AND ?"


class Outbox:
    """The outbox of one gateway, stored in its state.

    `add` is for the thread that puts; the other methods may run in another.
    """

    def __init__(self, store: Store, gateway_id: str, clock: Clock) -> None:
        self._store = store
        self._gateway_id, self._clock = gateway_id, clock
        self._sequence = store.counters().get(SEQUENCE, 0)
        self._number_lock = threading.Lock()
        self._age = Age(clock, store.about(_AGE))
        # Batches that are delivered while the state could not be written; their rows must not go out again.
        self._sent: list[Batch] = []
        self._by_clock = range(0)

    @property
    def size_bytes(self) -> int:
        """Bytes of all waiting records that are stored."""
        return self._store.outbox_bytes

    def waiting(self) -> int:
        """Number of waiting records that are stored."""
        return int(self._row("SELECT count(*) FROM outbox")[0])

    def add(self, feed: str, fields: dict[str, Any], created_us: int) -> int:
        """Append a record, to become durable with the next commit; its sequence number.

        Args:
            feed: alerts or edge_scores.
            fields: The feed's columns, gateway and sequence left out.
            created_us: The gateway's wall clock; the state's first record is numbered by it.
        """
        with self._number_lock:
            self._sequence = number = (self._sequence or created_us) + 1
        body = _body({**fields, "gateway_id": self._gateway_id, "sequence": number})
        self._store.put_outbox((number, feed, PRIORITIES[feed], self._age.now_us(), body))
        self._store.put_about(_AGE, self._age.to_text())
        return number

    # Sending ---------------------------------------------------------------------------------------------------

    def open_batch(self, feed: str) -> Batch | None:
        """The batch of a feed that was begun and not yet acknowledged."""
        first, last = self._row("SELECT first, last FROM batch WHERE feed = ?", feed)
        return Batch(feed, first, last) if first <= last and Batch(feed, first, last) not in self._sent else None

    def begin_batch(self, feed: str, rows: int) -> Batch | None:
        """Begin the next batch of a feed, at most `rows` records; None where nothing waits.

        Where the state cannot be written the batch is only remembered: a kill before its acknowledgement may then
        send its rows in two batches.
        """
        beyond = max((batch.last for batch in self._sent if batch.feed == feed), default=-1)
        first, last = self._row(
            "SELECT min(sequence), max(sequence) FROM "
            "(SELECT sequence FROM outbox WHERE feed = ? AND sequence > ? ORDER BY sequence LIMIT ?)",
            feed,
            beyond,
            rows,
        )
        if first is None:
            return None
        batch = Batch(feed, first, last)
        with suppress(FullError), self._store.transaction():
            # A row that is always there: no page is added to a file that may not grow.
            self._run("UPDATE batch SET first = ?, last = ? WHERE feed = ?", first, last, feed)
        return batch

    def lines(self, batch: Batch) -> list[bytes]:
        """The batch's records as JSON, by sequence."""
        return [row[0] for row in self._store.rows(f"SELECT body {_OF_BATCH} ORDER BY sequence", *_key(batch))]

    def acknowledge(self, batch: Batch) -> None:
        """Forget the batch's records: they are delivered. Where the state cannot be written, once it can."""
        self._sent.append(batch)
        with suppress(FullError):
            self.forget_sent()

    @property
    def has_sent(self) -> bool:
        """Whether records that left are still stored."""
        return bool(self._sent)

    def forget_sent(self) -> None:
        """Forget the records of acknowledged batches that are still stored.

        Raises:
            FullError: The state cannot be written.
        """
        while self._sent:
            self._forget(self._sent[0])
            del self._sent[0]

    def _forget(self, batch: Batch) -> None:
        with self._store.transaction():
            rows, size = self._row(f"SELECT count(*), coalesce(sum(length(body)), 0) {_OF_BATCH}", *_key(batch))
            self._run(f"DELETE {_OF_BATCH}", *_key(batch))
            self._run("UPDATE batch SET first = 0, last = -1 WHERE feed = ?", batch.feed)
            self._store.add_outbox_bytes(-size)
            self._store.count_now(f"sent_{batch.feed}", rows)
        if batch.feed == "alerts":
            self._store.unwritten.sent(batch.last)

    def unwritten_batch(self, feed: str) -> tuple[Batch, list[bytes]] | None:
        """The records of a feed that cannot be stored now, renumbered by the clock; None where there are none.

        A process that is killed now knows nothing of these numbers when it is started again: they are beyond all that
        it will give then, as the first numbers of a state are.
        """
        with self._store.lock:
            rows = self._store.unwritten.outbox(feed)
            if not rows:
                return None
            rows = self._renumbered(rows)
            self._store.unwritten.replace(feed, rows)
        return Batch(feed, rows[0][0], rows[-1][0]), [row[4] for row in rows]

    def _renumbered(self, rows: list[OutboxRow]) -> list[OutboxRow]:
        """The rows with numbers from the clock on, where they have not got such yet."""
        if rows[0][0] in self._by_clock:
            return rows
        with self._number_lock:
            first = max(self._sequence, self._clock.wall_us()) + 1
            self._sequence = first + len(rows) - 1
        self._by_clock = range(first, self._sequence + 1)
        bodies = [_body({**json.loads(row[4]), "sequence": first + at}) for at, row in enumerate(rows)]
        return [(first + at, *row[1:4], body) for at, (row, body) in enumerate(zip(rows, bodies))]

    def acknowledge_unwritten(self, batch: Batch) -> None:
        """Forget records that left without having been stored; they are counted with the next commit."""
        with self._store.lock:
            rows = [row for row in self._store.unwritten.outbox(batch.feed) if row[0] > batch.last]
            self._store.unwritten.replace(batch.feed, rows, f"sent_{batch.feed}")

    # Eviction --------------------------------------------------------------------------------------------------

    def evict_old(self, longest_us: int) -> int:
        """Drop what has waited longer than `longest_us` on a running device.

        Returns:
            How many records were dropped; they are counted as ``evicted_<feed>``.
        """
        oldest_us = self._age.now_us() - longest_us
        return self._drop(self._store.rows(_FREE + " AND aged_us < ?", oldest_us))

    def evict_excess(self, most_bytes: int) -> int:
        """Drop the least urgent and oldest beyond `most_bytes`. As `evict_old`."""
        dropped = 0
        while self.size_bytes > most_bytes:
            some = self._store.rows(_FREE + " ORDER BY priority DESC, sequence LIMIT ?", _EVICT_ROWS)
            if not some:
                break
            dropped += self._drop(_enough(some, self.size_bytes - most_bytes))
        return dropped

    def _drop(self, rows: list[Any]) -> int:
        if rows:
            with self._store.transaction():
                self._store.connection.executemany("DELETE FROM outbox WHERE sequence = ?", [row[:1] for row in rows])
                self._store.add_outbox_bytes(-sum(row[2] for row in rows))
                for feed, count in Counter(row[1] for row in rows).items():
                    self._store.count_now(f"evicted_{feed}", count)
        return len(rows)

    def _row(self, query: str, *values: object) -> Any:
        return self._store.rows(query, *values)[0]

    def _run(self, statement: str, *values: object) -> None:
        self._store.connection.execute(statement, values)


def _key(batch: Batch) -> tuple[str, int, int]:
    return batch.feed, batch.first, batch.last


def _body(named: dict[str, Any]) -> bytes:
    return json.dumps(named, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("utf-8")


def _enough(rows: list[Any], needed: int) -> list[Any]:
    """The first of `rows` that together free the `needed` bytes."""
    freed = 0
    for at, row in enumerate(rows):
        freed += row[2]
        if freed >= needed:
            return rows[: at + 1]
    return rows
