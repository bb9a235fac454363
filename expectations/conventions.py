"""The conventions of a lake: what its whole numbers and dates mean. Each batch records them, each run checks them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from expectations.plant.plant_profile import Profile


@dataclass(frozen=True, slots=True)
class Conventions:
    """What the stored rows cannot be read without.

    Attributes:
        metrics: Metric -> unit and resolution.
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


def conventions_of(profile: Profile) -> Conventions:
    """The conventions that a profile asks for."""
    metrics = {name: (metric.unit, metric.resolution) for name, metric in profile.metrics.items()}
    return Conventions(metrics, profile.bucket_s, profile.default_zone, profile.zones)


def joined(stored: Conventions | None, asked: Conventions) -> Conventions:
    """The conventions of a lake from now on. A metric that left the profile keeps its resolution: it may come back."""
    if stored is None:
        return asked
    return Conventions({**stored.metrics, **asked.metrics}, asked.bucket_s, asked.default_zone, asked.zones)


def broken_by(stored: Conventions, asked: Conventions) -> list[str]:
    """A sentence for each change that no stored row allows: the resolution of a metric, the length of a bucket."""
    lengths = (stored.bucket_s, asked.bucket_s)
    return [
        f"metric {name} is counted in steps of {_step(stored.metrics[name])} there, the profile says {_step(pair)}"
        for name, pair in asked.metrics.items()
        if stored.metrics.get(name, pair) != pair
    ] + (
        [f"buckets are {lengths[0]} s long there, the profile says {lengths[1]} s"] if lengths[0] != lengths[1] else []
    )


def left_out(stored: Conventions, asked: Conventions) -> list[str]:
    """Metrics that the lake knows and the profile does not."""
    return sorted(stored.metrics.keys() - asked.metrics.keys())


def moved(stored: Conventions, asked: Conventions, factories: Iterable[str]) -> list[str]:
    """A sentence for each of the factories whose days would turn at another time."""
    zones = [(factory, stored.zone_of(factory), asked.zone_of(factory)) for factory in sorted(factories)]
    return [
        f"factory {factory} has the days of {old} there, the profile says {new}"
        for factory, old, new in zones
        if old != new
    ]


def _step(pair: tuple[str, float]) -> str:
    unit, resolution = pair
    return f"{resolution:g} {unit}"
