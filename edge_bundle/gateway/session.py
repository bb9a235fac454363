"""Items in transactions: every so many records all that they changed becomes lasting at once, then is sent."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from edge_bundle.gateway.engine import Engine
from edge_bundle.gateway.records import Item
from edge_bundle.gateway.scoring import Parts
from edge_bundle.gateway.times import US
from edge_bundle.gateway.uplink import FolderUplink

_log = logging.getLogger(__name__)


class Session:
    """One run over a store: an engine, its open transaction, the uplink.

    Attributes:
        engine: What takes the items.
        sent: Files written so far.
        uplink_error: Why the last attempt to send failed; None where it did not.
    """

    def __init__(self, parts: Parts, uplink: FolderUplink) -> None:
        self.engine = Engine(parts)
        self.sent: list[Path] = []
        self.uplink_error: str | None = None
        self._parts, self._uplink = parts, uplink
        self._positions: dict[str, tuple[int, bool]] = {}
        self._taken = 0
        self._committed_us = parts.clock.monotonic_us()
        parts.store.begin()

    def take(self, items: Iterable[Item]) -> None:
        """Take the items of one record; commits when enough have come."""
        for item in items:
            self.engine.accept(item)
        self._taken += 1
        if self._taken >= self._parts.config.commit_every:
            self.commit()

    def at_position(self, digest: str, records: int, *, is_done: bool = False) -> None:
        """Note how far a file was taken; it lasts with the next commit."""
        self._positions[digest] = (records, is_done)

    def commit_when_due(self) -> None:
        """Commit and send where an alert is urgent, or records, scores or what could not be sent wait too long."""
        waited_us = self._parts.clock.monotonic_us() - self._committed_us
        is_late = waited_us >= self._parts.config.commit_s * US
        has_waiting = self._taken or self.engine.counts or self._parts.outbox.size_bytes
        if self.engine.urgent or (is_late and has_waiting):
            self.commit()

    def commit(self) -> None:
        """Make all lasting, then send what waits; what could not be sent and is too old is dropped, counted."""
        parts = self._parts
        for digest, (records, is_done) in self._positions.items():
            parts.store.put_position(digest, records, is_done=is_done)
        self.engine.save()
        parts.outbox.evict_excess(parts.config.outbox_bytes)
        parts.store.commit()
        self._positions.clear()
        self._taken, self._committed_us = 0, parts.clock.monotonic_us()
        self._send()
        parts.store.begin()
        if self.uplink_error is not None:
            parts.outbox.evict_old(parts.clock.wall_us() - parts.config.keep_outbox_s * US)

    def finish(self) -> None:
        """Commit and send for the last time."""
        self.commit()
        self._parts.store.commit()

    def _send(self) -> None:
        try:
            self.sent += self._uplink.send(self._parts.outbox)
            self.uplink_error = None
        except OSError as exc:
            self.uplink_error = f"{exc.strerror or exc}: {exc.filename or 'uplink'}"
            _log.warning("uplink: %s; %d records wait", self.uplink_error, self._parts.outbox.waiting())
