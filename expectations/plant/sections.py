"""The parts of a plant profile, read from the tables of its TOML document."""

from dataclasses import replace
from typing import Any

from expectations.errors import ProfileError
from expectations.plant.anomaly import anomaly_rules
from expectations.plant.counters import counter_limits, counter_rule
from expectations.plant.downtime import downtime_rules
from expectations.plant.features import feature_rules
from expectations.plant.feeds import feed_rules
from expectations.plant.health import health_rules
from expectations.plant.incidents import incidents
from expectations.plant.plant_profile import Attribute, Costs, Labels, Limits, Metric, Profile, Shift, StoragePrices
from expectations.plant.residuals import residual_rules
from expectations.plant.retired import retired_things
from expectations.plant.rules import plant_rules
from expectations.plant.safety import safety_functions
from expectations.plant.sensor_health import sensor_health_rules
from expectations.plant.toml_reader import Section
from expectations.plant.values import above_zero, duration_s, durations, hours, instant, unit_symbol
from expectations.plant.vibration import vibration_rules


def profile(root: Section) -> Profile:
    """The profile in a document, each part by itself: that they agree is not looked at.

    Raises:
        ProfileError: A bad value, a missing key, or an unknown one in a table.
        ContractError: The same, without the name of the file.
    """
    plant, zones, quality = root.table("plant"), root.table("zones"), root.table("quality")
    delays, work = feed_rules(root.table("feeds"))
    found = Profile(
        name=plant.take("name", str),
        description=plant.take("description", str),
        began_at=instant(plant, "began_at"),
        bucket_s=duration_s(plant, "bucket"),
        score_every_s=duration_s(plant, "score_every", "1h"),
        zones=zones.strings("factories"),
        default_zone=zones.take("default", str, "UTC"),
        shifts=_shifts(root.table("shifts")),
        metrics={name: _metric(name, section) for name, section in root.tables("metrics").items()},
        features=feature_rules(root.table("features")),
        attributes=tuple(_attribute(name, part) for name, part in root.tables("attributes").items()),
        labels=_labels(root.table("labels")),
        costs=_costs(root.table("costs")),
        has_costs=root.has("costs"),
        ahead_s=duration_s(quality, "ahead", "10min"),
        alert_share=quality.number("alert_share", 0.01),
        freshness_s=duration_s(quality, "freshness", "2h"),
        storage=_storage(root.table("storage")) if root.has("storage") else None,
        safety=safety_functions(root.array("safety")),
        downtime=downtime_rules(root.table("downtime")),
        delays=delays,
        work=work,
        vibration=vibration_rules(root.table("vibration")) if root.has("vibration") else None,
        incidents=incidents(root.array("incidents")),
        anomaly=anomaly_rules(root.table("anomaly")),
        sensor_health=sensor_health_rules(root.table("sensor_health")),
        health=health_rules(root.table("health")),
        rules=plant_rules(root.array("rules")),
        residuals=residual_rules(root.tables("residuals")),
        retired=retired_things(root.array("retired")),
    )
    for section in (plant, zones, quality):
        section.finish()
    return found


def _shifts(section: Section) -> tuple[Shift, ...]:
    # Three shifts of eight hours, half open. Source: docs/decisions/0124-starting-values.md.
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
        "rapid_change",
    )
    return {key: section.number(key, None) for key in keys}


def _metric(name: str, section: Section) -> Metric:
    resolution = above_zero(section, "resolution")
    counter = counter_rule(section)
    base = _limits(section) if counter is None else counter_limits(_limits(section), counter, resolution)
    overrides = tuple(_override(base, part) for part in section.array("overrides"))
    metric = Metric(
        name=name,
        unit=unit_symbol(section, "unit"),
        resolution=resolution,
        limits=Limits(**base),
        overrides=overrides,
        description=section.take("description", str, ""),
        counter=counter,
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


def _attribute(name: str, section: Section) -> Attribute:
    attribute = Attribute(name, section.texts("levels", ()))
    section.finish()
    return attribute


def _labels(section: Section) -> Labels:
    labels = Labels(
        durations(section, "horizons", ("24h", "7d", "28d")),
        duration_s(section, "repair", "24h"),
        durations(section, "models", ()),
    )
    section.finish()
    unknown = sorted(set(labels.models) - set(labels.horizons))
    if unknown:
        raise ProfileError(f"{section.where}: models = {unknown}; legal: of the horizons {list(labels.horizons)}")
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


def _storage(section: Section) -> StoragePrices:
    # Ages as cloud tiers have them: infrequent access after 7 days, archive after 90.
    found = StoragePrices(
        duration_s(section, "hot", "7d"),
        duration_s(section, "warm", "90d"),
        section.number("hot_usd_per_tb"),
        section.number("warm_usd_per_tb"),
        section.number("cold_usd_per_tb"),
        section.number("budget_usd_per_month", None),
    )
    prices = (found.hot_usd_per_tb, found.warm_usd_per_tb, found.cold_usd_per_tb, found.budget_usd_per_month or 0.0)
    if bad := next((price for price in prices if not 0 <= price < float("inf")), None):
        raise ProfileError(f"{section.where}: got a price or budget of {bad:g}; legal: 0 or more; correct it")
    if found.hot_s > found.warm_s:
        raise ProfileError(
            f"{section.where}: hot ends after warm; legal: hot at most as long as warm, such as 7d and 90d"
        )
    section.finish()
    return found
