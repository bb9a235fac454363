"""`silver.buckets`: readings of a machine and metric in one bucket, as whole numbers that merge in any order."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from expectations.plant import Profile
from expectations.tables.silver import BUCKETS
from silver.local_time import local_time


def build(readings: DataFrame, profile: Profile) -> DataFrame:
    """Buckets of `silver.readings`, key (machine_id, metric, bucket_at).

    First by sensor, where the order of readings is that of their times alone, then by machine.
    """
    by_sensor = (
        readings.withColumn("bucket_at", _bucket_of("measured_at", profile.bucket_s))
        .groupBy("machine_id", "metric", "bucket_at", "factory_id", "sensor_id")
        .agg(*_of_sensor())
    )
    return (
        by_sensor.groupBy("machine_id", "metric", "bucket_at")
        .agg(*_of_machine())
        .withColumn("bucket_date", f.to_date("bucket_at"))
        .withColumn("local_date", f.to_date(local_time(profile, "bucket_at")))
        .select(*BUCKETS.column_names)
    )


def _bucket_of(column: str, length_s: int) -> Column:
    measured_us = f.unix_micros(column)
    return f.timestamp_micros(measured_us - f.pmod(measured_us, f.lit(length_s * 1_000_000)))


def _of_sensor() -> list[Column]:
    return [
        f.count("steps").alias("n"),
        f.sum("steps").alias("total"),
        f.sum(_square("steps")).alias("squares"),
        f.min("steps").alias("least"),
        f.max("steps").alias("most"),
        f.min("measured_at").alias("began_at"),
        f.max("measured_at").alias("ended_at"),
        f.min_by("steps", "measured_at").alias("first"),
        f.max_by("steps", "measured_at").alias("last"),
        f.sum(f.col("is_warning").cast("bigint")).alias("warnings"),
        f.sum(f.col("is_critical").cast("bigint")).alias("criticals"),
    ]


def _of_machine() -> list[Column]:
    return [
        f.min("factory_id").alias("factory_id"),
        f.sum("n").alias("reading_count"),
        f.sum("total").alias("sum_steps"),
        f.sum("squares").cast("decimal(38,0)").alias("sum_squares"),
        f.min("least").alias("minimum_steps"),
        f.max("most").alias("maximum_steps"),
        f.min_by("first", f.struct("began_at", "sensor_id")).alias("first_steps"),
        f.max_by("last", f.struct("ended_at", "sensor_id")).alias("last_steps"),
        f.sum("warnings").alias("warning_count"),
        f.sum("criticals").alias("critical_count"),
    ]


def _square(column: str) -> Column:
    """Exact: as whole numbers of 64 bits where they hold it, else as decimals, which cost several times as much."""
    steps = f.col(column)
    exact = steps.cast("decimal(19,0)")
    small = f.when(f.abs(steps) < 2**31, (steps * steps).cast("decimal(38,0)"))
    return small.otherwise((exact * exact).cast("decimal(38,0)"))
