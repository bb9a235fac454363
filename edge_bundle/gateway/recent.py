"""The newest readings in memory: those that no segment of the state holds yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from edge_bundle.gateway.columns import Columns, pack
from edge_bundle.gateway.sources import Sources

SegmentRow = tuple[str, int, int, int, bytes]
"""machine_id, first_us, last_us, number of readings, body: a row of the table `segments`."""


class Recent:
    """Readings by source and time.

    Attributes:
        count: Readings so far, replaced ones counted again.
    """

    def __init__(self) -> None:
        self.count = 0
        self._steps: dict[int, dict[int, int]] = {}

    def add(self, source: int, at_us: int, steps: int) -> None:
        """Put a reading, in the place of one with the same source and time."""
        own = self._steps.get(source)
        if own is None:
            own = self._steps[source] = {}
        own[at_us] = steps
        self.count += 1

    def add_columns(self, columns: Columns) -> None:
        """Put many."""
        for source, at_us, steps in zip(columns.sources, columns.times, columns.steps):
            self.add(source, at_us, steps)

    def get(self, source: int, at_us: int) -> int | None:
        """The steps of a reading; None where it is not here."""
        own = self._steps.get(source)
        return own.get(at_us) if own is not None else None

    def drop(self, source: int, at_us: int) -> None:
        """Forget one reading."""
        own = self._steps.get(source)
        if own is not None and own.pop(at_us, None) is not None:
            self.count -= 1

    def of_source(self, source: int) -> dict[int, int]:
        """Steps by time of one source."""
        return self._steps.get(source, {})

    def columns(self) -> Columns:
        """All of them; another thread may add some meanwhile."""
        found = Columns()
        for source, own in list(self._steps.items()):
            for at_us, steps in own.copy().items():
                found.add(source, at_us, steps)
        return found

    def segments(self, sources: Sources, is_kept: Callable[[str, int], bool]) -> Iterator[SegmentRow]:
        """A row for each machine, its readings in order of time and source.

        Args:
            sources: Names of the numbers.
            is_kept: Whether a machine's readings of a time are still kept.
        """
        by_machine: dict[str, list[int]] = {}
        for source in self._steps:
            by_machine.setdefault(sources[source].machine_id, []).append(source)
        for machine_id, numbers in by_machine.items():
            rows = sorted((at_us, source, steps) for source in numbers for at_us, steps in self._steps[source].items())
            columns = Columns()
            for at_us, source, steps in rows:
                if is_kept(machine_id, at_us):
                    columns.add(source, at_us, steps)
            if len(columns):
                times = columns.times
                yield machine_id, times[0], times[-1], len(columns), pack(columns)
