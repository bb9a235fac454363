"""What gives way where the state finds no space: raw readings first, then scores, alerts last; each is counted."""

from __future__ import annotations

import logging
from typing import Callable

from edge_bundle.gateway.clocks.clock import Clock
from edge_bundle.gateway.errors import DamagedError, FullError
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.state.delta import Delta
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.state_file.free_pages import evict_readings, shrink
from edge_bundle.gateway.state_file.reserve import Reserve
from edge_bundle.gateway.uplink.outbox import Outbox

_STEP_BYTES = 128 * 1024
_MOST_EVICTIONS = 32
_RETRY_US = US // 2
_LONG_AGO_US = -(2**62)
_REPAIR_US = 60 * US
_SETTLE_US = 5 * US
_MOST_READINGS = 50_000
_MOST_RECORDS = {"alerts": 10_000, "edge_scores": 2_000}
_log = logging.getLogger(__name__)


class Space:
    """Writes the state; where it is full, makes space in it by what is needed least.

    Attributes:
        error: Why the state cannot be written; None where it can.
    """

    def __init__(self, store: Store, outbox: Outbox, reserve: Reserve | None, clock: Clock) -> None:
        """Begin.

        Args:
            store: The state.
            outbox: The records in it.
            reserve: Space on its medium, to work with while space is made; None for a state in memory.
            clock: For how often a full medium is tried.
        """
        self.error: str | None = None
        self._store, self._outbox, self._reserve, self._clock = store, outbox, reserve, clock
        self._tried_us = self._repair_us = self._settle_us = 0

    def state_error(self) -> str | None:
        """Why what was taken is not durable; None where it is."""
        return self.error or ("the state waits in memory" if self._store.waits_for_space else None)

    def forget_sent(self) -> None:
        """Forget the records that left, where that could not be written yet. As `write`."""
        if self.error is None and self._outbox.has_sent:
            self._note(self._attempt(self._outbox.forget_sent))

    def write(self, delta: Delta, *, is_last: bool = False) -> None:
        """Make a delta durable; or hold it in memory, with others, until there is space.

        Args:
            delta: What is to be written.
            is_last: Whether to try now what waits for its next trial.

        Raises:
            DamagedError: The state is damaged, and there is no space for another.
        """
        if is_last:
            self._tried_us = self._repair_us = self._settle_us = _LONG_AGO_US
        self._repair()
        if self.error is not None and self._clock.monotonic_us() - self._tried_us < _RETRY_US:
            self._store.hold(delta)
        else:
            self._tried_us = self._clock.monotonic_us()
            self._store.hold(delta)
            self._note(self._attempt(self._store.write_held))
        self._settle()
        if self.error is not None:
            with self._store.lock:
                self._store.unwritten.bound(_MOST_RECORDS, _MOST_READINGS)

    def merge(self) -> None:
        """Merge the journal, where the state can be written. As `write`."""
        if self.error is None:
            self._note(self._attempt(self._store.merge))

    def keep_reserve(self) -> None:
        """Make the reserve again where it is gone, of space that readings give up where there is no other."""
        if self._reserve is None or self.error is not None or self._store.is_in_memory or self._reserve.make():
            return
        for _ in range(_MOST_EVICTIONS):
            try:
                if not evict_readings(self._store, _STEP_BYTES):
                    return
                shrink(self._store)
            except FullError:
                return
            if self._reserve.make():
                return

    def _settle(self) -> None:
        """Let a state that waits in memory have its file, once there is space."""
        if not self._store.waits_for_space or self._clock.monotonic_us() < self._settle_us:
            return
        self._release()
        try:
            self._store.settle()
        except FullError:
            self._settle_us = self._clock.monotonic_us() + _SETTLE_US
        else:
            _log.warning("the state has its file")

    def _repair(self) -> None:
        if self._clock.monotonic_us() < self._repair_us:
            return
        try:
            self._store.repair_if_damaged()
        except FullError as exc:
            _log.warning("%s; the damaged file stays in use", exc)
            self._repair_us = self._clock.monotonic_us() + _REPAIR_US

    def _note(self, error: str | None) -> None:
        if error is not None and self.error is None:
            _log.warning("%s; rules and scores go on, what comes waits in memory", error)
        if error is None and self.error is not None:
            _log.warning("the state is written again")
        self.error = error

    def _attempt(self, action: Callable[[], None]) -> str | None:
        """Do it, after making space where that is needed; why it cannot be done."""
        try:
            action()
        except FullError as exc:
            return None if self._free_space(action) else str(exc)
        except DamagedError as exc:
            _log.warning("%s", exc)
            try:
                self._store.repair()
                action()
            except FullError as full:
                return str(full)
        return None

    def _release(self) -> None:
        if self._reserve is not None:
            self._reserve.release()

    def _free_space(self, action: Callable[[], None]) -> bool:
        self._release()
        for _ in range(_MOST_EVICTIONS):
            try:
                shrink(self._store)
                action()
            except FullError:
                if not self._evict():
                    return False
            else:
                return True
        return False

    def _evict(self) -> bool:
        """Let the least needed give way; False where nothing can."""
        try:
            return bool(
                evict_readings(self._store, _STEP_BYTES)
                or self._outbox.evict_excess(max(self._outbox.size_bytes - _STEP_BYTES, 0))
            )
        except FullError:
            return False
