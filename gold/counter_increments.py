"""`gold.counter_increments`: what each counter counted in each bucket."""

import pyarrow as pa

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import micros, stamps
from expectations.tables.counters import COUNTER_INCREMENTS
from gold.counted import counted

READS = ("sensor_id", "machine_id", "factory_id", "metric", "measured_at", "kind", "increment_steps", "unit",
         "measured_date")  # fmt: skip


def build(changes: pa.Table, profile: Profile) -> pa.Table:
    """One row per sensor, metric and bucket, key (factory_id, machine_id, sensor_id, metric, bucket_at).

    An increment belongs to the bucket of the later of its two readings: nothing is interpolated, so that buckets add
    up to the whole to the step.

    Args:
        changes: The columns `READS` of `silver.counter_changes`, whole dates; texts plain or by code.
        profile: The plant: bucket length, resolutions.
    """
    length_us = profile.bucket_s * 1_000_000
    bucket = stamps(micros(changes, "measured_at") // length_us * length_us)
    rows = changes.append_column("bucket_at", bucket).rename_columns({"measured_date": "bucket_date"})
    return counted(rows, ("bucket_at", "bucket_date"), COUNTER_INCREMENTS, profile)
