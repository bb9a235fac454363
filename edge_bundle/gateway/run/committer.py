"""Commits one after the other: a delta becomes durable, then what waits is sent.

A replay commits in its own thread, and so in a fixed order; for live input see `live_committer`.
"""

from __future__ import annotations

from typing import Protocol

from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.errors import DamagedError
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.state.delta import Delta
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.uplink.outbox import Outbox
from edge_bundle.gateway.uplink.sender import Sender


class Committer(Protocol):
    """What makes deltas durable."""

    @property
    def is_busy(self) -> bool:
        """Whether a commit is under way, so that the next one would have to wait."""

    def do(self, delta: Delta, *, is_last: bool = False) -> None:
        """Do one commit; with `is_last` all that waits is sent before this returns."""


class DirectCommitter:
    """Does commits at once, in the calling thread; an error is the caller's."""

    is_busy = False

    def __init__(self, store: Store, outbox: Outbox, sender: Sender, config: GatewayConfig) -> None:
        self._store, self._outbox, self._sender, self._config = store, outbox, sender, config

    def do(self, delta: Delta, *, is_last: bool = False) -> None:  # noqa: ARG002  # everything is sent each time
        """As `Committer`.

        Raises:
            FullError: The state cannot be written.
            DamagedError: It is damaged again and again.
        """
        self._store.repair_if_damaged()
        self._store.hold(delta)
        try:
            self._do()
        except DamagedError:
            self._store.repair()
            self._do()

    def _do(self) -> None:
        self._store.write_held()
        self._outbox.evict_excess(self._config.outbox_bytes)
        self._sender.send()
        if self._sender.error is not None:
            self._outbox.evict_old(self._config.keep_outbox_s * US)
        self._store.merge()
