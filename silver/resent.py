"""Readings that a source sends again by coarser stamps: under another sensor's name, or beside those of its own.

A stamp that is cut to the minute makes another reading of the same value, which counts twice. Two sensors that measure
the same place differ by noise; one that is sent twice never does. Of each unit (second or minute) the coarser reading
is compared with the first, last, least and greatest finer one, and with those of the units beside it: a value that
hardly changes proves nothing. Source of the numbers: `docs/decisions/0236-sent-again-by-coarser-stamps.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

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
_MOST_PAIRS = 20_000
"""Pairs of sensors of one machine and metric that are compared: two seconds."""
_PROBED = 64  # readings of a pair that are compared before all, and one in fifty of them
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


@dataclass(frozen=True, slots=True)
class _Units:
    """Units that have readings, by number, and of each the first, last, least and greatest value, one row each."""

    unit: _Numbers
    values: _Numbers


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
        whole = {name: sensors[name].at_us % unit_us == 0 for name in sorted(sensors)}
        for name, rows in whole.items():
            counted = _counted_of_one(sensors[name].only(rows), sensors[name].only(~rows), unit_us)
            if counted is not None:
                yield Resent(machine, metric, name, name, stamps, *counted)
        enough = [name for name in whole if len(whole[name]) >= LEAST_READINGS]
        coarse = {name: _of_units(sensors[name], unit_us) for name in enough if whole[name].all()}
        fine = {name: _by_units(sensors[name], unit_us) for name in enough if coarse and not whole[name].any()}
        for name, other in islice(product(coarse, fine), _MOST_PAIRS):
            counted = _counted(coarse[name], fine[other], telling_frac=0.0)
            if counted is not None:
                yield Resent(machine, metric, name, other, stamps, *counted)


def _counted_of_one(coarse: _Series, fine: _Series, unit_us: int) -> tuple[int, int] | None:
    """The same of one sensor, where every finer reading has its coarser one: as many of both.

    A sensor that is polled twice a unit has half of its readings at the middle of units, and each value twice where it
    changes once a unit.
    """
    counts = len(coarse.at_us), len(fine.at_us)
    if min(counts) < LEAST_READINGS or not _SHARED_FRAC <= counts[0] / counts[1] <= 1 / _SHARED_FRAC:
        return None
    is_middle = np.abs(fine.at_us % unit_us - unit_us // 2) <= unit_us // 20
    if is_middle.sum() >= _SHARED_FRAC * counts[1]:
        return None
    units = _by_units(fine, unit_us)
    return _counted(_of_units(coarse, unit_us), units, telling_frac=0.5)


def _of_units(coarse: _Series, unit_us: int) -> _Series:
    """The readings with the numbers of their units in place of times."""
    return _Series(coarse.at_us // unit_us, coarse.steps)


def _by_units(fine: _Series, unit_us: int) -> _Units:
    unit = fine.at_us // unit_us
    starts = np.flatnonzero(np.append(True, unit[1:] != unit[:-1]))
    ends = np.append(starts[1:], len(unit)) - 1
    least, most = (each.reduceat(fine.steps, starts) for each in (np.minimum, np.maximum))
    return _Units(unit[starts], np.stack([fine.steps[starts], fine.steps[ends], least, most]))


def _counted(coarse: _Series, fine: _Units, *, telling_frac: float) -> tuple[int, int] | None:
    """Equal and compared readings, where the coarser ones are the finer ones again; else None.

    Args:
        coarse: Readings by whole units, numbers of units for times.
        fine: Readings within units.
        telling_frac: How many of those compared have to tell, `_LEAST_TELLING` at least.
    """
    wanted, count = coarse.at_us, len(coarse.at_us)
    few = slice(None, None, max(1, count // (_PROBED + count // 50)))
    is_there, is_equal = _compared(coarse.steps[few], wanted[few], fine)
    # More than may differ of all: no more of them has to be read.
    if (is_there & ~is_equal).sum(axis=1).min() > (1 - _EQUAL_FRAC) * count + 1:
        return None
    is_there, is_equal = _compared(coarse.steps, wanted, fine)
    beside = [_compared(coarse.steps, wanted + lag, fine) for lag in (-1, 1)]
    tells = is_equal & np.logical_and.reduce([there & ~equal for there, equal in beside])
    shared = int(is_there.sum())
    least = max(_LEAST_TELLING, int(telling_frac * shared))
    found = [
        (int(equal), shared)
        for equal, telling in zip(is_equal.sum(axis=1), tells.sum(axis=1), strict=True)
        if shared >= _SHARED_FRAC * count and equal >= _EQUAL_FRAC * shared and telling >= least
    ]
    return max(found, default=None)


def _compared(steps: _Numbers, wanted: _Numbers, fine: _Units) -> tuple[_Flags, _Flags]:
    """Which of the wanted units have a value, and by each rule where that is equal."""
    place = np.minimum(np.searchsorted(fine.unit, wanted), len(fine.unit) - 1)
    is_there: _Flags = fine.unit[place] == wanted
    return is_there, is_there & (fine.values[:, place] == steps)
