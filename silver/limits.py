"""Limits of metrics: the range that a reading must lie in, and the limits that make it a warning or critical.

All need the columns of `rules` and `canonical_value`.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f


def out_of_range() -> Column:
    """Whether the canonical value is outside its metric's minimum and maximum."""
    return _beyond("_minimum", "_maximum")


def add_limit_flags(readings: DataFrame) -> DataFrame:
    """Add `is_warning` and `is_critical`: beyond a warning or critical limit, or beyond a critical one."""
    critical = _beyond("_critical_below", "_critical_above")
    warning = _beyond("_warning_below", "_warning_above")
    return readings.withColumn("is_critical", critical).withColumn("is_warning", warning | f.col("is_critical"))


def _beyond(below: str, above: str) -> Column:
    """A limit that is null does not hold."""
    value = f.col("canonical_value")
    return f.coalesce(value < f.col(below), f.lit(False)) | f.coalesce(value > f.col(above), f.lit(False))
