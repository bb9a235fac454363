"""The feature rules of a plant profile: which statistics of which windows, and which counts of events."""

from expectations.errors import ProfileError, unknown_name
from expectations.plant.plant_profile import EVENT_KINDS, STATISTICS, EventRule, FeatureRules, WindowRule
from expectations.plant.toml_reader import Section
from expectations.plant.values import durations


def feature_rules(section: Section) -> FeatureRules:
    """What the `[features]` table of a profile declares; a metric without rules of its own has the table's.

    Raises:
        ProfileError: An unknown statistic, kind of event or key, or a bad value.
    """
    default = _window_rule(section, WindowRule(("3h", "24h"), ("mean", "deviation", "minimum", "maximum")))
    metrics = {}
    for name, part in section.tables("metrics").items():
        metrics[name] = _window_rule(part, default)
        part.finish()
    events = tuple(_event_rule(part) for part in section.array("events"))
    coverage = section.number("coverage", 0.5)
    rules = FeatureRules(
        default, coverage, metrics, events, section.texts("risk_rises_with", ()), section.texts("risk_falls_with", ())
    )
    section.finish()
    return rules


def _window_rule(section: Section, default: WindowRule) -> WindowRule:
    rule = WindowRule(durations(section, "windows", default.windows), section.texts("statistics", default.statistics))
    for statistic in rule.statistics:
        if statistic not in STATISTICS:
            raise ProfileError(f"{section.where}: {unknown_name('statistic', statistic, STATISTICS)}")
    return rule


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
