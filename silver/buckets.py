"""`silver.buckets`: readings of a machine and metric in one bucket, as whole numbers that merge in any order."""

import numpy as np
import pyarrow as pa

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import Coded, coded, flags, integers, micros, stamps, texts_of
from expectations.tables.local_time import DAY_US, dates, local_us
from expectations.tables.machine_keys import machine_keys, machine_of
from expectations.tables.silver import BUCKETS
from silver.groups import Groups, Steps, exact_sums, grouped, sums_of_squares

READS = ("machine_id", "factory_id", "metric", "sensor_id", "measured_at", "steps", "is_warning", "is_critical")


def build(readings: pa.Table, profile: Profile) -> pa.Table:
    """Buckets of `silver.readings`, key (machine_id, factory_id, metric, bucket_at); texts by code.

    Args:
        readings: The columns `READS`, whole buckets.
        profile: The plant: bucket length, and the zones of its factories.
    """
    metric, factory, machine = coded(readings, "metric"), coded(readings, "factory_id"), machine_keys(readings)
    at_us, length_us = micros(readings, "measured_at"), profile.bucket_s * 1_000_000
    bucket = at_us // length_us
    groups = grouped((bucket, metric.codes, machine.codes), at_us, coded(readings, "sensor_id"))
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


def _of_steps(steps: Steps, groups: Groups) -> dict[str, pa.Array]:
    return {
        "sum_steps": pa.array(exact_sums(steps, groups).astype(np.int64)),
        "sum_squares": sums_of_squares(steps, groups),
        "minimum_steps": pa.array(groups.least(steps)),
        "maximum_steps": pa.array(groups.most(steps)),
        "first_steps": pa.array(groups.first(steps)),
        "last_steps": pa.array(groups.last(steps)),
    }
