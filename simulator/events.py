"""What the plant's office and the machines' controls write down: maintenance, failures, error codes."""

from dataclasses import dataclass

import numpy as np

from simulator.plant import US, Machine, SimulationConfig, load_plant_profile
from simulator.sensors import SensorFault
from simulator.wear import COMPONENTS, ELECTRICAL, Life

OVERLOAD, INSULATION, SENSOR = "E101", "E205", "E310"
# Codes that come without a cause, per machine and day.
_BACKGROUND = {OVERLOAD: 0.06, INSULATION: 0.02, SENSOR: 0.04}
# Fraction of failures that announce themselves by codes, how many codes, how many hours before.
_ELECTRICAL_ANNOUNCED, _ELECTRICAL_CODES, _ELECTRICAL_HOURS = 0.75, (2, 7), 44.0
_OTHER_ANNOUNCED, _OTHER_CODES, _OTHER_HOURS = 0.4, (1, 3), 20.0
_DROPOUT_REPORTED = 0.6


@dataclass(frozen=True, slots=True)
class Event:
    """One record of maintenance, failure or error."""

    time_us: int
    machine: Machine
    code: str
    note: str = ""


def _slot_us(slot: int, config: SimulationConfig) -> int:
    return config.start_us + slot * config.cadence_s * US


def failure_times_us(life: Life, machine: Machine, config: SimulationConfig) -> list[int]:
    """When each failure happened: between the last reading of the running machine and the first of the standing one."""
    rng = config.rng("failure times", machine.index)
    before = rng.integers(0, config.cadence_s - 60, len(life.failures), endpoint=True)
    times = [_slot_us(f.slot, config) - int(b) * US for f, b in zip(life.failures, before, strict=True)]
    return [max(time, config.start_us) for time in times]


def failure_events(life: Life, machine: Machine, config: SimulationConfig) -> list[Event]:
    """The failures of one machine as the shift writes them down; now and then it names another component."""
    times, rng = failure_times_us(life, machine, config), config.rng("wrong records", machine.index)
    named = [_named(f.component, rng.random(), config) for f in life.failures]
    return [
        Event(time, machine, code, f"{code} failed, machine stopped") for time, code in zip(times, named, strict=True)
    ]


def _named(component: int, draw: float, config: SimulationConfig) -> str:
    """What the record says: the next component of the list where it is wrong."""
    return COMPONENTS[(component + (draw < config.wrong_frac)) % len(COMPONENTS)]


def maintenance_events(life: Life, machine: Machine, config: SimulationConfig) -> list[Event]:
    """Services before the run; in it planned services, repairs after failures that ended, and repairs before one."""
    rng = config.rng("maintenance", machine.index)
    began_us = int(load_plant_profile().began_at.timestamp()) * US
    earlier = rng.integers(began_us // US, config.start_us // US, len(COMPONENTS))
    made = [Event(int(s) * US, machine, code, "planned") for s, code in zip(earlier, COMPONENTS, strict=True)]
    made += [Event(_slot_us(s.slot, config), machine, COMPONENTS[s.component], "planned") for s in life.services]
    made += [
        Event(_slot_us(f.repaired_slot, config), machine, COMPONENTS[f.component], "repair after failure")
        for f in life.failures
        if f.repaired_slot < config.slots
    ]
    made += [
        Event(_slot_us(s.slot, config), machine, COMPONENTS[s.component], "condition-based repair")
        for s in life.preventions
    ]
    return made


def error_events(life: Life, machine: Machine, sick: tuple[SensorFault, ...], config: SimulationConfig) -> list[Event]:
    """Codes of one machine's control: by chance, before failures, and at silent sensors."""
    rng = config.rng("errors", machine.index)
    span_us = config.days * 86_400 * US
    found: set[tuple[int, str]] = set()
    for code, rate in _BACKGROUND.items():
        for _ in range(rng.poisson(rate * config.days)):
            found.add((config.start_us + int(rng.integers(span_us // US)) * US, code))
    for failure, time_us in zip(life.failures, failure_times_us(life, machine, config), strict=True):
        found |= _announcing(failure.component, time_us, rng)
    for fault in sick:
        if fault.kind == "dropout" and rng.random() < _DROPOUT_REPORTED:
            found.add((_slot_us(fault.start, config), SENSOR))
    return [Event(time, machine, code) for time, code in sorted(found) if time >= config.start_us]


def _announcing(component: int, time_us: int, rng: np.random.Generator) -> set[tuple[int, str]]:
    is_electrical = component == ELECTRICAL
    fraction, codes, hours = (
        (_ELECTRICAL_ANNOUNCED, _ELECTRICAL_CODES, _ELECTRICAL_HOURS)
        if is_electrical
        else (_OTHER_ANNOUNCED, _OTHER_CODES, _OTHER_HOURS)
    )
    if rng.random() >= fraction:
        return set()
    count = int(rng.integers(*codes))
    code = INSULATION if is_electrical else OVERLOAD
    return {(time_us - int(rng.uniform(0.2, hours) * 3600) * US, code) for _ in range(count)}
