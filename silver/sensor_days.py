"""`silver.sensor_days`: what each sensor measured on each UTC date, as whole numbers."""

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_columns import coded, integers, micros, stamps, texts_of
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.local_time import DAY_US, dates
from expectations.tables.machine_keys import machine_keys, machine_of
from expectations.tables.silver_anomalies import SENSOR_DAYS
from silver.groups import Groups, Steps, exact_sums, grouped, sums_of_squares

READS = ("sensor_id", "machine_id", "factory_id", "metric", "measured_at", "steps")


def build(readings: pa.Table) -> pa.Table:
    """One row per sensor, metric and UTC date, key (factory_id, machine_id, sensor_id, metric, measured_date).

    Args:
        readings: The columns `READS` of `silver.readings`, whole dates; texts plain or by code.
    """
    sensor, metric, machine = coded(readings, "sensor_id"), coded(readings, "metric"), machine_keys(readings)
    factory, at_us = coded(readings, "factory_id"), micros(readings, "measured_at")
    groups = grouped((at_us // DAY_US, metric.codes, sensor.codes, machine.codes), at_us, sensor)
    columns = {
        "sensor_id": texts_of(groups.first(sensor.codes), sensor.texts),
        "machine_id": texts_of(groups.first(machine.codes), [machine_of(key) for key in machine.texts]),
        "factory_id": texts_of(groups.first(factory.codes), factory.texts),
        "metric": texts_of(groups.first(metric.codes), metric.texts),
        "measured_date": dates(groups.first(at_us) // DAY_US),
        "first_at": stamps(groups.first(at_us)),
        "last_at": stamps(groups.last(at_us)),
        "reading_count": pa.array(groups.sizes),
        **_of_steps(integers(readings, "steps"), groups),
    }
    schema = arrow_schema(SENSOR_DAYS)
    return pa.table([columns[name] for name in schema.names], names=schema.names).cast(schema)


def _of_steps(steps: Steps, groups: Groups) -> dict[str, pa.Array]:
    changes = _changes(steps, groups)
    return {
        "sum_steps": pa.array(exact_sums(steps, groups).astype(np.int64)),
        "sum_squares": sums_of_squares(steps, groups),
        "minimum_steps": pa.array(groups.least(steps)),
        "maximum_steps": pa.array(groups.most(steps)),
        "longest_equal": pa.array(_longest_equal(changes, groups)),
        "sum_squared_changes": sums_of_squares(changes, groups),
    }


def _changes(steps: Steps, groups: Groups) -> Steps:
    """For each row what its value is more than the one before it in its group; 0 for a group's first."""
    changes = np.zeros(len(steps), np.int64)
    changes[groups.order[1:]] = np.diff(steps[groups.order])
    changes[groups.order[groups.starts]] = 0
    return changes


def _longest_equal(changes: Steps, groups: Groups) -> Steps:
    """The length of the longest run of equal neighbours in each group."""
    is_other = changes[groups.order] != 0
    is_other[groups.starts] = True
    lengths = np.diff(np.flatnonzero(is_other), append=len(is_other))
    of_group = np.flatnonzero(np.isin(np.flatnonzero(is_other), groups.starts))
    longest: Steps = np.maximum.reduceat(lengths, of_group) if len(lengths) else lengths
    return longest
