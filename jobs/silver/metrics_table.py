"""`silver.metrics`: what the profile says of each metric, as rows; written anew where the profile says otherwise."""

from dataclasses import asdict
from typing import Any

from expectations.plant.plant_profile import Limits, Metric, Profile
from expectations.tables.silver import METRICS
from expectations.units import unit
from lakehouse.plant import Plant
from lakehouse.publish.changed_partitions import are_same
from lakehouse.publish.rows import arrow_rows, replace_changed_rows


def metric_rows(profile: Profile) -> list[dict[str, Any]]:
    """A row for each metric, and one for each of its overrides."""
    return [_row(metric, limits) for metric in profile.metrics.values() for limits in _all_limits(metric)]


def is_behind(plant: Plant) -> bool:
    """Whether the table says something else than the profile."""
    return not are_same(arrow_rows(metric_rows(plant.profile), METRICS), plant.lake.arrow(METRICS), METRICS)


def rebuild(plant: Plant) -> bool:
    """Write the table anew; whether it changed.

    Raises:
        GateRefused: A rule of the table is broken; it stays as it was.
    """
    return replace_changed_rows(plant.lake, METRICS, metric_rows(plant.profile))


def _all_limits(metric: Metric) -> tuple[Limits, ...]:
    return (metric.limits, *metric.overrides)


def _row(metric: Metric, limits: Limits) -> dict[str, Any]:
    return {
        "metric": metric.name,
        "unit": metric.unit,
        "quantity": unit(metric.unit).quantity,
        "resolution": metric.resolution,
        "description": metric.description or None,
        **asdict(limits),
    }
