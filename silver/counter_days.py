"""`silver.counter_days`: the last reading of each counter on each UTC date."""

import pyarrow as pa
import pyarrow.compute as pc

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import plain_texts
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.counters import COUNTER_DAYS, SERIES

READS = ("sensor_id", "machine_id", "factory_id", "metric", "measured_at", "steps", "measured_date")


def build(readings: pa.Table, profile: Profile) -> pa.Table:
    """One row per sensor, metric and UTC date, of the profile's counters.

    Args:
        readings: The columns `READS` of `silver.readings`, whole dates; texts plain or by code.
        profile: The plant.
    """
    counters = of_counters(readings, profile).sort_by("measured_at")
    grouped = counters.group_by([*SERIES, "measured_date"], use_threads=False)
    found = grouped.aggregate([("measured_at", "last"), ("steps", "last")])
    named = found.rename_columns([*SERIES, "measured_date", "last_at", "last_steps"])
    schema = arrow_schema(COUNTER_DAYS)
    return named.select(schema.names).cast(schema)


def of_counters(readings: pa.Table, profile: Profile) -> pa.Table:
    """The readings of counters; texts plain."""
    table = plain_texts(readings)
    return table.filter(pc.is_in(table.column("metric"), pa.array(list(profile.counters), pa.string())))
