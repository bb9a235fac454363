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
        in_unit = f.lit(None).cast("double")
        for symbol in convertible(metric.unit):
            in_unit = f.when(f.col("unit") == symbol, _steps(metric, symbol)).otherwise(in_unit)
        steps = f.when(f.col("metric") == metric.name, in_unit).otherwise(steps)
    is_countable = f.abs(steps) < 2.0**53
    return readings.withColumn("steps", f.when(is_countable, steps).cast("bigint"))


def resolution_of(profile: Profile) -> Column:
    """The resolution of the row's metric; null where the plant has no such metric."""
    resolution = f.lit(None).cast("double")
    for metric in profile.metrics.values():
        resolution = f.when(f.col("metric") == metric.name, f.lit(metric.resolution)).otherwise(resolution)
    return resolution


def add_value(readings: DataFrame, profile: Profile) -> DataFrame:
    """Replace `value` and `unit` by the canonical ones: ``steps * resolution``."""
    unit = f.lit(None).cast("string")
    for metric in profile.metrics.values():
        unit = f.when(f.col("metric") == metric.name, f.lit(metric.unit)).otherwise(unit)
    value = f.col("steps").cast("double") * resolution_of(profile)
    return readings.withColumn("value", value).withColumn("unit", unit)


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
