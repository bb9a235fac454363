"""By which limits silver's readings were judged: the profile's of then, the models of the machines, whose clock.

A profile's limits may change, they may differ by machine model, and master data may come after the readings. So a batch
is always judged by what silver was judged by so far, and where that changes all readings of the sensors concerned are
judged anew: whatever the order, silver ends the same, and all its readings hold by one rulebook.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from expectations.plant.plant_profile import Limits, Metric
from expectations.tables.contract import Table
from expectations.tables.silver import READINGS_TABLE
from jobs.silver import clocks
from lakehouse.plant import Plant

if TYPE_CHECKING:
    from silver.rulebook import Rulebook

MODELS, LIMITS, CLOCK = "models", "limits", "clock"
OF_THE_RUN, OF_THE_FILE = "run", "file"


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """What readings are judged by.

    Attributes:
        models: machine_id -> model of the machines whose model has limits of its own.
        limits: Metric -> its limits and those of its overrides, each as the keys that are set.
        clock: Whose clock a time is held against: its file's, or, as older versions did, that of the run.
    """

    models: Mapping[str, str]
    limits: Mapping[str, list[dict[str, Any]]]
    clock: str = OF_THE_FILE

    def to_metadata(self) -> dict[str, Any]:
        """The entries of a commit's metadata."""
        return {MODELS: dict(self.models), LIMITS: dict(self.limits), CLOCK: self.clock}

    def book(self, plant: Plant) -> "Rulebook":
        """The rules of the plant's profile, but with these limits, and the clocks of its files."""
        from silver.rulebook import Rulebook

        profile = plant.profile
        metrics = {name: self._limited(metric) for name, metric in profile.metrics.items()}
        files = clocks.file_clocks(plant) if self.clock == OF_THE_FILE else {}
        return Rulebook(replace(profile, metrics=metrics), self.models, files)

    def changed(self, other: "JudgedBy") -> tuple[set[str], set[str]]:
        """Machines and metrics whose readings the two may judge in different ways."""
        return _differing(self.models, other.models), _differing(self.limits, other.limits)

    def _limited(self, metric: Metric) -> Metric:
        if metric.name not in self.limits:
            return metric
        limits, *overrides = (Limits(**given) for given in self.limits[metric.name])
        return replace(metric, limits=limits, overrides=tuple(overrides))


def now(plant: Plant) -> JudgedBy:
    """The profile's limits, and the models as `silver.machines` has them."""
    limits = {
        name: [_given(one) for one in (metric.limits, *metric.overrides)]
        for name, metric in plant.profile.metrics.items()
    }
    return JudgedBy(_models(plant), limits)


def last(plant: Plant, table: Table = READINGS_TABLE) -> JudgedBy | None:
    """What the newest commit of the table that says it says; None before its first.

    Of a metric of which it says nothing no reading was judged: its limits are the profile's.
    """
    models = plant.lake.last_metadata(table, MODELS)
    if models is None:
        return None
    limits = {**now(plant).limits, **(plant.lake.last_metadata(table, LIMITS) or {})}
    return JudgedBy(models, limits, plant.lake.last_metadata(table, CLOCK) or OF_THE_RUN)


def _models(plant: Plant) -> dict[str, str]:
    overrides = (override for metric in plant.profile.metrics.values() for override in metric.overrides)
    special = {override.machine_model for override in overrides if override.machine_model is not None}
    if not special:
        return {}
    table = plant.tables["silver.machines"]
    rows = plant.lake.arrow(table, ["machine_id", "machine_model", "valid_to"]).to_pylist()
    return {
        row["machine_id"]: row["machine_model"]
        for row in sorted(rows, key=lambda row: str(row["machine_id"]))
        if row["valid_to"] is None and row["machine_model"] in special
    }


def _given(limits: Limits) -> dict[str, Any]:
    return {key: value for key, value in asdict(limits).items() if value is not None}


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
