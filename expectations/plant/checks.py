"""What the parts of a profile must agree on before anything is done with it."""

import math
from dataclasses import asdict
from datetime import datetime
from itertools import chain, pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from expectations.durations import seconds
from expectations.errors import ProfileError, unknown_name
from expectations.plant.counters import check_counter
from expectations.plant.plant_profile import Costs, Limits, Metric, Profile, Shift
from expectations.plant.vibration import GEOMETRY, SPEED
from expectations.units import unit

_DAY_S = 86_400
_LAST_YEAR = 2037  # to which tables of time zones are written out
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
    _check_score_every(profile, f"{where}.plant")
    _check_bucket(profile, f"{where}.plant")
    zones = {"default": profile.default_zone} | {f"factories.{key}": zone for key, zone in profile.zones.items()}
    for key, zone in zones.items():
        _check_zone(key, zone, profile, where)
    _check_shifts(profile, f"{where}.shifts")
    _check_features(profile, f"{where}.features")
    _check_numbers(profile, where)
    _check_vibration(profile, f"{where}.vibration")
    _check_sensor_health(profile, f"{where}.sensor_health")


def _check_sensor_health(profile: Profile, where: str) -> None:
    """Its metrics are the plant's, and a date is no attribute with another meaning."""
    rules, declared = profile.sensor_health, {attribute.name for attribute in profile.attributes}
    for key, named in (("redundant", rules.redundant), ("calibration_due", rules.calibration_due)):
        for name in named:
            if name not in profile.metrics:
                raise ProfileError(f"{where}.{key}: {unknown_name('metric', name, profile.metrics)}")
    for name in rules.calibration_due.values():
        if name in (declared | {*GEOMETRY, SPEED, "machine_model"}):
            raise ProfileError(
                f"{where}.calibration_due: {name!r} is an attribute with another meaning; legal: one of its own, "
                "which master data give as a date such as 2026-03-31"
            )


def _check_vibration(profile: Profile, where: str) -> None:
    """The speed of a shaft is a metric of the plant, and a rotation."""
    name = profile.vibration.speed_metric if profile.vibration is not None else ""
    if not name:
        return
    if name not in profile.metrics:
        raise ProfileError(f"{where}: speed_metric: {unknown_name('metric', name, profile.metrics)}")
    if (got := unit(profile.metrics[name].unit)).quantity != "rotation":
        raise ProfileError(f"{where}: speed_metric = {name!r} is a {got.quantity}; legal: a metric in rpm, Hz or rad/s")


def _check_metric(metric: Metric, where: str) -> None:
    check_counter(metric, where)
    _check_limits(metric.limits, where)
    for place, override in enumerate(metric.overrides):
        _check_limits(override, f"{where}.overrides[{place}]")


def _check_limits(limits: Limits, where: str) -> None:
    """Those of an override are checked with what it takes over from its metric."""
    given = asdict(limits)
    if (rapid := limits.rapid_change) is not None and not 0 < rapid < math.inf:
        raise ProfileError(f"{where}: rapid_change = {rapid}; legal: a finite number above 0, or no such key")
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


def _check_score_every(profile: Profile, where: str) -> None:
    if profile.score_every_s > _DAY_S:
        raise ProfileError(f"{where}: score_every of {profile.score_every_s} s; legal: at most a day, {_DAY_S} s")


def _check_shifts(profile: Profile, where: str) -> None:
    """Every hour of the day lies in a shift, or readings of it would have none."""
    for hour in range(24):
        if not any(_holds(shift, hour) for shift in profile.shifts):
            listed = ", ".join(f"{shift.name} = [{shift.start_hour}, {shift.end_hour}]" for shift in profile.shifts)
            raise ProfileError(
                f"{where}: no shift holds the hour from {hour}:00; got {listed}; legal: shifts without gap"
            )


def _holds(shift: Shift, hour: int) -> bool:
    if shift.start_hour < shift.end_hour:
        return shift.start_hour <= hour < shift.end_hour
    return hour >= shift.start_hour or hour < shift.end_hour


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
    for offset_s in sorted({_offset_s(info, year, month) for year in _years(profile) for month in (1, 7)}):
        if offset_s:
            _check_divides(profile, offset_s, f"the UTC offset of {zone} ({offset_s} s)", f"{where}.plant")


def _years(profile: Profile) -> range:
    """Years of which the plant may have readings; of later ones the rules repeat."""
    return range(profile.began_at.year, max(profile.began_at.year, _LAST_YEAR) + 1)


def _offset_s(zone: ZoneInfo, year: int, month: int) -> int:
    offset = datetime(year, month, 1, tzinfo=zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


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
            if seconds(window) % profile.score_every_s:
                legal = f"multiples of score_every, {profile.score_every_s} s"
                raise ProfileError(f"{table}: window {window!r} does not begin at a time of scores; legal: {legal}")


def _check_numbers(profile: Profile, where: str) -> None:
    _check_prices(profile.costs, f"{where}.costs")
    for place, (_, costs) in enumerate(profile.costs.overrides):
        _check_prices(costs, f"{where}.costs.overrides[{place}]")
    if not 0 <= profile.alert_share <= 1:
        raise ProfileError(f"{where}.quality: alert_share = {profile.alert_share}; legal: a fraction from 0 to 1")


def _check_prices(costs: Costs, where: str) -> None:
    for key in ("missed_failure", "planned_repair", "false_alarm"):
        dollars = getattr(costs, key)
        if not 0 <= dollars < math.inf:
            raise ProfileError(f"{where}: {key} = {dollars}; legal: dollars, a number from 0 up")
