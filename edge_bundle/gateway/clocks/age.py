"""How old a state is in time that its device was on: what a jump of the wall clock cannot change.

Time goes on by the monotonic clock, over restarts of the process as well. Hours without power do not count, for no
clock without a battery knows them: what waits to be sent may wait longer then, never shorter.
"""

from __future__ import annotations

import json

from edge_bundle.gateway.clocks.clock import Clock


class Age:
    """Microseconds that a state has lived on a running device."""

    def __init__(self, clock: Clock, saved: str | None) -> None:
        """Go on from what `to_text` gave; None for a new state."""
        self._clock = clock
        self._began_us, self._before_us = clock.monotonic_us(), 0
        if saved is not None:
            boot_id, monotonic_us, self._before_us = json.loads(saved)
            if boot_id == clock.boot_id() and monotonic_us <= self._began_us:
                self._before_us += self._began_us - monotonic_us

    def now_us(self) -> int:
        """The age."""
        return self._before_us + self._clock.monotonic_us() - self._began_us

    def to_text(self) -> str:
        """What a later process needs to go on."""
        return json.dumps([self._clock.boot_id(), self._clock.monotonic_us(), self.now_us()])
