"""What waits to be sent. A row leaves only when its file stands complete in the uplink folder.

Rows are told apart by (gateway_id, sequence), never by their times: two records of one instant are two rows. A batch is
written down before its file: after a lost acknowledgement the same rows go into the same file with the same bytes.

Sequences grow by one. The first of a state is the clock's microseconds since epoch when it is made, so that a state
that takes the place of a lost one goes on beyond every number of that: it sent less than a million records a second.
Nothing is scored before the clock is set, for every reading then lies in the future; so no number is of such a clock.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from edge_bundle.gateway.store import Store

SEQUENCE = "sequence"
"""Where among the state's counters the last number stands; it counts nothing."""
ALERT_PRIORITY, SCORE_PRIORITY = 0, 1
_PRIORITIES = {"alerts": ALERT_PRIORITY, "edge_scores": SCORE_PRIORITY}
_EVICT_ROWS = 1000
# A begun batch stays whole: its file may stand already, and must not be written again with fewer rows.
_FREE = """SELECT sequence FROM outbox WHERE NOT EXISTS (
    SELECT 1 FROM batch WHERE batch.feed = outbox.feed AND outbox.sequence BETWEEN batch.first AND batch.last)"""


@dataclass(frozen=True)
class Batch:
    """Rows of one feed that go into one file: all that wait from `first` to `last`."""

    feed: str
    first: int
    last: int


class Outbox:
    """The outbox of one gateway, kept in its state file."""

    def __init__(self, store: Store, gateway_id: str) -> None:
        self._store, self._run = store, store.connection.execute
        self._gateway_id = gateway_id
        counters = store.counters()
        self._sequence = counters.get(SEQUENCE, 0)
        self._bytes = self._run("SELECT coalesce(sum(length(body)), 0) FROM outbox").fetchone()[0]

    @property
    def size_bytes(self) -> int:
        """Bytes of all waiting records."""
        return int(self._bytes)

    def waiting(self) -> int:
        """Number of waiting records."""
        return int(self._run("SELECT count(*) FROM outbox").fetchone()[0])

    def add(self, feed: str, fields: dict[str, Any], created_us: int) -> int:
        """Append a record, within the caller's transaction; its sequence number.

        Args:
            feed: alerts or edge_scores.
            fields: The feed's columns, gateway and sequence left out.
            created_us: The gateway's clock, for eviction by age; the state's first record is numbered by it.
        """
        self._sequence = (self._sequence or created_us) + 1
        named = {**fields, "gateway_id": self._gateway_id, "sequence": self._sequence}
        body = json.dumps(named, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("utf-8")
        row = (self._sequence, feed, _PRIORITIES[feed], created_us, body)
        self._run("INSERT INTO outbox VALUES (?, ?, ?, ?, ?)", row)
        self._bytes += len(body)
        return self._sequence

    def keep_sequence(self) -> None:
        """Write down how far the numbers have grown, within the caller's transaction."""
        self._run("REPLACE INTO counters VALUES (?, ?)", (SEQUENCE, self._sequence))

    def open_batch(self) -> Batch | None:
        """The batch that was begun and not yet acknowledged."""
        row = self._run("SELECT feed, first, last FROM batch").fetchone()
        return Batch(*row) if row else None

    def begin_batch(self, rows: int) -> Batch | None:
        """Begin the next batch, the most urgent feed first, at most `rows` records; None where nothing waits."""
        head = self._run("SELECT feed FROM outbox ORDER BY priority, sequence LIMIT 1").fetchone()
        if head is None:
            return None
        first, last = self._run(
            "SELECT min(sequence), max(sequence) FROM "
            "(SELECT sequence FROM outbox WHERE feed = ? ORDER BY sequence LIMIT ?)",
            (head[0], rows),
        ).fetchone()
        self._store.begin()
        self._run("INSERT INTO batch VALUES (?, ?, ?)", (head[0], first, last))
        self._store.commit()
        return Batch(head[0], first, last)

    def lines(self, batch: Batch) -> list[bytes]:
        """The batch's records as JSON, by sequence."""
        found = self._run(
            "SELECT body FROM outbox WHERE feed = ? AND sequence BETWEEN ? AND ? ORDER BY sequence",
            (batch.feed, batch.first, batch.last),
        )
        return [row[0] for row in found]

    def acknowledge(self, batch: Batch) -> None:
        """Forget the batch's records: their file stands."""
        self._store.begin()
        sizes = (
            "SELECT count(*), coalesce(sum(length(body)), 0) FROM outbox WHERE feed = ? AND sequence BETWEEN ? AND ?"
        )
        rows, size = self._run(sizes, (batch.feed, batch.first, batch.last)).fetchone()
        self._run(
            "DELETE FROM outbox WHERE feed = ? AND sequence BETWEEN ? AND ?", (batch.feed, batch.first, batch.last)
        )
        self._run("DELETE FROM batch")
        self._store.count(f"sent_{batch.feed}", rows)
        self._store.commit()
        self._bytes -= size

    def evict_old(self, older_than_us: int) -> int:
        """Drop, within the caller's transaction, what is older.

        Returns:
            How many records were dropped; they are counted as ``evicted_<feed>``.
        """
        return self._drop(self._run(f"{_FREE} AND created_us < ?", (older_than_us,)).fetchall())

    def evict_excess(self, most_bytes: int) -> int:
        """Drop, within the caller's transaction, the least urgent and oldest beyond `most_bytes`.

        Returns:
            How many records were dropped; they are counted as ``evicted_<feed>``.
        """
        dropped = 0
        while self._bytes > most_bytes:
            some = self._run(f"{_FREE} ORDER BY priority DESC, sequence LIMIT ?", (_EVICT_ROWS,)).fetchall()
            if not some:
                break
            dropped += self._drop(self._enough(some, self._bytes - most_bytes))
        return dropped

    def _enough(self, rows: list[Any], needed: int) -> list[Any]:
        """The first of `rows` that together free the `needed` bytes."""
        freed = 0
        for at, row in enumerate(rows):
            freed += self._run("SELECT length(body) FROM outbox WHERE sequence = ?", row).fetchone()[0]
            if freed >= needed:
                return rows[: at + 1]
        return rows

    def _drop(self, rows: list[Any]) -> int:
        for row in rows:
            feed, size = self._run("SELECT feed, length(body) FROM outbox WHERE sequence = ?", row).fetchone()
            self._run("DELETE FROM outbox WHERE sequence = ?", row)
            self._store.count(f"evicted_{feed}", 1)
            self._bytes -= size
        return len(rows)
