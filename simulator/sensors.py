"""What the sensors say: noise, resolution, and their own illnesses: stuck, drifting, silent, noisy, offset."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from expectations.plant.plant_profile import Limits, Profile
from simulator.plant import METRICS, Machine, SimulationConfig
from simulator.wear import slot_of_hours

# Noise of one reading: fraction of the value, and a constant part, canonical units. Usual class-1 instruments.
_NOISE_FRACTION = (0.004, 0.05, 0.008, 0.002, 0.012)
_NOISE_FLOOR = (0.25, 0.03, 0.05, 0.5, 0.1)
KINDS = ("stuck", "drift", "dropout")
EVERY_KIND = (*KINDS, "noise", "offset")
_HOURS = {"stuck": (6, 48), "drift": (96, 240), "dropout": (2, 60), "noise": (24, 120), "offset": (72, 240)}
# End of a drift: fraction of the value.
_DRIFT = 0.12
# A lost calibration, up or down: fraction of the value. A noisy sensor: its usual noise by this factor.
_OFFSET = 0.08
_NOISE_FACTOR = 5.0
SICK_PER_100_D = 0.6


@dataclass(frozen=True, slots=True)
class SensorFault:
    """A sensor misbehaved from slot `start` to before slot `end`."""

    machine: int
    metric: int
    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What the sensors of one machine measured.

    Attributes:
        steps: Readings as integer multiples of the metric's resolution, int64 (5, slots).
        present: Whether there was a reading, bool (5, slots).
        faults: What was wrong with the sensors.
    """

    steps: NDArray[np.int64]
    present: NDArray[np.bool_]
    faults: tuple[SensorFault, ...]


def measure(
    machine: Machine, true: NDArray[np.float64], profile: Profile, config: SimulationConfig, place: int = 0
) -> Measured:
    """The readings of one machine's sensors, from its true signals (5, slots); `place` 1 is of a second set of them."""
    rng = config.rng("sensors", machine.index, *([place] if place else []))
    fraction, floor = np.array(_NOISE_FRACTION)[:, None], np.array(_NOISE_FLOOR)[:, None]
    values = true * (1 + fraction * rng.standard_normal(true.shape)) + floor * rng.standard_normal(true.shape)
    present = np.ones(true.shape, dtype=np.bool_)
    faults = _sick(machine.index, rng, config) if config.faults else ()
    for fault in faults:
        _apply(fault, values, present, true)
    steps = np.empty(true.shape, dtype=np.int64)
    for index, name in enumerate(METRICS):
        metric = profile.metric(name)
        limits = metric.limits_for(machine.machine_id, machine.model.name)
        steps[index] = np.rint(_within(values[index], limits) / metric.resolution)
    return Measured(steps, present, faults)


def _within(values: NDArray[np.float64], limits: Limits) -> NDArray[np.float64]:
    """A healthy sensor's electronics end at its range."""
    return np.clip(values, limits.minimum, limits.maximum)


def _sick(machine: int, rng: np.random.Generator, config: SimulationConfig) -> tuple[SensorFault, ...]:
    faults, kinds = [], EVERY_KIND if config.every_sensor_fault else KINDS
    for metric in range(len(METRICS)):
        for _ in range(rng.poisson(SICK_PER_100_D * config.days / 100)):
            kind = kinds[rng.integers(len(kinds))]
            start = int(rng.integers(config.slots))
            length = slot_of_hours(float(rng.uniform(*_HOURS[kind])), config)
            faults.append(SensorFault(machine, metric, kind, start, min(start + length, config.slots)))
    return tuple(faults)


def _apply(
    fault: SensorFault, values: NDArray[np.float64], present: NDArray[np.bool_], true: NDArray[np.float64]
) -> None:
    span = slice(fault.start, fault.end)
    row = values[fault.metric]
    if fault.kind == "stuck":
        row[span] = row[fault.start]
    elif fault.kind == "drift":
        row[span] *= 1 + _DRIFT * np.linspace(0.0, 1.0, fault.end - fault.start)
    elif fault.kind == "noise":
        row[span] = true[fault.metric, span] + _NOISE_FACTOR * (row[span] - true[fault.metric, span])
    elif fault.kind == "offset":
        row[span] *= 1 + (_OFFSET if fault.start % 2 else -_OFFSET)
    else:
        present[fault.metric, span] = False
