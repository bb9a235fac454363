"""Deltas that are not durable yet: one, for a moment, or as many as come while the state cannot be written."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from edge_bundle.gateway.state.columns import Columns
from edge_bundle.gateway.state.delta import Delta, OutboxRow

_MOST_ALERTS = 1000


class Unwritten:
    """Deltas in order. Used under the store's lock.

    Attributes:
        given_up: Readings that could not be stored, for the thread that puts to forget.
    """

    def __init__(self) -> None:
        self.given_up: deque[Columns] = deque()
        self._deltas: list[Delta] = []
        self._alerts: dict[int, OutboxRow] = {}

    def __iter__(self) -> Iterator[Delta]:
        return iter(self._deltas)

    def __bool__(self) -> bool:
        return bool(self._deltas)

    def add(self, delta: Delta) -> None:
        """Take in a later delta; it joins the last one, unless a merge begins between the two."""
        if self._deltas and not self._deltas[-1].ends_merge:
            self._deltas[-1].add(delta)
        elif not delta.is_empty():
            self._deltas.append(delta)

    def clear(self) -> None:
        """Forget them, for they are written; the latest alerts but in a file that may yet prove damaged."""
        rows = [row for delta in self._deltas for row in delta.outbox if row[1] == "alerts"]
        self._alerts.update({row[0]: row for row in rows[-_MOST_ALERTS:]})
        while len(self._alerts) > _MOST_ALERTS:
            del self._alerts[next(iter(self._alerts))]
        self._deltas = []

    def sent(self, last: int) -> None:
        """Forget alerts up to a number: their file is complete."""
        self._alerts = {number: row for number, row in self._alerts.items() if number > last}

    def with_alerts(self, saved: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Saved rows of the outbox, and the latest alerts that were written and are not sent."""
        rows = {row[0]: row for row in saved}
        return [row for _, row in sorted({**self._alerts, **rows}.items())]

    def outbox(self, feed: str) -> list[OutboxRow]:
        """The records of a feed."""
        return [row for delta in self._deltas for row in delta.outbox if row[1] == feed]

    def replace(self, feed: str, rows: list[OutboxRow], counter: str | None = None) -> None:
        """Put rows in the place of those of `outbox`; what is missing then is counted under a name."""
        missing = len(self.outbox(feed)) - len(rows)
        for delta in self._deltas:
            delta.outbox = [row for row in delta.outbox if row[1] != feed]
        if not self._deltas:
            return
        self._deltas[0].outbox += rows
        changes = self._deltas[-1].changes
        changes.sequence = max([changes.sequence, *(row[0] for row in rows)])
        if counter is not None and missing:
            changes.counts[counter] += missing

    def bound(self, most: Mapping[str, int], most_readings: int) -> None:
        """Give up the oldest beyond some numbers; it is counted as ``unstored_<feed>``.

        Args:
            most: Records by feed.
            most_readings: Readings.
        """
        for feed, count in most.items():
            rows = self.outbox(feed)
            if len(rows) > count:
                self.replace(feed, rows[-count:], f"unstored_{feed}")
        excess = sum(len(delta.readings) for delta in self._deltas) - most_readings
        for delta in self._deltas:
            dropped = min(max(excess, 0), len(delta.readings))
            if dropped:
                self.given_up.append(delta.readings.first(dropped))
                delta.readings.drop_first(dropped)
                delta.changes.counts["unstored_readings"] += dropped
            excess -= dropped
