"""A plant profile: what a plant measures, when its days turn, what its models shall foresee. Read from TOML."""

import tomllib
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from expectations.errors import ContractError, ProfileError, unknown_name
from expectations.plant_checks import check_profile
from expectations.plant_values import above_zero, duration_s, durations, hours, instant, unit_symbol
from expectations.toml_reader import Section

STATISTICS = ("mean", "deviation", "minimum", "maximum", "last", "slope", "warning_share")
EVENT_KINDS = ("maintenance", "failure", "error")
PLANTS = Path(__file__).parent / "plants"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one metric, canonical unit, None where none; `machine_model` or `machine_id` narrow an override."""

    minimum: float | None = None
    maximum: float | None = None
    warning_below: float | None = None
    warning_above: float | None = None
    critical_below: float | None = None
    critical_above: float | None = None
    machine_model: str | None = None
    machine_id: str | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: canonical unit, resolution (the step in which readings are counted), limits and their overrides."""

    name: str
    unit: str
    resolution: float
    limits: Limits
    overrides: tuple[Limits, ...] = ()
    description: str = ""

    def limits_for(self, machine_id: str, machine_model: str | None) -> Limits:
        """The limits of one machine: the machine's own override, else its model's, else the metric's."""
        for override in self.overrides:
            if override.machine_id == machine_id:
                return override
        for override in self.overrides:
            if override.machine_model is not None and override.machine_model == machine_model:
                return override
        return self.limits


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift of local hours, half open: ``[start_hour, end_hour)``, over midnight where the end is not larger."""

    name: str
    start_hour: int
    end_hour: int


@dataclass(frozen=True, slots=True)
class WindowRule:
    """Which statistics of which windows become features."""

    windows: tuple[str, ...]
    statistics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventRule:
    """Features of one event kind: counts per code and window, hours since the last. No codes: all codes together."""

    kind: str
    codes: tuple[str, ...]
    windows: tuple[str, ...]
    hours_since: bool


@dataclass(frozen=True, slots=True)
class FeatureRules:
    """What the feature declarations follow from."""

    windows: WindowRule
    coverage: float
    metrics: dict[str, WindowRule]
    events: tuple[EventRule, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of machines: a number, or a text with its legal levels."""

    name: str
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Labels:
    """Horizons to foresee and how long after a failure a machine counts as down where no repair is on record."""

    horizons: tuple[str, ...]
    repair_s: int


@dataclass(frozen=True, slots=True)
class Costs:
    """Prices of decisions, dollars. Source: REQUIREMENTS E4 for the defaults.

    Attributes:
        missed_failure: A failure that nobody announced.
        planned_repair: A repair that an alarm made one to plan.
        false_alarm: An inspection that finds nothing.
        overrides: Machine models with prices of their own, and those; what one leaves out is the plant's.
    """

    missed_failure: float = 15_000.0
    planned_repair: float = 3_000.0
    false_alarm: float = 500.0
    overrides: "tuple[tuple[str, Costs], ...]" = ()

    def of_model(self, machine_model: str | None) -> "Costs":
        """The prices of a machine model: its own, else the plant's."""
        return dict(self.overrides).get(machine_model or "", self)


@dataclass(frozen=True, slots=True)
class Profile:
    """One plant. See `expectations/plants/*/profile.toml` for the form."""

    name: str
    description: str
    began_at: datetime
    bucket_s: int
    score_every_s: int
    zones: dict[str, str]
    default_zone: str
    shifts: tuple[Shift, ...]
    metrics: dict[str, Metric]
    features: FeatureRules
    attributes: tuple[Attribute, ...]
    labels: Labels
    costs: Costs = field(default_factory=Costs)
    ahead_s: int = 600
    alert_share: float = 0.01
    freshness_s: int = 7200

    def zone_of(self, factory_id: str) -> str:
        """Name of the factory's time zone."""
        return self.zones.get(factory_id, self.default_zone)

    def metric(self, name: str) -> Metric:
        """The metric of that name.

        Raises:
            ProfileError: The plant has no such metric; the message lists its metrics.
        """
        if name not in self.metrics:
            raise ProfileError(unknown_name("metric", name, self.metrics))
        return self.metrics[name]


