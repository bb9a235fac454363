"""Readings that a source sends again by coarser stamps: under another sensor's name, or beside those of its own.

A stamp that is cut to the minute makes another reading of the same value, which counts twice. Two sensors that measure
the same place differ by noise; one that is sent twice never does. Of each unit (second or minute) the coarser reading
is compared with the first, last, least and greatest finer one, and with those of the units beside it: a value that
hardly changes proves nothing. Source of the numbers: `docs/decisions/0236-sent-again-by-coarser-stamps.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.tables.arrow_columns import coded, integers, micros
from expectations.tables.machine_keys import machine_keys

READS = ("factory_id", "machine_id", "sensor_id", "metric", "measured_at", "steps")
LEAST_READINGS = 30
UNITS = {"whole minutes": 60_000_000, "whole seconds": 1_000_000}
_EQUAL_FRAC = 0.99
_SHARED_FRAC = 0.9
_LEAST_TELLING = 20
_Numbers = NDArray[np.int64]
_Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Resent:
    """A sensor whose readings seem to be those of another, or of itself, by coarser stamps.

    Attributes:
        machine: Key of the machine, as of `machine_keys`.
        metric: The metric.
        sensor: The sensor with the coarser stamps.
        of: The sensor whose values they are.
        stamps: What the coarser stamps are, a key of `UNITS`.
        equal: Coarser readings that are equal.
        compared: Those that have a finer one in their unit.
    """

    machine: str
    metric: str
    sensor: str
    of: str
    stamps: str
    equal: int
    compared: int


@dataclass(frozen=True, slots=True)
class _Series:
    """Readings in the order of time."""

    at_us: _Numbers
    steps: _Numbers

    def only(self, rows: _Flags) -> "_Series":
        return _Series(self.at_us[rows], self.steps[rows])


def resent(readings: pa.Table) -> list[Resent]:
    """What seems to be sent twice among readings, of each metric of each machine, in order.

    Args:
        readings: The columns `READS` of `silver.readings`, a few dates.
    """
    if not readings.num_rows:
        return []
    machine, metric, sensor = machine_keys(readings), coded(readings, "metric"), coded(readings, "sensor_id")
    at_us, steps = micros(readings, "measured_at"), integers(readings, "steps")
    order = np.lexsort((at_us, sensor.codes, metric.codes, machine.codes))
    keys = np.stack([machine.codes, metric.codes, sensor.codes], axis=1)[order]
    starts = np.flatnonzero(np.append(True, (keys[1:] != keys[:-1]).any(axis=1))).tolist()
    groups: dict[tuple[str, str], dict[str, _Series]] = {}
    for begin, end in zip(starts, [*starts[1:], len(order)], strict=True):
        which, rows = keys[begin], order[begin:end]
        name = machine.texts[which[0]], metric.texts[which[1]]
        groups.setdefault(name, {})[sensor.texts[which[2]]] = _Series(at_us[rows], steps[rows])
    return [found for name, sensors in sorted(groups.items()) for found in _of_machine(*name, sensors)]


def _of_machine(machine: str, metric: str, sensors: dict[str, _Series]) -> Iterator[Resent]:
    for stamps, unit_us in UNITS.items():
        whole = {name: one.at_us % unit_us == 0 for name, one in sensors.items()}
        for name in sorted(sensors):
            counted = _counted(sensors[name].only(whole[name]), sensors[name].only(~whole[name]), unit_us, alone=False)
            if counted is not None:
                yield Resent(machine, metric, name, name, stamps, *counted)
        for name, other in permutations(sorted(sensors), 2):
            if whole[name].all() and not whole[other].any():
                counted = _counted(sensors[name], sensors[other], unit_us, alone=True)
                if counted is not None:
                    yield Resent(machine, metric, name, other, stamps, *counted)


def _counted(coarse: _Series, fine: _Series, unit_us: int, *, alone: bool) -> tuple[int, int] | None:
    """Equal and compared readings, where the coarser ones are the finer ones again; else None.

    Args:
        coarse: Readings by whole units.
        fine: Readings within units.
        unit_us: The unit.
        alone: Whether each is a sensor of its own. Of one sensor every finer reading has its coarser one.
    """
    if min(len(coarse.at_us), len(fine.at_us)) < LEAST_READINGS:
        return None
    if not alone and not _SHARED_FRAC <= len(coarse.at_us) / len(fine.at_us) <= 1 / _SHARED_FRAC:
        return None
    unit = fine.at_us // unit_us
    starts = np.flatnonzero(np.append(True, unit[1:] != unit[:-1]))
    ends = np.append(starts[1:], len(unit)) - 1
    wanted = coarse.at_us // unit_us
    best = None
    for values in (
        fine.steps[starts], fine.steps[ends], np.minimum.reduceat(fine.steps, starts),
        np.maximum.reduceat(fine.steps, starts),
    ):  # fmt: skip
        is_there, is_equal = _compared(coarse.steps, wanted, values, unit[starts])
        beside = [_compared(coarse.steps, wanted + lag, values, unit[starts]) for lag in (-1, 1)]
        tells = is_equal & np.logical_and.reduce([there & ~equal for there, equal in beside])
        shared, equal, telling = int(is_there.sum()), int(is_equal.sum()), int(tells.sum())
        least = _LEAST_TELLING if alone else max(_LEAST_TELLING, shared // 2)
        if shared >= _SHARED_FRAC * len(wanted) and equal >= _EQUAL_FRAC * shared and telling >= least:
            best = max(best or (0, 0), (equal, shared))
    return best


def _compared(steps: _Numbers, wanted: _Numbers, values: _Numbers, units: _Numbers) -> tuple[_Flags, _Flags]:
    """Which of the wanted units have a value, and where that is equal."""
    place = np.minimum(np.searchsorted(units, wanted), len(units) - 1)
    is_there: _Flags = units[place] == wanted
    return is_there, is_there & (values[place] == steps)
