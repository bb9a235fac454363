"""`gold.machine_daily`: each machine's local day, with statistics of every metric."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from expectations.plant import Profile
from expectations.tables.gold import machine_daily
from expectations.units import unit
from gold import exact


def build(buckets: DataFrame, profile: Profile) -> DataFrame:
    """One row per machine and local date, key (machine_id, local_date).

    Args:
        buckets: `silver.buckets` of whole local days.
        profile: The plant; its metrics give the columns.
    """
    by_metric = _days_of_metrics(buckets)
    wide = by_metric.groupBy("machine_id", "local_date").agg(
        f.min("factory_id").alias("factory_id"),
        f.sum("reading_count").alias("reading_count"),
        f.sum("warning_count").alias("warning_count"),
        f.sum("critical_count").alias("critical_count"),
        *(column for name in profile.metrics for column in _metric_columns(profile, name)),
    )
    return wide.select(*machine_daily(profile).column_names)


def _days_of_metrics(buckets: DataFrame) -> DataFrame:
    return buckets.groupBy("machine_id", "metric", "local_date").agg(
        f.min("factory_id").alias("factory_id"),
        f.sum("reading_count").alias("reading_count"),
        f.sum("sum_steps").alias("sum_steps"),
        f.sum("sum_squares").cast(exact.EXACT).alias("sum_squares"),
        f.min("minimum_steps").alias("minimum_steps"),
        f.max("maximum_steps").alias("maximum_steps"),
        f.sum("warning_count").alias("warning_count"),
        f.sum("critical_count").alias("critical_count"),
    )


def _metric_columns(profile: Profile, name: str) -> list[Column]:
    """There is one row per metric, so `max` only picks it."""
    metric = profile.metric(name)
    suffix, resolution = unit(metric.unit).suffix, metric.resolution
    count, total = f.col("reading_count"), f.col("sum_steps")
    values = {
        f"{name}_mean_{suffix}": exact.mean(count, total, resolution),
        f"{name}_deviation_{suffix}": exact.deviation(count, total, f.col("sum_squares"), resolution),
        f"{name}_minimum_{suffix}": exact.scaled(f.col("minimum_steps"), resolution),
        f"{name}_maximum_{suffix}": exact.scaled(f.col("maximum_steps"), resolution),
        f"{name}_reading_count": count,
        f"{name}_warning_count": f.col("warning_count"),
    }
    is_this = f.col("metric") == name
    return [f.max(f.when(is_this, value)).alias(column) for column, value in values.items()]
