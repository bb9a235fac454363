"""Readings in canonical units, counted in steps of their metric's resolution."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from expectations.plant import Metric, Profile
from expectations.units import UNITS, conversion, convertible


def add_steps(readings: DataFrame, profile: Profile) -> DataFrame:
    """Add `steps` (bigint): ``rint((value * factor + offset) / resolution)``; null where metric or unit do not fit.

    `rint` rounds halves to even, as Python's `round` and the gateway do. An equal unit is taken without arithmetic, so
    that the same text gives the same double everywhere.
    """
    steps = f.lit(None).cast("double")
    for metric in profile.metrics.values():
        for symbol in convertible(metric.unit):
            is_this = (f.col("metric") == metric.name) & (f.col("unit") == symbol)
            steps = f.when(is_this, _steps(metric, symbol)).otherwise(steps)
    is_countable = f.abs(steps) < 2.0**53
    return readings.withColumn("steps", f.when(is_countable, steps).cast("bigint"))


def add_value(readings: DataFrame, profile: Profile) -> DataFrame:
    """Replace `value` and `unit` by the canonical ones: ``steps * resolution``."""
    resolution, unit = f.lit(None).cast("double"), f.lit(None).cast("string")
    for metric in profile.metrics.values():
        is_this = f.col("metric") == metric.name
        resolution = f.when(is_this, f.lit(metric.resolution)).otherwise(resolution)
        unit = f.when(is_this, f.lit(metric.unit)).otherwise(unit)
    return readings.withColumn("value", f.col("steps").cast("double") * resolution).withColumn("unit", unit)


def unit_fault(profile: Profile) -> Column:
    """`unknown_metric`, `unknown_unit`, `unit_mismatch`, or null."""
    fits = f.lit(False)
    for metric in profile.metrics.values():
        fits = fits | ((f.col("metric") == metric.name) & f.col("unit").isin(*convertible(metric.unit)))
    return (
        f.when(~f.col("metric").isin(*profile.metrics), f.lit("unknown_metric"))
        .when(~f.col("unit").isin(*UNITS), f.lit("unknown_unit"))
        .when(~fits, f.lit("unit_mismatch"))
    )


def _steps(metric: Metric, symbol: str) -> Column:
    factor, offset = conversion(symbol, metric.unit)
    value = f.col("value")
    if symbol != metric.unit:
        value = value * f.lit(factor) + f.lit(offset)
    return f.rint(value / f.lit(metric.resolution))
