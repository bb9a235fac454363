"""Metrics that are counters: their keys in a profile, the limits that follow from these, and what must fit."""

from fractions import Fraction
from typing import Any

from expectations.errors import ProfileError
from expectations.plant.plant_profile import CounterRule, Metric
from expectations.plant.toml_reader import Section

KINDS = ("value", "counter")
AFTER_RESET = ("zero", "unknown")
_KEYS = ("rolls_over_at", "noise", "after_reset")


def counter_rule(section: Section) -> CounterRule | None:
    """The rule in a metric's table; None where the metric is no counter.

    Raises:
        ProfileError: An unknown kind, a bad value, or a key of counters at a metric that is none.
    """
    kind = _one_of(section, "kind", KINDS)
    if kind != "counter":
        if stray := [key for key in _KEYS if section.has(key)]:
            raise ProfileError(f'{section.where}: {stray[0]} is a key of counters; add kind = "counter", or remove it')
        return None
    rule = CounterRule(
        section.number("rolls_over_at", None),
        section.number("noise", None),
        _one_of(section, "after_reset", AFTER_RESET),
    )
    _check_not_below(section, "rolls_over_at", rule.rolls_over_at)
    _check_not_below(section, "noise", rule.noise)
    return rule


def counter_limits(limits: dict[str, Any], rule: CounterRule, resolution: float) -> dict[str, Any]:
    """A counter's limits: what the profile leaves out follows from what a counter can show."""
    found = dict(limits)
    if found["minimum"] is None:
        found["minimum"] = 0.0
    if found["maximum"] is None and rule.rolls_over_at is not None:
        found["maximum"] = rule.rolls_over_at - resolution
    return found


def check_counter(metric: Metric, where: str) -> None:
    """Refuse a counter that may be negative or beyond its own range.

    Raises:
        ProfileError: What does not fit, and what is legal.
    """
    if metric.counter is None:
        return
    end = metric.counter.rolls_over_at
    for limits in (metric.limits, *metric.overrides):
        if limits.minimum is not None and limits.minimum < 0:
            raise ProfileError(f"{where}: minimum = {limits.minimum} of a counter; legal: 0 or more, or left out")
        if end is not None and limits.maximum is not None and limits.maximum > end:
            raise ProfileError(
                f"{where}: maximum = {limits.maximum} is above rolls_over_at = {end}; legal: at most that"
            )
    if end is not None and not _is_multiple(end, metric.resolution):
        raise ProfileError(
            f"{where}: rolls_over_at = {end} is no multiple of resolution = {metric.resolution}; legal: a multiple"
        )


def _is_multiple(value: float, resolution: float) -> bool:
    """As the numbers are written: 4294967296 is a multiple of 0.001."""
    return (Fraction(repr(value)) / Fraction(repr(resolution))).denominator == 1


def _one_of(section: Section, key: str, legal: tuple[str, ...]) -> str:
    value: str = section.take(key, str, legal[0])
    section.keys.legal(key, legal)
    if value not in legal:
        raise ProfileError(f"{section.where}: {key} = {value!r}; legal: {', '.join(legal)}")
    return value


def _check_not_below(section: Section, key: str, value: float | None) -> None:
    """The end of a counter's range is above 0; noise may be 0."""
    if value is None:
        return
    is_legal = 0 <= value < float("inf") and (value > 0 or key == "noise")
    if not is_legal:
        raise ProfileError(f"{section.where}: {key} = {value}; legal: a finite number above 0, or 0 for no noise")
