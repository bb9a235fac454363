"""Readings in canonical units, counted in steps of their metric's resolution. All need the columns of `rules`."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from expectations.plant import Profile
from expectations.units import UNITS


def add_steps(readings: DataFrame) -> DataFrame:
    """Add `steps` (bigint): ``rint((value * factor + offset) / resolution)``; null where metric or unit do not fit.

    `rint` rounds halves to even, as Python's `round` and the gateway do. Factor 1 and offset 0 of an equal unit leave
    every double as it is, so that the same text gives the same steps everywhere.
    """
    steps = f.rint((f.col("value") * f.col("_factor") + f.col("_offset")) / f.col("_resolution"))
    return readings.withColumn("steps", f.when(f.abs(steps) < 2.0**53, steps).cast("bigint"))


def canonical_value() -> Column:
    """``steps * resolution``, in the metric's own unit."""
    return f.col("steps").cast("double") * f.col("_resolution")


def unit_fault(profile: Profile) -> Column:
    """`unknown_metric`, `unknown_unit`, `unit_mismatch`, or null."""
    fault = (
        f.when(~f.col("metric").isin(*profile.metrics), f.lit("unknown_metric"))
        .when(~f.col("unit").isin(*UNITS), f.lit("unknown_unit"))
        .otherwise(f.lit("unit_mismatch"))
    )
    return f.when(f.col("_resolution").isNull(), fault)
