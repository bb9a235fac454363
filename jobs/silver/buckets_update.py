"""Buckets of the dates that new readings touched."""

from datetime import date
from typing import TYPE_CHECKING

from expectations.tables.silver import BUCKETS, READINGS_TABLE
from jobs.runtime.changes import changed_dates
from jobs.runtime.partitions import Replaced, replace_changed_dates
from jobs.runtime.plant import Plant

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SOURCE = "readings_version"


def waiting_dates(plant: Plant) -> list[date] | None:
    """UTC dates whose readings changed since the buckets were built; None where nothing happened."""
    return changed_dates(plant.lake, READINGS_TABLE, BUCKETS, SOURCE)


def rebuild(spark: "SparkSession", plant: Plant, dates: list[date]) -> Replaced:
    """Rebuild the buckets of those dates and replace those that changed.

    Raises:
        GateRefused: The buckets break their contract.
    """
    from pyspark.sql import functions as f

    from silver import buckets

    said = {SOURCE: plant.lake.version(READINGS_TABLE)}
    readings = plant.lake.read(spark, READINGS_TABLE).where(f.col("measured_date").isin(dates))
    return replace_changed_dates(plant.lake, BUCKETS, buckets.build(readings, plant.profile), dates, said)
