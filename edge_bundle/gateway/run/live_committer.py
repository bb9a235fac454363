"""Commits of live input, in a thread of their own, so that no decision waits for a disk.

SQLite and fsync leave the interpreter to the other thread meanwhile. No error of the medium ends the thread: what
cannot be written waits in memory, and alerts leave from there.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Callable

from edge_bundle.gateway.errors import DamagedError, FullError
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.scoring.scoring import EngineContext
from edge_bundle.gateway.state.delta import Delta
from edge_bundle.gateway.state_file.space import Space
from edge_bundle.gateway.uplink.sender import Sender

_log = logging.getLogger(__name__)
Work = Callable[[Delta, bool], None]


class LiveCommitter:
    """Does commits in a thread, one at a time."""

    def __init__(self, work: Work) -> None:
        """Prepare the thread that does `work` with each delta."""
        self._work = work
        self._threads = ThreadPoolExecutor(1, "commits")
        self._under_way: Future[None] | None = None

    @property
    def is_busy(self) -> bool:
        """As `Committer`."""
        return self._under_way is not None and not self._under_way.done()

    def do(self, delta: Delta, *, is_last: bool = False) -> None:
        """As `Committer`; waits while a commit is under way, and for this one where it is the last."""
        if self._under_way is not None:
            self._under_way.result()
        self._under_way = self._threads.submit(self._work, delta, is_last)
        if is_last:
            self._under_way.result()
            self._threads.shutdown()


class ThreadlessCommitter:
    """Does commits at once, in the calling thread."""

    is_busy = False

    def __init__(self, work: Work) -> None:
        """Do `work` with each delta."""
        self._work = work

    def do(self, delta: Delta, *, is_last: bool = False) -> None:
        """As `Committer`."""
        self._work(delta, is_last)


class LiveWork:
    """What is done with one delta: it becomes durable and is acknowledged, what is due is sent."""

    def __init__(
        self, sender: Sender, space: Space, context: EngineContext, acknowledge: Callable[[int], None] | None
    ) -> None:
        """Prepare.

        Args:
            sender: Sends records.
            space: Writes the state.
            context: What the engine works with.
            acknowledge: Takes how many lines of live input are durable; None for nobody.
        """
        self._sender, self._space, self._acknowledge = sender, space, acknowledge
        self._store, self._outbox = context.store, context.outbox
        self._config, self._clock = context.config, context.clock
        first_us = context.clock.monotonic_us() + int(context.config.check_age_s * US)
        self._due_us = {"alerts": 0, "all": 0, "age": first_us}

    def __call__(self, delta: Delta, is_last: bool) -> None:
        """Do it. What a damaged state keeps from being done is done with the next delta, over another file."""
        try:
            self._space.write(delta, is_last=is_last)
            if self._acknowledge is not None and not self._store.is_in_memory:
                self._acknowledge(self._store.taken())
            self._send(is_last=is_last)
            self._space.forget_sent()
            self._space.merge()
            self._space.keep_reserve()
        except DamagedError as exc:
            _log.warning("%s", exc)
            with suppress(FullError):
                self._store.repair()

    def _send(self, *, is_last: bool) -> None:
        if is_last or self._is_due("all", self._config.send_s):
            self._is_due("alerts", self._config.alert_s)
            self._sender.send()
        elif self._is_due("alerts", self._config.alert_s):
            self._sender.send(only_alerts=True)
        if self._space.error is None:
            self._outbox.evict_excess(self._config.outbox_bytes)
            if self._sender.error is not None and self._is_due("age", self._config.check_age_s):
                self._outbox.evict_old(self._config.keep_outbox_s * US)

    def _is_due(self, what: str, every_s: float) -> bool:
        now_us = self._clock.monotonic_us()
        if now_us < self._due_us[what]:
            return False
        self._due_us[what] = now_us + int(every_s * US)
        return True
