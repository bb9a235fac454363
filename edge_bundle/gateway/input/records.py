"""What the input becomes: readings, events, master data, or the code of what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Union

from edge_bundle.format.pipeline import MachineRecord


class Reading(NamedTuple):
    """One reading; (sensor_id, metric, measured_us) tells it apart.

    Attributes:
        sensor_id: Sensor as the plant names it.
        metric: As the profile names it.
        measured_us: When it was measured, microseconds since epoch.
        machine_id: Machine it names.
        factory_id: Factory of the machine.
        resolution_steps: The value as a whole multiple of the metric's resolution.
    """

    sensor_id: str
    metric: str
    measured_us: int
    machine_id: str
    factory_id: str
    resolution_steps: int


class Event(NamedTuple):
    """Something that happened to a machine: maintenance, failure or error; without a factory where a state gave it."""

    kind: str
    machine_id: str
    code: str
    occurred_us: int
    factory_id: str = ""


@dataclass(frozen=True)
class Fault:
    """A record, or a cell of a wide one, that became nothing: a stable code and the words for a person.

    Attributes:
        code: One of a closed set.
        detail: In words.
        reading: What would be a reading, were it not for its time: it is not stored, but rules of limits see it.
    """

    code: str
    detail: str = ""
    reading: Reading | None = None


Item = Union[Reading, Event, MachineRecord, Fault]
BLANK = Fault("blank")
