"""`silver.metrics`: what the profile says of each metric, as rows; written again where the profile says otherwise."""

from dataclasses import asdict
from typing import Any

from expectations.plant.plant_profile import Limits, Metric, Profile
from expectations.units import unit


def metric_rows(profile: Profile) -> list[dict[str, Any]]:
    """A row for each metric, and one for each of its overrides."""
    return [_row(metric, limits) for metric in profile.metrics.values() for limits in _all_limits(metric)]


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
