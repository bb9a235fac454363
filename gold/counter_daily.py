"""`gold.counter_daily`: what each counter counted on each local day."""

import pyarrow as pa

from expectations.plant.plant_profile import Profile
from expectations.tables.counters import COUNTER_DAILY
from gold.counted import counted

READS = ("sensor_id", "machine_id", "factory_id", "metric", "kind", "increment_steps", "unit", "local_date")


def build(changes: pa.Table, profile: Profile) -> pa.Table:
    """One row per sensor, metric and local date, key (factory_id, machine_id, sensor_id, metric, local_date).

    An increment belongs to the day of the later of its two readings.

    Args:
        changes: The columns `READS` of `silver.counter_changes`, whole local dates; texts plain or by code.
        profile: The plant: resolutions.
    """
    return counted(changes, ("local_date",), COUNTER_DAILY, profile)
