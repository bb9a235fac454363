"""Sending: batches from the outbox to the uplink, alerts first, also where neither state nor card can be written."""

from __future__ import annotations

import logging
from collections import deque

from edge_bundle.gateway.state_file.reserve import Reserve
from edge_bundle.gateway.uplink.outbox import Outbox
from edge_bundle.gateway.uplink.uplink import Batch, Uplink, UplinkError

ALERTS, SCORES = "alerts", "edge_scores"
_NAMES = 10_000
_log = logging.getLogger(__name__)


class Sender:
    """Sends what waits.

    Attributes:
        sent: Names of the newest batches delivered so far.
        error: Why the last attempt failed; None where it did not.
    """

    def __init__(self, outbox: Outbox, uplink: Uplink, reserve: Reserve | None, batch_rows: int) -> None:
        """Prepare.

        Args:
            outbox: What waits.
            uplink: Where to.
            reserve: Space on the uplink's medium that alerts may use; None where none is set aside.
            batch_rows: Records of one batch.
        """
        self.sent: deque[str] = deque(maxlen=_NAMES)
        self.error: str | None = None
        self._outbox, self._uplink, self._reserve, self._batch_rows = outbox, uplink, reserve, batch_rows

    def send(self, *, only_alerts: bool = False) -> None:
        """Deliver every waiting record, and acknowledge each batch once it is delivered; `error` says what failed."""
        try:
            for feed in (ALERTS,) if only_alerts else (ALERTS, SCORES):
                self._send_stored(feed)
                self._send_unwritten(feed)
        except UplinkError as exc:
            self._note(exc)
            return
        self.error = None
        if self._reserve is not None:
            self._reserve.make()

    def _note(self, failure: UplinkError) -> None:
        error = str(failure)
        if error != self.error:
            level = logging.WARNING if failure.is_transient else logging.ERROR
            _log.log(level, "uplink: %s; %d records wait", error, self._outbox.waiting())
        self.error = error

    def _send_stored(self, feed: str) -> None:
        while True:
            batch = self._outbox.open_batch(feed) or self._outbox.begin_batch(feed, self._batch_rows)
            if batch is None:
                return
            lines = self._outbox.lines(batch)
            if lines:
                self.sent.append(self._deliver(batch, lines))
            self._outbox.acknowledge(batch)

    def _send_unwritten(self, feed: str) -> None:
        found = self._outbox.unwritten_batch(feed)
        if found is not None:
            batch, lines = found
            self.sent.append(self._deliver(batch, lines))
            self._outbox.acknowledge_unwritten(batch)

    def _deliver(self, batch: Batch, lines: list[bytes]) -> str:
        """Deliver a batch; alerts may use the reserve."""
        try:
            return self._uplink.deliver(batch, lines)
        except UplinkError as exc:
            if batch.feed != ALERTS or not exc.is_full or self._reserve is None:
                raise
            self._reserve.release()
            return self._uplink.deliver(batch, lines)
