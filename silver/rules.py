"""What a plant's profile says of a reading, beside each reading: how its unit converts, which limits hold for it.

Joined from small tables: a chain of conditions over all metrics and units costs several times as much a row.
"""

from collections.abc import Iterator, Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from expectations.plant import Limits, Metric, Profile
from expectations.units import conversion, convertible

LIMITS = ("minimum", "maximum", "warning_below", "warning_above", "critical_below", "critical_above")
_OWN = "_own_"
_GENERAL = "metric string, unit string, _factor double, _offset double, _resolution double, _unit string, " + ", ".join(
    f"_{name} double" for name in LIMITS
)
_OVERRIDES = f"machine_id string, metric string, {_OWN}metric string, " + ", ".join(
    f"{_OWN}{name} double" for name in LIMITS
)


def add_rules(readings: DataFrame, profile: Profile, models: Mapping[str, str]) -> DataFrame:
    """Add `_factor`, `_offset`, `_resolution`, `_unit` and one column for each of `LIMITS`, named with `_` before it.

    All are null where the plant has no such metric or the unit does not convert to the metric's.

    Args:
        readings: Columns machine_id, metric, unit.
        profile: The plant.
        models: machine_id -> model of the machines whose model is known.
    """
    general = readings.sparkSession.createDataFrame(list(_general(profile)), _GENERAL)
    ruled = readings.join(f.broadcast(general), ["metric", "unit"], "left")
    overrides = list(_overrides(profile, models))
    if not overrides:
        return ruled
    own = readings.sparkSession.createDataFrame(overrides, _OVERRIDES)
    return _overridden(ruled.join(f.broadcast(own), ["machine_id", "metric"], "left"))


def _overridden(ruled: DataFrame) -> DataFrame:
    """An override takes the place of all limits: one that it leaves out does not hold."""
    is_own = f.col(f"{_OWN}metric").isNotNull() & f.col("_resolution").isNotNull()
    for name in LIMITS:
        limit = f.when(is_own, f.col(f"{_OWN}{name}")).otherwise(f.col(f"_{name}"))
        ruled = ruled.withColumn(f"_{name}", limit)
    return ruled.drop(f"{_OWN}metric", *(f"{_OWN}{name}" for name in LIMITS))


def _general(profile: Profile) -> Iterator[tuple[object, ...]]:
    for metric in profile.metrics.values():
        for symbol in convertible(metric.unit):
            factor, offset = conversion(symbol, metric.unit)
            yield metric.name, symbol, factor, offset, metric.resolution, metric.unit, *_values(metric.limits)


def _overrides(profile: Profile, models: Mapping[str, str]) -> Iterator[tuple[object, ...]]:
    for metric in profile.metrics.values():
        for machine in sorted(_named_machines(metric) | models.keys()):
            limits = metric.limits_for(machine, models.get(machine))
            if limits is not metric.limits:
                yield machine, metric.name, metric.name, *_values(limits)


def _named_machines(metric: Metric) -> set[str]:
    return {override.machine_id for override in metric.overrides if override.machine_id is not None}


def _values(limits: Limits) -> tuple[float | None, ...]:
    return tuple(None if getattr(limits, name) is None else float(getattr(limits, name)) for name in LIMITS)
