"""`gold.factory_daily`: each factory's local day."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from expectations.tables.gold import FACTORY_DAILY


def build(machine_days: DataFrame) -> DataFrame:
    """One row per factory and local date, key (factory_id, local_date), from `gold.machine_daily`."""
    return (
        machine_days.groupBy("factory_id", "local_date")
        .agg(
            f.sum("reading_count").alias("reading_count"),
            f.count("machine_id").alias("active_machine_count"),
            f.sum("warning_count").alias("warning_count"),
            f.sum("critical_count").alias("critical_count"),
        )
        .select(*FACTORY_DAILY.column_names)
    )
