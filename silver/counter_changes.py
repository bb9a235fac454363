"""`silver.counter_changes`: how the value of a counter changed from reading to reading, as whole numbers of steps.

Increments add up: over any time without a reset or roll-over they are its last value less its first one.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.plant.plant_profile import Metric, Profile
from expectations.tables.arrow_columns import begins, coded, integers, micros, texts_of
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.counters import CHANGES, COUNTER_CHANGES, SERIES
from silver.counter_days import of_counters

Steps = NDArray[np.int64]
READS = ("sensor_id", "machine_id", "factory_id", "metric", "measured_at", "steps", "value", "unit", "measured_date",
         "local_date")  # fmt: skip
DAYS_READ = ("sensor_id", "machine_id", "factory_id", "metric", "last_at", "last_steps", "measured_date")
_KINDS = tuple(CHANGES)
_FIRST, _INCREASE, _ROLLOVER, _RESET, _DECREASE = range(5)


def build(readings: pa.Table, days: pa.Table, profile: Profile) -> pa.Table:
    """One row per reading of a counter, key (factory_id, machine_id, sensor_id, metric, measured_at).

    Args:
        readings: The columns `READS` of `silver.readings`, whole dates; texts plain or by code.
        days: The columns `DAYS_READ` of `silver.counter_days`: for each sensor of the readings the last date before.
        profile: The plant.
    """
    rows = _with_days_before(of_counters(readings, profile), of_counters(days, profile))
    at, steps = micros(rows, "measured_at"), integers(rows, "steps")
    series = [coded(rows, name).ranks() for name in SERIES]
    order = np.lexsort((at, *reversed(series)))
    ordered = rows.take(pa.array(order))
    is_first = begins(series, order)
    changes = _changes(steps[order], is_first, _Rules.of(ordered, profile))
    return _table(ordered, is_first, changes, profile)


@dataclass(frozen=True, slots=True)
class _Changes:
    """For each row its kind and what is counted."""

    kinds: NDArray[np.int32]
    increments: Steps


@dataclass(frozen=True, slots=True)
class _Rules:
    """For each row the rule of its metric, in steps: where it rolls over (0: nowhere), its noise (-1: a tenth)."""

    range_: Steps
    noise: Steps
    counts_reset: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: pa.Table, profile: Profile) -> "_Rules":
        """The rules of the rows' metrics."""
        metric = coded(rows, "metric")

        def each(value: Any, dtype: type) -> NDArray[Any]:
            return metric.each(lambda name: value(profile.metric(name)), dtype)

        return cls(each(_range, np.int64), each(_noise, np.int64), each(_counts_reset, np.bool_))


def _range(metric: Metric) -> int:
    end = metric.counter.rolls_over_at if metric.counter else None
    return 0 if end is None else _in_steps(end, metric.resolution)


def _noise(metric: Metric) -> int:
    noise = metric.counter.noise if metric.counter else None
    return -1 if noise is None else _in_steps(noise, metric.resolution)


def _counts_reset(metric: Metric) -> bool:
    return metric.counter is not None and metric.counter.after_reset == "zero"


def _in_steps(value: float, resolution: float) -> int:
    """Whole steps in a value, both as the profile writes them."""
    return int(Fraction(repr(value)) // Fraction(repr(resolution)))


def _changes(steps: Steps, is_first: NDArray[np.bool_], rules: _Rules) -> _Changes:
    """Each reading against the one before.

    A fall of at most the noise is a decrease; a tenth is what Home Assistant takes for `total_increasing` sensors. A
    greater fall is a roll-over where less than half of the range was passed (RFC 1982), else a reset. A rise of nine
    tenths of the range or more is a fall below 0.
    """
    before = np.roll(steps, 1)
    rise, passed = steps - before, steps - before + rules.range_
    has_range = rules.range_ > 0
    noise = np.where(rules.noise < 0, before // 10, rules.noise)
    is_below_zero = has_range & (rise >= rules.range_ - rules.range_ // 10) & (rise < rules.range_)
    is_small = (rise < 0) & (-rise <= noise)
    is_rollover = has_range & (rise < 0) & (2 * passed < rules.range_) & (passed >= 0)
    tests = [is_first, is_below_zero, rise >= 0, is_small, is_rollover]
    kinds = np.select(tests, [_FIRST, _DECREASE, _INCREASE, _DECREASE, _ROLLOVER], _RESET).astype(np.int32)
    counted = np.where(rules.counts_reset, steps, 0)
    found = [np.zeros_like(steps), rise - rules.range_, rise, rise, passed]
    return _Changes(kinds, np.select(tests, found, counted))


def _with_days_before(readings: pa.Table, days: pa.Table) -> pa.Table:
    """The readings, and below them the last ones of dates that have none among them: these have no local date."""
    is_read = pc.is_in(days.column("measured_date"), pc.unique(readings.column("measured_date")))
    named = days.filter(pc.invert(is_read)).rename_columns({"last_at": "measured_at", "last_steps": "steps"})
    return pa.concat_tables([readings, named], promote_options="default")


def _table(rows: pa.Table, is_first: NDArray[np.bool_], changes: _Changes, profile: Profile) -> pa.Table:
    """The contract's rows, without those of the dates before."""
    metric = coded(rows, "metric")
    resolution = metric.each(lambda name: profile.metric(name).resolution, np.float64)
    values = integers(rows, "steps").astype(np.float64) * resolution
    columns = {name: rows.column(name) for name in rows.column_names}
    columns |= {
        "kind": texts_of(changes.kinds, _KINDS),
        "previous_value": pa.array(np.roll(values, 1), mask=is_first),
        "previous_at": pa.array(np.roll(micros(rows, "measured_at"), 1), mask=is_first).cast(pa.timestamp("us", "UTC")),
        "increment": pa.array(changes.increments.astype(np.float64) * resolution),
        "increment_steps": pa.array(changes.increments),
    }
    schema = arrow_schema(COUNTER_CHANGES)
    found = pa.table([columns[name] for name in schema.names], names=schema.names)
    return found.filter(pc.is_valid(found.column("local_date"))).cast(schema)
