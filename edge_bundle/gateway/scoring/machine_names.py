"""Under which text a gateway stores a machine: its name, and its factory where another factory's machine has the name.

Machines of one name in two factories are two machines, and a sensor's name is one of its machine. The first factory
that sends a name has it alone, so that states of older versions, which had names only, go on.
"""

from __future__ import annotations

from collections.abc import Iterable

from edge_bundle.gateway.input.records import Reading
from edge_bundle.gateway.input.sources import Source, Sources

SEPARATOR = "\x1f"  # ASCII's unit separator, as in the lake's keys


def shown(key: str) -> str:
    """The name of a machine or sensor that is stored under a text."""
    return key.partition(SEPARATOR)[0]


class MachineNames:
    """The factory to which each plain name belongs."""

    def __init__(self, sources: Iterable[Source]) -> None:
        """Take over what a state knows."""
        self._factory: dict[str, str] = {}
        for source in sources:
            if SEPARATOR not in source.machine_id:
                self.claim(source.machine_id, source.factory_id)

    def key(self, machine_id: str, factory_id: str) -> str:
        """The text of a machine; a factory that is not known is that of the plain name."""
        factory = self._factory.get(machine_id)
        if factory is None or not factory_id or factory == factory_id:
            return machine_id
        return f"{machine_id}{SEPARATOR}{factory_id}"

    def claim(self, machine_id: str, factory_id: str) -> None:
        """Give a plain name to a factory, if nobody has it."""
        if factory_id:
            self._factory.setdefault(machine_id, factory_id)

    def factory(self, key: str) -> str:
        """The factory of the machine with a text; empty where it is not known."""
        name, _, factory_id = key.partition(SEPARATOR)
        return factory_id or self._factory.get(name, "")

    def stored(self, reading: Reading, sources: Sources) -> Reading:
        """The reading under the texts of its machine and sensor."""
        key = self.key(reading.machine_id, reading.factory_id)
        others = [sources[number].machine_id for number in sources.of_key((reading.sensor_id, reading.metric))]
        if not others or key in others:
            return reading if key == reading.machine_id else reading._replace(machine_id=key)
        return reading._replace(machine_id=key, sensor_id=f"{reading.sensor_id}{SEPARATOR}{key}")
