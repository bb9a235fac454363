"""`gold.factory_daily`: each factory's local day."""

import pyarrow as pa

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold import FACTORY_DAILY

READS = ("factory_id", "local_date", "machine_id", "reading_count", "warning_count", "critical_count", "anomaly_count")


def build(machine_days: pa.Table) -> pa.Table:
    """One row per factory and local date, key (factory_id, local_date).

    Args:
        machine_days: The columns `READS` of `gold.machine_daily`, whole days; texts plain or by code.
    """
    sums = [(name, "sum") for name in READS[3:]]
    grouped = machine_days.unify_dictionaries().group_by(["factory_id", "local_date"], use_threads=False)
    found = grouped.aggregate([*sums, ("machine_id", "count")])
    names = ["factory_id", "local_date", *(name for name, _ in sums), "active_machine_count"]
    schema = arrow_schema(FACTORY_DAILY)
    return found.rename_columns(names).select(schema.names).cast(schema)
