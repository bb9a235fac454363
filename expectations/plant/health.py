"""What a profile says of the health of machines: the points that each kind of evidence may take from 100."""

from dataclasses import dataclass
from typing import Any

from expectations.errors import ProfileError
from expectations.plant.toml_reader import Section
from expectations.plant.values import above_zero, duration_s


@dataclass(frozen=True, slots=True)
class HealthRules:
    """Points of a score of 100. Starting values: docs/decisions/0231-machine-health.md.

    Attributes:
        warning_points: Taken when all readings of a metric are beyond a warning limit; less in proportion.
        critical_points: Taken for so many critical events in a day as `critical_events` says; less in proportion.
        anomaly_points: Taken when so many anomalies a reading last as `anomaly_frac` says; less in proportion.
        trend_points: Taken when a trend has reached its limit; less in proportion to the days left of `trend_s`.
        critical_events: Critical events of a day that take all of `critical_points`.
        anomaly_frac: Anomalies by readings of a day that take all of `anomaly_points`.
        trend_s: A limit that a trend reaches later takes no points, seconds.
        good_from: A score from it on is `good`, one below it `watch`.
        poor_below: A score below it is `poor`.
        blind_after_s: A machine without a reading for so long is blind, seconds.
    """

    warning_points: float = 30.0
    critical_points: float = 30.0
    anomaly_points: float = 20.0
    trend_points: float = 20.0
    critical_events: float = 3.0
    anomaly_frac: float = 0.05
    trend_s: int = 28 * 86_400
    good_from: float = 85.0
    poor_below: float = 50.0
    blind_after_s: int = 86_400


def health_rules(section: Section) -> HealthRules:
    """The table `[health]`.

    Raises:
        ProfileError: A number below 0, points of more than 100 together, or limits of states that contradict.
    """
    plain = HealthRules()
    points = ("warning_points", "critical_points", "anomaly_points", "trend_points", "good_from", "poor_below")
    given: dict[str, Any] = {name: section.number(name, getattr(plain, name)) for name in points}
    for name in ("critical_events", "anomaly_frac"):
        given[name] = above_zero(section, name) if section.has(name) else getattr(plain, name)
    rules = HealthRules(
        **given, trend_s=duration_s(section, "trend", "28d"), blind_after_s=duration_s(section, "blind_after", "24h")
    )
    section.finish()
    _check(rules, section.where)
    return rules


def _check(rules: HealthRules, where: str) -> None:
    points = (rules.warning_points, rules.critical_points, rules.anomaly_points, rules.trend_points)
    if min(points) < 0 or not sum(points) <= 100:
        raise ProfileError(f"{where}: points {points}; legal: from 0 up, 100 together at most, as they leave 100")
    if not 0 <= rules.poor_below <= rules.good_from <= 100:
        limits = f"poor_below = {rules.poor_below:g}, good_from = {rules.good_from:g}"
        raise ProfileError(f"{where}: {limits}; legal: 0 <= poor_below <= good_from <= 100")
