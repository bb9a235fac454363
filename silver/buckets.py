"""`silver.buckets`: readings of a machine and metric in one bucket, as whole numbers that merge in any order."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from expectations.plant import Profile
from expectations.tables.silver import BUCKETS
from silver.local_time import local_time


def build(readings: DataFrame, profile: Profile) -> DataFrame:
    """Buckets of `silver.readings`, key (machine_id, metric, bucket_at)."""
    length_us = profile.bucket_s * 1_000_000
    measured_us = f.unix_micros("measured_at")
    start_us = measured_us - f.pmod(measured_us, f.lit(length_us))
    order = f.struct("measured_at", "sensor_id")
    steps = f.col("steps")
    return (
        readings.withColumn("bucket_at", f.timestamp_micros(start_us))
        .groupBy("machine_id", "metric", "bucket_at")
        .agg(
            f.min("factory_id").alias("factory_id"),
            f.count("steps").alias("reading_count"),
            f.sum("steps").alias("sum_steps"),
            f.sum((steps.cast("decimal(19,0)") * steps.cast("decimal(19,0)")).cast("decimal(38,0)"))
            .cast("decimal(38,0)")
            .alias("sum_squares"),
            f.min("steps").alias("minimum_steps"),
            f.max("steps").alias("maximum_steps"),
            f.min_by("steps", order).alias("first_steps"),
            f.max_by("steps", order).alias("last_steps"),
            f.sum(f.col("is_warning").cast("bigint")).alias("warning_count"),
            f.sum(f.col("is_critical").cast("bigint")).alias("critical_count"),
        )
        .withColumn("bucket_date", f.to_date("bucket_at"))
        .withColumn("local_date", f.to_date(local_time(profile, "bucket_at")))
        .select(*BUCKETS.column_names)
    )
