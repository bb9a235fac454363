"""Limits of metrics: the range that a reading must lie in, and the limits that make it a warning or critical."""

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from expectations.plant import Limits, Metric, Profile

Judge = Callable[[Limits], Column]


def out_of_range(profile: Profile) -> Column:
    """Whether the canonical value (``steps * resolution``) is outside its metric's minimum and maximum."""
    return _by_metric(profile, _outside)


def add_limit_flags(readings: DataFrame, profile: Profile) -> DataFrame:
    """Add `is_warning` and `is_critical`: beyond a warning or critical limit, or beyond a critical one.

    Needs `machine_model` (null where unknown) beside the readings' columns.
    """
    critical = _by_metric(profile, lambda limits: _beyond(limits.critical_below, limits.critical_above))
    warning = _by_metric(profile, lambda limits: _beyond(limits.warning_below, limits.warning_above))
    return readings.withColumn("is_critical", critical).withColumn("is_warning", warning | f.col("is_critical"))


def _by_metric(profile: Profile, judge: Judge) -> Column:
    verdict = f.lit(False)
    for metric in profile.metrics.values():
        verdict = f.when(f.col("metric") == metric.name, _by_machine(metric, judge)).otherwise(verdict)
    return f.coalesce(verdict, f.lit(False))


def _by_machine(metric: Metric, judge: Judge) -> Column:
    """The machine's own override counts before its model's, that before the metric's."""
    verdict = judge(metric.limits)
    for override in metric.overrides:
        if override.machine_model is not None:
            is_this = f.coalesce(f.col("machine_model") == override.machine_model, f.lit(False))
            verdict = f.when(is_this, judge(override)).otherwise(verdict)
    for override in metric.overrides:
        if override.machine_id is not None:
            verdict = f.when(f.col("machine_id") == override.machine_id, judge(override)).otherwise(verdict)
    return verdict


def _outside(limits: Limits) -> Column:
    return _beyond(limits.minimum, limits.maximum)


def _beyond(below: float | None, above: float | None) -> Column:
    verdict = f.lit(False)
    if below is not None:
        verdict = verdict | (f.col("canonical_value") < f.lit(below))
    if above is not None:
        verdict = verdict | (f.col("canonical_value") > f.lit(above))
    return verdict
