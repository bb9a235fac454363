"""The terms of a lake: what its whole numbers and dates go by. They are written down with each batch and held to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from expectations.plant.plant_profile import Profile


@dataclass(frozen=True, slots=True)
class Terms:
    """What rows that stand cannot be read without.

    Attributes:
        metrics: Metric -> unit and resolution of its steps.
        bucket_s: Length of the buckets, seconds.
        default_zone: Zone whose days a factory has that is not in `zones`.
        zones: Factory -> zone.
    """

    metrics: Mapping[str, tuple[str, float]]
    bucket_s: int
    default_zone: str
    zones: Mapping[str, str]

    def zone_of(self, factory_id: str) -> str:
        """Name of the factory's time zone."""
        return self.zones.get(factory_id, self.default_zone)

    def to_json(self) -> dict[str, Any]:
        """The terms as a commit says them."""
        return {
            "metrics": {name: list(pair) for name, pair in sorted(self.metrics.items())},
            "bucket_s": self.bucket_s,
            "default_zone": self.default_zone,
            "zones": dict(self.zones),
        }


def terms_of(profile: Profile) -> Terms:
    """The terms that a profile asks for."""
    metrics = {name: (metric.unit, metric.resolution) for name, metric in profile.metrics.items()}
    return Terms(metrics, profile.bucket_s, profile.default_zone, profile.zones)


def from_json(said: Mapping[str, Any]) -> Terms:
    """The terms that a commit says."""
    metrics = {name: (unit, resolution) for name, (unit, resolution) in said["metrics"].items()}
    return Terms(metrics, said["bucket_s"], said["default_zone"], said["zones"])


def joined(standing: Terms | None, asked: Terms) -> Terms:
    """What a lake goes by from now on: a metric that left the profile keeps its step, lest it come back otherwise."""
    if standing is None:
        return asked
    return Terms({**standing.metrics, **asked.metrics}, asked.bucket_s, asked.default_zone, asked.zones)


def broken_by(standing: Terms, asked: Terms) -> list[str]:
    """A sentence for each term that no row could outlive: the step of a metric, the length of a bucket."""
    lengths = (standing.bucket_s, asked.bucket_s)
    return [
        f"metric {name} is counted in steps of {_step(standing.metrics[name])} there, the profile says {_step(pair)}"
        for name, pair in asked.metrics.items()
        if standing.metrics.get(name, pair) != pair
    ] + (
        [f"buckets are {lengths[0]} s long there, the profile says {lengths[1]} s"] if lengths[0] != lengths[1] else []
    )


def left_out(standing: Terms, asked: Terms) -> list[str]:
    """Metrics that the lake knows and the profile does not."""
    return sorted(standing.metrics.keys() - asked.metrics.keys())


def moved(standing: Terms, asked: Terms, factories: Iterable[str]) -> list[str]:
    """A sentence for each of the factories whose days would turn at another time."""
    zones = [(factory, standing.zone_of(factory), asked.zone_of(factory)) for factory in sorted(factories)]
    return [
        f"factory {factory} has the days of {old} there, the profile says {new}"
        for factory, old, new in zones
        if old != new
    ]


def _step(pair: tuple[str, float]) -> str:
    unit, resolution = pair
    return f"{resolution:g} {unit}"
