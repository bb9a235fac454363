"""What is stored and lies ahead of the clock, after the clock went back: out of use until it is clear which was wrong.

Either the clock was ahead and what was stored then lies in the future: time reaches it, and it is dropped. Or the clock
is behind now, and goes forward again to where it was: then all of it comes back into use. Until then nothing of it is
in a window, and what time reaches is put aside, so that it does not mix with what comes in its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from edge_bundle.gateway.input.records import Reading
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.state.store import Store

NAME = "ahead"
EVER = 2**62
_MARGIN_US = 60 * US
MARK = "\0aside"
"""Ends the names under which a reading lies aside; no name of a plant has it."""


class Aside:
    """The readings of a store that are ahead of the clock.

    Attributes:
        from_us: Readings later than this are out of use; `EVER` where none is.
        until_us: None of them is later than this.
    """

    def __init__(self, store: Store) -> None:
        """Take over what the state says."""
        self._store = store
        text = store.about(NAME)
        known: list[int] = json.loads(text) if text else [EVER, EVER, 0]
        self.from_us, self.until_us, self._since_us = known

    @property
    def is_empty(self) -> bool:
        """Whether nothing is out of use."""
        return self.from_us == EVER

    def begin(self, from_us: int, until_us: int, steady_us: int, machines: Iterable[str]) -> int:
        """Take readings later than `from_us` out of use.

        Args:
            from_us: The farthest that a reading may be ahead of the clock as it is now.
            until_us: The farthest it could be ahead of the clock as it was.
            steady_us: Running time, for `is_over`.
            machines: All machines of the state.

        Returns:
            How many readings that takes out of use.
        """
        count = sum(len(self._ahead(machine_id, from_us, self.from_us)) for machine_id in machines)
        self.until_us = until_us if self.is_empty else max(until_us, self.until_us)
        self.from_us, self._since_us = from_us, steady_us
        self._store.bound_times(from_us)
        self._note()
        return count

    def reach(self, at_us: int, machines: Iterable[str]) -> None:
        """Put aside what time reaches; a minute's worth at once.

        Args:
            at_us: The farthest that a reading may be ahead of the clock.
            machines: All machines of the state.
        """
        to_us = at_us + _MARGIN_US
        for machine_id in machines:
            for reading in self._ahead(machine_id, self.from_us, to_us):
                self._store.remove_reading(reading)
                self._store.add_reading(_marked(reading))
        self.from_us = to_us
        self._note()

    def is_over(self, steady_us: int, memory_us: int) -> bool:
        """Whether all of it was reached, or lay aside for `memory_us` of running time."""
        return self.from_us >= self.until_us or steady_us - self._since_us > memory_us

    def restore(self, machines: Iterable[str]) -> int:
        """Take everything back into use; how many readings that were."""
        self._store.raise_times(self.until_us)
        count = 0
        for machine_id in machines:
            for marked in self._ahead(machine_id + MARK, -EVER, EVER):
                self._store.remove_reading(marked)
                count += self._store.add_reading(_bare(marked))
            count += len(self._ahead(machine_id, self.from_us, EVER))
        self._end()
        return count

    def drop(self, machines: Iterable[str]) -> None:
        """Forget all of it for good."""
        for machine_id in machines:
            for reading in self._ahead(machine_id, self.from_us, EVER):
                self._store.remove_reading(reading)
            for marked in self._ahead(machine_id + MARK, -EVER, EVER):
                self._store.remove_reading(marked)
        self._end()

    def _ahead(self, machine_id: str, after_us: int, until_us: int) -> list[Reading]:
        return list(self._store.readings(machine_id, after_us + 1, until_us + 1))

    def _end(self) -> None:
        self.from_us = self.until_us = EVER
        self._note()

    def _note(self) -> None:
        self._store.put_about(NAME, json.dumps([self.from_us, self.until_us, self._since_us]))


def _marked(reading: Reading) -> Reading:
    return reading._replace(sensor_id=reading.sensor_id + MARK, machine_id=reading.machine_id + MARK)


def _bare(reading: Reading) -> Reading:
    end = -len(MARK)
    return reading._replace(sensor_id=reading.sensor_id[:end], machine_id=reading.machine_id[:end])
