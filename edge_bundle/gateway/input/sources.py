"""Numbers for the sources of readings: who measured what on which machine; names are written down once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from edge_bundle.gateway.state.delta import SensorKey


class Source(NamedTuple):
    """What the readings of one number have in common."""

    sensor_id: str
    metric: str
    machine_id: str
    factory_id: str


class Sources:
    """All sources by number; a number is given once and stays."""

    def __init__(self) -> None:
        self._sources: list[Source] = []
        self._numbers: dict[Source, int] = {}
        self._of_key: dict[SensorKey, list[int]] = {}
        self._of_machine: dict[str, list[int]] = {}

    def put(self, number: int, source: Source) -> None:
        """Take in a source with the number that the state gave it; numbers come in order, some may be absent."""
        while len(self._sources) <= number:
            self._sources.append(source)
        self._sources[number] = source
        self._numbers[source] = number
        self._of_key.setdefault((source.sensor_id, source.metric), []).append(number)
        self._of_machine.setdefault(source.machine_id, []).append(number)

    def number_of(self, source: Source) -> int:
        """The number of a source; a new one gets the next."""
        number = self._numbers.get(source)
        if number is None:
            number = len(self._sources)
            self.put(number, source)
        return number

    def has(self, source: Source) -> bool:
        """Whether a source has a number."""
        return source in self._numbers

    def __getitem__(self, number: int) -> Source:
        return self._sources[number]

    def __iter__(self) -> Iterator[Source]:
        return iter(list(self._numbers))

    def __len__(self) -> int:
        return len(self._sources)

    def of_key(self, key: SensorKey) -> list[int]:
        """The sources of one sensor and metric: more than one where it was moved to another machine or factory."""
        return self._of_key.get(key, [])

    def of_machine(self, machine_id: str) -> list[int]:
        """The sources of one machine."""
        return self._of_machine.get(machine_id, [])

    def rows(self) -> list[tuple[int, str, str, str, str]]:
        """Every source with its number, as rows of the table `sources`."""
        return [(number, *source) for source, number in list(self._numbers.items())]
