"""`silver.buckets`: readings of a machine and metric in one bucket, as whole numbers that merge in any order."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import Coded, Micros, coded, flags, integers, micros, stamps, texts_of
from expectations.tables.machine_keys import machine_keys, machine_of
from expectations.tables.silver import BUCKETS
from silver.local_time import DAY_US, dates, local_us

Steps = NDArray[np.int64]
READS = ("machine_id", "factory_id", "metric", "sensor_id", "measured_at", "steps", "is_warning", "is_critical")
_LARGEST = 2**63 - 1
_SUM_OF_SQUARES = pa.decimal128(38, 0)


def build(readings: pa.Table, profile: Profile) -> pa.Table:
    """Buckets of `silver.readings`, key (machine_id, factory_id, metric, bucket_at); texts by code.

    Args:
        readings: The columns `READS`, whole buckets.
        profile: The plant: bucket length, and the zones of its factories.
    """
    metric, factory, machine = coded(readings, "metric"), coded(readings, "factory_id"), machine_keys(readings)
    at_us, length_us = micros(readings, "measured_at"), profile.bucket_s * 1_000_000
    bucket = at_us // length_us
    groups = _grouped((bucket, metric.codes, machine.codes), at_us, coded(readings, "sensor_id"))
    bucket_us = groups.first(bucket) * length_us
    factories = Coded(groups.first(factory.codes), factory.texts)
    columns = {
        "machine_id": texts_of(groups.first(machine.codes), [machine_of(key) for key in machine.texts]),
        "factory_id": texts_of(factories.codes, factories.texts),
        "metric": texts_of(groups.first(metric.codes), metric.texts),
        "bucket_at": stamps(bucket_us),
        "reading_count": pa.array(groups.sizes),
        **_of_steps(integers(readings, "steps"), groups),
        "warning_count": pa.array(groups.sum(flags(readings, "is_warning").astype(np.int64))),
        "critical_count": pa.array(groups.sum(flags(readings, "is_critical").astype(np.int64))),
        "bucket_date": dates(bucket_us // DAY_US),
        "local_date": dates(local_us(bucket_us, factories, profile) // DAY_US),
    }
    return pa.table([columns[name] for name in BUCKETS.column_names], names=list(BUCKETS.column_names))


@dataclass(frozen=True, slots=True)
class _Groups:
    """Rows ordered by group, within it by time and then sensor; where each group begins."""

    order: NDArray[np.int64]
    starts: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        sizes: NDArray[np.int64] = np.diff(self.starts, append=len(self.order))
        return sizes

    def first(self, column: NDArray[Any]) -> NDArray[Any]:
        firsts: NDArray[Any] = column[self.order[self.starts]]
        return firsts

    def last(self, column: NDArray[Any]) -> NDArray[Any]:
        lasts: NDArray[Any] = column[self.order[self.starts + self.sizes - 1]]
        return lasts

    def sum(self, column: NDArray[Any]) -> NDArray[Any]:
        return self._reduced(np.add, column)

    def least(self, column: NDArray[Any]) -> NDArray[Any]:
        return self._reduced(np.minimum, column)

    def most(self, column: NDArray[Any]) -> NDArray[Any]:
        return self._reduced(np.maximum, column)

    def _reduced(self, combine: np.ufunc, column: NDArray[Any]) -> NDArray[Any]:
        if not len(self.starts):
            return column[:0]
        reduced: NDArray[Any] = combine.reduceat(column[self.order], self.starts)
        return reduced


def _grouped(keys: tuple[NDArray[Any], ...], at_us: Micros, sensor: Coded) -> _Groups:
    """Rows in groups of equal keys; the last key varies slowest."""
    order = np.lexsort((sensor.ranks(), at_us, *keys))
    changes = [column[order][1:] != column[order][:-1] for column in keys]
    starts = np.flatnonzero(np.concatenate((np.ones(min(1, len(order)), bool), np.logical_or.reduce(changes))))
    return _Groups(order, starts)


def _of_steps(steps: Steps, groups: _Groups) -> dict[str, pa.Array]:
    return {
        "sum_steps": pa.array(_exact_sums(steps, groups).astype(np.int64)),
        "sum_squares": _squares(steps, groups),
        "minimum_steps": pa.array(groups.least(steps)),
        "maximum_steps": pa.array(groups.most(steps)),
        "first_steps": pa.array(groups.first(steps)),
        "last_steps": pa.array(groups.last(steps)),
    }


def _exact_sums(steps: Steps, groups: _Groups) -> NDArray[Any]:
    """Sums as 64-bit numbers where no group can go beyond them, else as Python's own."""
    largest = int(np.abs(steps).max(initial=0))
    return groups.sum(steps if largest * len(steps) <= _LARGEST else steps.astype(object))


def _squares(steps: Steps, groups: _Groups) -> pa.Array:
    largest, most = int(np.abs(steps).max(initial=0)), int(groups.sizes.max(initial=0))
    if largest * largest * most <= _LARGEST:
        return pa.array(groups.sum(steps * steps)).cast(_SUM_OF_SQUARES)
    whole = steps.astype(object)
    return pa.array([Decimal(total) for total in groups.sum(whole * whole)], _SUM_OF_SQUARES)
