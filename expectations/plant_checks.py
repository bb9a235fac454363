"""What the parts of a profile must agree on before anything is done with it."""

import math
from dataclasses import asdict
from datetime import datetime
from itertools import chain, pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from expectations.durations import seconds
from expectations.errors import ProfileError, unknown_name
from expectations.plant import Costs, Limits, Metric, Profile

_DAY_S = 86_400
_ORDER = ("minimum", "critical_below", "warning_below", "warning_above", "critical_above", "maximum")


def check_profile(profile: Profile, where: str) -> None:
    """Refuse a profile whose parts contradict each other; `where` names its file.

    Raises:
        ProfileError: What contradicts what, in which table, and what is legal.
    """
    if not profile.metrics:
        raise ProfileError(f"{where}: no metrics; declare at least one [metrics.<name>]")
    for metric in profile.metrics.values():
        _check_metric(metric, f"{where}.metrics.{metric.name}")
    _check_bucket(profile, f"{where}.plant")
    zones = {"default": profile.default_zone} | {f"factories.{key}": zone for key, zone in profile.zones.items()}
    for key, zone in zones.items():
        _check_zone(key, zone, profile, where)
    _check_features(profile, f"{where}.features")
    _check_numbers(profile, where)


def _check_metric(metric: Metric, where: str) -> None:
    _check_limits(metric.limits, where)
    for place, override in enumerate(metric.overrides):
        _check_limits(override, f"{where}.overrides[{place}]")


def _check_limits(limits: Limits, where: str) -> None:
    """Those of an override are checked with what it takes over from its metric."""
    given = asdict(limits)
    present = [(key, given[key]) for key in _ORDER if given[key] is not None]
    for key, value in present:
        if not math.isfinite(value):
            raise ProfileError(f"{where}: {key} = {value}; legal: a finite number, or no such key where none holds")
    ends = [(key, value) for key, value in present if key in ("minimum", "maximum")]
    for (low_key, low), (high_key, high) in chain(pairwise(ends), pairwise(present)):
        if low > high:
            legal = " <= ".join(_ORDER)
            raise ProfileError(f"{where}: {low_key} = {low} is above {high_key} = {high}; legal: {legal}")


def _check_bucket(profile: Profile, where: str) -> None:
    for name, length_s in (("the day", _DAY_S), ("score_every", profile.score_every_s)):
        _check_divides(profile, length_s, f"{name} ({length_s} s)", where)


def _check_divides(profile: Profile, length_s: int, name: str, where: str) -> None:
    if length_s % profile.bucket_s:
        longest = math.gcd(length_s, _DAY_S, profile.score_every_s)
        legal = f"a length that divides it, the day and score_every, at most {longest} s"
        raise ProfileError(f"{where}: bucket of {profile.bucket_s} s does not divide {name}; legal: {legal}")


def _check_zone(key: str, zone: str, profile: Profile, where: str) -> None:
    """A bucket must not straddle midnight in the factory's zone, or its day would not be known."""
    try:
        info = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:  # OSError: a region alone, such as Europe
        legal = "IANA names such as Europe/Rome"
        raise ProfileError(f"{where}.zones: {key}: unknown time zone {zone!r}; legal: {legal}") from exc
    for month in (1, 7):
        offset = datetime(2026, month, 1, tzinfo=info).utcoffset()
        if offset is not None:
            offset_s = int(offset.total_seconds())
            _check_divides(profile, offset_s, f"the UTC offset of {zone} ({offset_s} s)", f"{where}.plant")


def _check_features(profile: Profile, where: str) -> None:
    rules = profile.features
    if not 0.0 < rules.coverage <= 1.0:
        raise ProfileError(f"{where}: coverage = {rules.coverage}; legal: above 0, at most 1")
    for name in rules.metrics:
        if name not in profile.metrics:
            raise ProfileError(f"{where}.metrics: {unknown_name('metric', name, profile.metrics)}")
    tables = {where: rules.windows} | {f"{where}.metrics.{name}": rule for name, rule in rules.metrics.items()}
    for table, rule in tables.items():
        for window in rule.windows:
            if seconds(window) % profile.bucket_s:
                legal = f"multiples of the bucket, {profile.bucket_s} s"
                raise ProfileError(f"{table}: window {window!r} is not made of whole buckets; legal: {legal}")


def _check_numbers(profile: Profile, where: str) -> None:
    _check_prices(profile.costs, f"{where}.costs")
    for place, (_, costs) in enumerate(profile.costs.overrides):
        _check_prices(costs, f"{where}.costs.overrides[{place}]")
    if not 0 <= profile.alert_share <= 1:
        raise ProfileError(f"{where}.quality: alert_share = {profile.alert_share}; legal: a share from 0 to 1")


def _check_prices(costs: Costs, where: str) -> None:
    for key in ("missed_failure", "planned_repair", "false_alarm"):
        dollars = getattr(costs, key)
        if not 0 <= dollars < math.inf:
            raise ProfileError(f"{where}: {key} = {dollars}; legal: dollars, a number from 0 up")
