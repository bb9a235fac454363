"""Unit conversions and limits of a plant's profile, looked up by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from domain.record.unit_key import unit_key
from expectations.plant.plant_profile import Limits, Metric, Profile
from expectations.tables.arrow_columns import Coded, Doubles
from expectations.tables.machine_keys import machine_of
from expectations.tables.silver import FAULTS
from expectations.units import is_unit, spelled_conversions
from silver.clock import Contents, FileClocks
from silver.versions import Versions

# No fault is 0.
FAULT_CODES = {name: code for code, name in enumerate(("", *FAULTS))}
# Faults of names, and what is said of the record that has one.
NAMELESS = {"unknown_metric": "{metric}", "unknown_unit": "{unit}", "unit_mismatch": "{metric} in {unit}"}
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A profile, the models of the machines that are known, as limits may differ by model, and the clocks of files.

    Attributes:
        profile: The plant.
        models: Key of a machine -> its model.
        clocks: The clocks of files that have one of their own.
        versions: The contents that records came in, where some compete for a key.
        ahead: Contents whose paths say that they were exported too far after their clocks.
    """

    profile: Profile
    models: Mapping[str, str]
    clocks: FileClocks = field(default_factory=dict)
    versions: Versions = field(default_factory=dict)
    ahead: Contents = frozenset()


@dataclass(frozen=True, slots=True)
class Conversion:
    """For each record how its value becomes steps, NaN where metric and unit do not fit, and by code the fault then.

    A value in the metric's own unit has factor 1 and offset 0, which leave every double as it is.
    """

    factor: Doubles
    offset: Doubles
    resolution: Doubles
    fault: NDArray[np.int8]


def conversions(book: Rulebook, metric: Coded, unit: Coded) -> Conversion:
    """The conversion of each record: looked up once for each pair of names."""
    metrics = book.profile.metrics
    pairs = [_pair(metrics.get(name), symbol) for name in metric.texts for symbol in unit.texts]
    place = metric.codes.astype(np.int64) * len(unit.texts) + unit.codes
    factor, offset, resolution, fault = zip(*pairs, strict=True) if pairs else ((), (), (), ())
    codes = np.array([FAULT_CODES[name] for name in fault], dtype=np.int8)
    return Conversion(_at(place, factor), _at(place, offset), _at(place, resolution), codes[place])


def resolutions(book: Rulebook, metric: Coded) -> Doubles:
    """The step of each record's metric, in its canonical unit; NaN of a metric that the plant has not."""
    metrics = book.profile.metrics
    return metric.each(lambda name: metrics[name].resolution if name in metrics else _NAN, np.float64)


@dataclass(frozen=True, slots=True)
class Bounds:
    """For each record the limits that hold for it; NaN, which nothing is beyond, where none does."""

    known: tuple[Limits, ...]
    place: NDArray[np.int64]

    def beyond(self, value: Doubles, below: str, above: str) -> NDArray[np.bool_]:
        """Whether each value is below one limit or above the other."""
        return (value < self.limit(below)) | (value > self.limit(above))

    def limit(self, name: str) -> Doubles:
        """One limit for each record."""
        values = [getattr(limits, name) for limits in self.known]
        return np.array([_NAN if value is None else value for value in values], dtype=np.float64)[self.place]


def bounds(book: Rulebook, machine: Coded, metric: Coded) -> Bounds:
    """The limits of each record; `machine` has keys.

    An override replaces all limits: a limit that it leaves out is not in force.
    """
    known: list[Limits] = [Limits()]
    places: dict[int, int] = {}

    def place_of(limits: Limits) -> int:
        if id(limits) not in places:
            places[id(limits)] = len(known)
            known.append(limits)
        return places[id(limits)]

    found = [book.profile.metrics.get(name) for name in metric.texts]
    if not any(one.overrides for one in found if one is not None):
        general = [0 if one is None else place_of(one.limits) for one in found]
        return Bounds(tuple(known), np.array(general, dtype=np.int64)[metric.codes])
    table = _own(book, machine, found, place_of)
    return Bounds(tuple(known), table[machine.codes, metric.codes])


def _own(
    book: Rulebook, machine: Coded, metrics: list[Metric | None], place_of: Callable[[Limits], int]
) -> NDArray[np.int64]:
    rows = [
        [
            0 if metric is None else place_of(metric.limits_for(machine_of(key), book.models.get(key)))
            for metric in metrics
        ]
        for key in machine.texts
    ]
    return np.array(rows, dtype=np.int64).reshape(len(machine.texts), len(metrics))


def _at(place: NDArray[np.int64], values: Sequence[float]) -> Doubles:
    return np.array(values, dtype=np.float64)[place]


def _pair(metric: Metric | None, unit: str) -> tuple[float, float, float, str]:
    if metric is None:
        return _NAN, _NAN, _NAN, "unknown_metric"
    known = spelled_conversions(metric.unit).get(unit_key(unit))
    if known is not None:
        return *known, metric.resolution, ""
    return _NAN, _NAN, _NAN, "unit_mismatch" if is_unit(unit) else "unknown_unit"
