"""Sending: batches from the outbox to the uplink, alerts first, also where neither state nor card can be written."""

from __future__ import annotations

import errno
import logging
from collections import deque
from pathlib import Path

from edge_bundle.gateway.state_file.reserve import Reserve
from edge_bundle.gateway.uplink.folder import FolderUplink
from edge_bundle.gateway.uplink.outbox import Batch, Outbox

ALERTS, SCORES = "alerts", "edge_scores"
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NAMES = 10_000
_log = logging.getLogger(__name__)


class Sender:
    """Sends what waits.

    Attributes:
        sent: Names of the newest files written so far.
        error: Why the last attempt failed; None where it did not.
    """

    def __init__(self, outbox: Outbox, uplink: FolderUplink, reserve: Reserve | None, batch_rows: int) -> None:
        """Prepare.

        Args:
            outbox: What waits.
            uplink: Where to.
            reserve: Space on the uplink's medium that alerts may use; None where none is set aside.
            batch_rows: Records of one file.
        """
        self.sent: deque[str] = deque(maxlen=_NAMES)
        self.error: str | None = None
        self._outbox, self._uplink, self._reserve, self._batch_rows = outbox, uplink, reserve, batch_rows

    def send(self, *, only_alerts: bool = False) -> None:
        """Write every waiting record, and acknowledge each file once it is complete; a failure is kept in `error`."""
        try:
            for feed in (ALERTS,) if only_alerts else (ALERTS, SCORES):
                self._send_stored(feed)
                self._send_unwritten(feed)
        except OSError as exc:
            error = f"{exc.strerror or exc}: {exc.filename or 'uplink'}"
            if error != self.error:
                _log.warning("uplink: %s; %d records wait", error, self._outbox.waiting())
            self.error = error
            return
        self.error = None
        if self._reserve is not None:
            self._reserve.make()

    def _send_stored(self, feed: str) -> None:
        while True:
            batch = self._outbox.open_batch(feed) or self._outbox.begin_batch(feed, self._batch_rows)
            if batch is None:
                return
            lines = self._outbox.lines(batch)
            if lines:
                self.sent.append(self._write(batch, lines).name)
            self._outbox.acknowledge(batch)

    def _send_unwritten(self, feed: str) -> None:
        found = self._outbox.unwritten_batch(feed)
        if found is not None:
            batch, lines = found
            self.sent.append(self._write(batch, lines).name)
            self._outbox.acknowledge_unwritten(batch)

    def _write(self, batch: Batch, lines: list[bytes]) -> Path:
        """A batch's file; alerts may use the reserve."""
        try:
            return self._uplink.write(batch, lines)
        except OSError as exc:
            if batch.feed != ALERTS or exc.errno not in _NO_SPACE or self._reserve is None:
                raise
            self._reserve.release()
            return self._uplink.write(batch, lines)
