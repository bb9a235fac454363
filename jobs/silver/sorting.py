"""Records of bronze with their fates: flagged, sorted out among themselves, counted."""

from typing import TYPE_CHECKING

from jobs.runtime.plant import Plant
from jobs.silver.batch_counts import Survey, survey_of

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession


def flagged(spark: "SparkSession", plant: Plant, where: "Column", models: dict[str, str]) -> "DataFrame":
    """The readings of bronze that fulfil a condition, flagged by the limits of those models."""
    from silver import readings

    bronze = plant.lake.read(spark, plant.tables["bronze.readings"]).where(where)
    machines = spark.createDataFrame(list(models.items()), "machine_id string, machine_model string")
    return readings.flag(bronze, machines, plant.profile)


def sorted_out(records: "DataFrame") -> "DataFrame":
    """Flagged records with their fates among themselves, kept in the engine: computed once, asked often."""
    from silver import identity, readings

    repeated = identity.repeated_hashes(records.where("size(_faults) = 0")).localCheckpoint()
    return readings.sort_out(records, None if repeated.isEmpty() else repeated).localCheckpoint()


def survey(records: "DataFrame") -> Survey:
    """Counts of sorted records, and the dates of the good ones."""
    from pyspark.sql import functions as f

    fault = f.try_element_at("_faults", f.lit(1))
    day = f.when(fault.isNull(), f.to_date("measured_at"))
    return survey_of(records.groupBy("_fate", fault.alias("fault"), day.alias("day")).count().collect())