def load_profile(plant: str | Path) -> Profile:
    """The profile of a plant that ships with Assay, by name, or of any folder that holds a `profile.toml`.

    Raises:
        ProfileError: No such plant, or the file has an unknown key, a bad value or a missing one.
    """
    folder = profile_folder(plant)
    where = f"{folder.name}/profile.toml"
    try:
        data = tomllib.loads((folder / "profile.toml").read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as exc:
        raise ProfileError(f"{where}: not TOML: {exc}; texts stand in quotes, numbers and times without") from exc
    except UnicodeDecodeError as exc:
        raise ProfileError(f"{where}: not UTF-8: {exc}; save the file in that encoding") from exc
    return parse_profile(data, where)


def profile_folder(plant: str | Path) -> Path:
    """The folder of a plant: a shipped name, or a path to a folder with `profile.toml`.

    Raises:
        ProfileError: Neither; the message lists the shipped plants.
    """
    for folder in (PLANTS / str(plant), Path(plant)):
        if (folder / "profile.toml").is_file():
            return folder
    shipped = [path.parent.name for path in PLANTS.glob("*/profile.toml")]
    raise ProfileError(unknown_name("plant", str(plant), shipped) + ", or a folder that holds profile.toml")


def parse_profile(data: dict[str, object], where: str) -> Profile:
    """The profile in a parsed TOML document.

    Raises:
        ProfileError: An unknown key, a bad value, a missing key, or parts that contradict each other.
    """
    if not data:
        legal = "[plant] with name, description, began_at and bucket, and one [metrics.<name>] at least"
        raise ProfileError(f"{where}: the file is empty; legal: {legal}")
    root = Section(data, where, ProfileError)
    try:
        profile = _profile(root)
        root.finish()
        check_profile(profile, where)
    except ProfileError:
        raise
    except ContractError as exc:
        raise ProfileError(f"{where}: {exc}") from exc
    return profile


def _profile(root: Section) -> Profile:
    plant, zones, quality = root.table("plant"), root.table("zones"), root.table("quality")
    profile = Profile(
        name=plant.take("name", str),
        description=plant.take("description", str),
        began_at=instant(plant, "began_at"),
        bucket_s=duration_s(plant, "bucket"),
        score_every_s=duration_s(plant, "score_every", "1h"),
        zones=zones.strings("factories"),
        default_zone=zones.take("default", str, "UTC"),
        shifts=_shifts(root.table("shifts")),
        metrics={name: _metric(name, section) for name, section in root.tables("metrics").items()},
        features=_features(root.table("features")),
        attributes=tuple(_attribute(name, part) for name, part in root.tables("attributes").items()),
        labels=_labels(root.table("labels")),
        costs=_costs(root.table("costs")),
        ahead_s=duration_s(quality, "ahead", "10min"),
        alert_share=quality.number("alert_share", 0.01),
        freshness_s=duration_s(quality, "freshness", "2h"),
    )
    for section in (plant, zones, quality):
        section.finish()
    return profile


def _shifts(section: Section) -> tuple[Shift, ...]:
    # Source of the defaults: REQUIREMENTS B2 (06-14, 14-22, else night; half open, seed_errata).
    names = {"morning": [6, 14], "afternoon": [14, 22], "night": [22, 6]}
    shifts = tuple(Shift(name, *hours(section, name, default)) for name, default in names.items())
    section.finish()
    return shifts


def _limits(section: Section) -> dict[str, Any]:
    keys = (
        "minimum",
        "maximum",
        "warning_below",
        "warning_above",
        "critical_below",
        "critical_above",
    )
    return {key: section.number(key, None) for key in keys}


def _metric(name: str, section: Section) -> Metric:
    base = _limits(section)
    overrides = tuple(_override(base, part) for part in section.array("overrides"))
    metric = Metric(
        name=name,
        unit=unit_symbol(section, "unit"),
        resolution=above_zero(section, "resolution"),
        limits=Limits(**base),
        overrides=overrides,
        description=section.take("description", str, ""),
    )
    section.finish()
    return metric


def _override(base: dict[str, Any], section: Section) -> Limits:
    own = {key: value for key, value in _limits(section).items() if value is not None}
    model, machine = section.take("machine_model", str, None), section.take("machine_id", str, None)
    if (model is None) == (machine is None):
        raise ProfileError(f"{section.where}: name either machine_model or machine_id")
    section.finish()
    return replace(Limits(**base), **own, machine_model=model, machine_id=machine)


def _window_rule(section: Section, default: WindowRule) -> WindowRule:
    rule = WindowRule(durations(section, "windows", default.windows), section.texts("statistics", default.statistics))
    for statistic in rule.statistics:
        if statistic not in STATISTICS:
            raise ProfileError(f"{section.where}: {unknown_name('statistic', statistic, STATISTICS)}")
    return rule


def _features(section: Section) -> FeatureRules:
    default = _window_rule(section, WindowRule(("3h", "24h"), ("mean", "deviation", "minimum", "maximum")))
    metrics = {}
    for name, part in section.tables("metrics").items():
        metrics[name] = _window_rule(part, default)
        part.finish()
    events = tuple(_event_rule(part) for part in section.array("events"))
    rules = FeatureRules(default, section.number("coverage", 0.5), metrics, events)
    section.finish()
    return rules


def _event_rule(section: Section) -> EventRule:
    rule = EventRule(
        section.take("kind", str),
        section.texts("codes", ()),
        durations(section, "windows", ()),
        section.take("hours_since", bool, default=False),
    )
    if rule.kind not in EVENT_KINDS:
        raise ProfileError(f"{section.where}: {unknown_name('event kind', rule.kind, EVENT_KINDS)}")
    section.finish()
    return rule


def _attribute(name: str, section: Section) -> Attribute:
    attribute = Attribute(name, section.texts("levels", ()))
    section.finish()
    return attribute


def _labels(section: Section) -> Labels:
    labels = Labels(durations(section, "horizons", ("24h", "7d", "28d")), duration_s(section, "repair", "24h"))
    section.finish()
    return labels


def _costs(section: Section) -> Costs:
    costs = _prices(section, Costs())
    own: dict[str, Costs] = {}
    for part in section.array("overrides"):
        model = part.take("machine_model", str)
        if model in own:
            raise ProfileError(f"{part.where}: machine_model {model!r} again; legal: one override for each model")
        own[model] = _prices(part, costs)
        part.finish()
    section.finish()
    return replace(costs, overrides=tuple(own.items()))


def _prices(section: Section, default: Costs) -> Costs:
    return Costs(
        section.number("missed_failure", default.missed_failure),
        section.number("planned_repair", default.planned_repair),
        section.number("false_alarm", default.false_alarm),
    )
