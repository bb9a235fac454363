"""The daily tables of the local dates that changed buckets touch."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from expectations.tables.gold import FACTORY_DAILY
from expectations.tables.silver import BUCKETS
from jobs.runtime.changes import changed_dates
from jobs.runtime.partitions import Replaced, replace_changed_dates
from jobs.runtime.plant import Plant

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

BUCKETS_SEEN = "buckets_version"
MACHINE_DAYS_SEEN = "machine_daily_version"
_DAY = timedelta(days=1)


def waiting_machine_dates(plant: Plant) -> list[date] | None:
    """Local dates that changed buckets may belong to; None where nothing happened."""
    dates = changed_dates(plant.lake, BUCKETS, plant.tables["gold.machine_daily"], BUCKETS_SEEN)
    return None if dates is None else sorted({day + shift for day in dates for shift in (-_DAY, 0 * _DAY, _DAY)})


def waiting_factory_dates(plant: Plant) -> list[date] | None:
    """Local dates whose machine days changed; None where nothing happened."""
    return changed_dates(plant.lake, plant.tables["gold.machine_daily"], FACTORY_DAILY, MACHINE_DAYS_SEEN)


def rebuild_machines(spark: "SparkSession", plant: Plant, dates: list[date]) -> Replaced:
    """Rebuild the machines' days of those dates."""
    from pyspark.sql import functions as f

    from gold import machine_daily

    table = plant.tables["gold.machine_daily"]
    said = {BUCKETS_SEEN: plant.lake.version(BUCKETS)}
    near = sorted({day + shift for day in dates for shift in (-_DAY, 0 * _DAY, _DAY)})
    buckets = plant.lake.read(spark, BUCKETS).where(f.col("bucket_date").isin(near) & f.col("local_date").isin(dates))
    return replace_changed_dates(plant.lake, table, machine_daily.build(buckets, plant.profile), dates, said)


def rebuild_factories(spark: "SparkSession", plant: Plant, dates: list[date]) -> Replaced:
    """Rebuild the factories' days of those dates."""
    from pyspark.sql import functions as f

    from gold import factory_daily

    table = plant.tables["gold.machine_daily"]
    said = {MACHINE_DAYS_SEEN: plant.lake.version(table)}
    days = plant.lake.read(spark, table).where(f.col("local_date").isin(dates))
    return replace_changed_dates(plant.lake, FACTORY_DAILY, factory_daily.build(days), dates, said)
