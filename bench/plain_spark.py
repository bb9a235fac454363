"""Plain Spark code for the same tables (`process_sensor_data`, `aggregate_metrics`), as pipelines are often written.

It reads JSON into Parquet, filters ranges, adds the calendar, finds anomalies in one window, and overwrites a silver
and two gold tables. It has neither units, nor duplicates, nor quarantine, nor audits.

- A schema is given, to its advantage: without one `read.json` needs one more pass to infer it (printed beside), and a
  single number in quotes makes every value a text, on which the code fails. Lines that cannot be read become null rows.
- Ranges, windows and aggregates are by metric, since messages are long. One window for all metrics is to its advantage.
- The window holds the 100 readings before. The run's date is given.
"""

import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f

from bench.measure import Stages

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SCHEMA = (
    "timestamp timestamp, sensor_id string, machine_id string, factory_id string, metric_type string, value double, "
    "unit string"
)
_RANGES = {"temperature": 200, "vibration": 100, "pressure": 500}
_AGGREGATED = ("temperature", "vibration")


def run(spark: "SparkSession", landing: Path, lake: Path, today: date) -> Stages:
    """Landing to the two gold tables; seconds by stage."""
    stages = Stages()
    with stages.stage("landing to bronze"):
        land(spark, landing, lake)
    with stages.stage("bronze to silver, buckets"):
        process_sensor_data(spark, lake, today)
    with stages.stage("daily tables"):
        aggregate_metrics(spark, lake)
    return stages


def land(spark: "SparkSession", landing: Path, lake: Path) -> None:
    """The landed JSON as `bronze/sensor_data`, with a `date`."""
    raw_data = spark.read.schema(_SCHEMA).json(str(landing))
    raw_data.withColumn("date", f.to_date("timestamp")).write.mode("append").parquet(f"{lake}/bronze/sensor_data/")


def infer(spark: "SparkSession", landing: Path) -> float:
    """Seconds that the schema of the landed JSON takes to infer, which `run` leaves out."""
    began = time.monotonic()
    _ = spark.read.json(str(landing)).schema
    return time.monotonic() - began


def process_sensor_data(spark: "SparkSession", lake: Path, today: date) -> None:
    """Process raw sensor data."""
    raw_data = (
        spark.read.format("parquet")
        .load(f"{lake}/bronze/sensor_data/")
        .filter(f.col("date") >= f.lit(today) - f.expr("INTERVAL 7 DAYS"))
    )
    processed_data = _with_anomalies(_with_calendar(_checked(raw_data)))
    processed_data.write.format("delta").mode("overwrite").partitionBy("event_date", "factory_id").option(
        "overwriteSchema", "true"
    ).save(f"{lake}/silver/sensor_data_processed")


def _checked(raw_data: DataFrame) -> DataFrame:
    good = f.lit(True)
    for metric, highest in _RANGES.items():
        good = good & ((f.col("metric_type") != metric) | f.col("value").between(0, highest))
    return raw_data.filter(good)


def _with_calendar(data: DataFrame) -> DataFrame:
    shift = (
        f.when(f.hour("timestamp").between(6, 14), "morning")
        .when(f.hour("timestamp").between(14, 22), "afternoon")
        .otherwise("night")
    )
    return (
        data.withColumn("event_date", f.to_date("timestamp"))
        .withColumn("event_hour", f.hour("timestamp"))
        .withColumn("is_weekend", f.dayofweek("timestamp").isin(1, 7))
        .withColumn("shift", shift)
    )


def _with_anomalies(data: DataFrame) -> DataFrame:
    before = Window.partitionBy("machine_id", "metric_type").orderBy("timestamp").rowsBetween(-100, -1)
    is_far = f.abs(f.col("value") - f.col("rolling_avg")) > 3 * f.col("rolling_std")
    return (
        data.withColumn("rolling_avg", f.avg("value").over(before))
        .withColumn("rolling_std", f.stddev("value").over(before))
        .withColumn("anomaly", f.when(is_far, 1).otherwise(0))
    )


def aggregate_metrics(spark: "SparkSession", lake: Path) -> None:
    """Aggregate sensor metrics."""
    processed_data = spark.read.format("delta").load(f"{lake}/silver/sensor_data_processed")
    machine_metrics = processed_data.groupBy("machine_id", "event_date").agg(
        *(column for metric in _AGGREGATED for column in _aggregates(metric)), f.count("*").alias("reading_count")
    )
    machine_metrics.write.format("delta").mode("overwrite").partitionBy("event_date").save(
        f"{lake}/gold/machine_metrics"
    )
    factory_metrics = processed_data.groupBy("factory_id", "event_date").agg(
        f.count("*").alias("total_readings"),
        f.count("machine_id").alias("active_machines"),
        *(f.sum(_of(metric, "anomaly")).alias(f"total_{metric}_anomalies") for metric in _AGGREGATED),
    )
    factory_metrics.write.format("delta").mode("overwrite").partitionBy("event_date").save(
        f"{lake}/gold/factory_metrics"
    )


def _aggregates(metric: str) -> list[Column]:
    value = _of(metric, "value")
    return [
        f.avg(value).alias(f"avg_{metric}"),
        f.max(value).alias(f"max_{metric}"),
        f.stddev(value).alias(f"std_{metric}"),
        f.sum(_of(metric, "anomaly")).alias(f"{metric}_anomaly_count"),
    ]


def _of(metric: str, column: str) -> Column:
    return f.when(f.col("metric_type") == metric, f.col(column))
