"""By which limits silver's readings were validated: the profile's of then, the models of the machines, whose clock.

A profile's limits may change, they may differ by machine model, and master data may come after the readings. So a batch
is validated by the limits in force so far, and where these change all readings of the sensors concerned are validated
again: whatever the order, silver ends the same, and one rulebook holds for all its readings.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from domain.conflicts import LARGEST
from expectations.feeds import READINGS
from expectations.mapping.keep import Keep
from expectations.plant.plant_profile import Limits as MetricLimits
from expectations.plant.plant_profile import Metric, Profile
from expectations.plant.rules import PlantRule
from expectations.tables.contract import Severity, Table
from expectations.tables.machine_keys import machine_keys, machine_of, moves_of
from expectations.tables.silver import READINGS_TABLE
from jobs.silver import clocks
from jobs.silver.exports_ahead import exports_ahead
from jobs.silver.file_versions import mappings_read
from jobs.silver.rank_form import EVERY_VERSION
from lakehouse.commit_metadata import CommitMetadata, Limits
from lakehouse.plant import Plant
from silver.rulebook import Rulebook

OF_THE_RUN, OF_THE_FILE = "run", "file"


@dataclass(frozen=True, slots=True)
class LimitsInForce:
    """What readings are validated by.

    Attributes:
        models: Key of a machine -> its model, of the machines whose model has limits of its own.
        limits: Metric -> its limits and those of its overrides, each as the keys that are set.
        clock: Whose clock a time is held against: its file's, or, as older versions did, that of the run.
        keep: Mapping -> which of several values of one sensor, metric and time is stored.
        aside: Rule of the plant's own that sets readings aside -> its condition.
    """

    models: Mapping[str, str]
    limits: Mapping[str, tuple[Mapping[str, Any], ...]]
    clock: str = OF_THE_FILE
    keep: Mapping[str, Keep] = field(default_factory=dict)
    aside: Mapping[str, str] = field(default_factory=dict)

    def added_to(self, metadata: CommitMetadata) -> CommitMetadata:
        """The metadata of a commit, these, and the key of the readings."""
        limits = Limits(self.models, self.limits)
        form = replace(metadata, identity=READINGS_TABLE.key, ranks=EVERY_VERSION)
        return replace(form, limits=limits, clock=self.clock, keep=self.keep, aside=self.aside or None)

    def book(self, plant: Plant) -> "Rulebook":
        """The rules of the plant's profile, but with these limits, its files' clocks and what is ahead of them."""
        files = clocks.file_clocks(plant) if self.clock == OF_THE_FILE else {}
        return replace(self.rules(plant.profile), clocks=files, ahead=exports_ahead(plant, self.keep))

    def rules(self, profile: Profile) -> "Rulebook":
        """The same without clocks."""
        metrics = {name: self._limited(metric) for name, metric in profile.metrics.items()}
        rules = tuple(
            PlantRule(name, READINGS_TABLE.name, Severity.QUARANTINE, name, condition)
            for name, condition in self.aside.items()
        )
        return Rulebook(replace(profile, metrics=metrics, rules=rules), self.models)

    def changed(self, other: "LimitsInForce") -> tuple[set[str], set[str]]:
        """Machines and metrics whose readings may differ in outcome between the two: by another rule, all metrics."""
        metrics = _differing(self.limits, other.limits)
        if self.aside != other.aside:
            metrics |= self.limits.keys() | other.limits.keys()
        return _differing(self.models, other.models), metrics

    def _limited(self, metric: Metric) -> Metric:
        if metric.name not in self.limits:
            return metric
        limits, *overrides = (MetricLimits(**given) for given in self.limits[metric.name])
        return replace(metric, limits=limits, overrides=tuple(overrides))


def now(plant: Plant) -> LimitsInForce:
    """The profile's limits, and the models as `silver.machines` has them."""
    limits = {
        name: tuple(_given(one) for one in (metric.limits, *metric.overrides))
        for name, metric in plant.profile.metrics.items()
    }
    keep = _recorded_keep(plant) | _keep_of(plant)
    aside = {rule.name: rule.condition for rule in plant.profile.rules if rule.severity is Severity.QUARANTINE}
    return LimitsInForce(models_of(plant), limits, keep=keep, aside=aside)


def last(plant: Plant, table: Table = READINGS_TABLE) -> LimitsInForce | None:
    """What the table's newest commit with limits says; None before the first.

    A metric that it does not name has no reading yet: its limits are the profile's.
    """
    stated = plant.lake.last(table, lambda metadata: None if metadata.limits is None else metadata)
    if stated is None or stated.limits is None:
        return None
    limits = stated.limits
    clock = plant.lake.last(table, lambda metadata: metadata.clock)
    today, keep = now(plant), _keep_of(plant) | _recorded_keep(plant, table)
    models = _by_key(limits.models, today.models)
    return LimitsInForce(models, {**today.limits, **limits.metrics}, clock or OF_THE_RUN, keep, stated.aside or {})


def _keep_of(plant: Plant) -> dict[str, Keep]:
    """The rules of the mappings of readings that can be used."""
    return {one.name: one.keep for one in plant.sources.usable if one.feed.name == READINGS.name}


def _recorded_keep(plant: Plant, table: Table = READINGS_TABLE) -> dict[str, Keep]:
    """The rules that the table's newest commit with rules says. Older versions stored the largest value always."""
    found = plant.lake.last(table, lambda metadata: metadata.keep)
    if found is not None:
        return dict(found)
    has_readings = plant.lake.last(READINGS_TABLE, lambda metadata: metadata.limits) is not None
    return dict.fromkeys(mappings_read(plant), Keep(LARGEST)) if has_readings else {}


def models_of(plant: Plant) -> dict[str, str]:
    """Key of a machine -> its model, of the machines whose model has limits of its own, by `silver.machines`."""
    overrides = (override for metric in plant.profile.metrics.values() for override in metric.overrides)
    special = {override.machine_model for override in overrides if override.machine_model is not None}
    if not special:
        return {}
    table = plant.tables["silver.machines"]
    machines = plant.lake.arrow(table)
    moves, keys = moves_of(machines), machine_keys(machines)
    ends, models = machines.column("valid_to").to_pylist(), machines.column("machine_model").to_pylist()
    found = {
        moves.get(key, key): model
        for key, model, end in zip((keys.texts[code] for code in keys.codes), models, ends, strict=True)
        if end is None and model in special
    }
    moved = {key: found[first] for key, first in moves.items() if first in found}
    return dict(sorted((found | moved).items()))


def _by_key(models: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Models as an older version wrote them, by the machine's name alone, by key where one machine has the name."""
    keys: dict[str, list[str]] = {}
    for key in known:
        keys.setdefault(machine_of(key), []).append(key)
    return {keys[name][0] if len(keys.get(name, ())) == 1 else name: model for name, model in models.items()}


def _given(limits: MetricLimits) -> dict[str, Any]:
    return {key: value for key, value in asdict(limits).items() if value is not None}


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
