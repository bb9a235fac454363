"""`gold.machine_health`: how each machine was on a local date, by a score whose parts are columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from expectations.plant.health import HealthRules
from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import plain_texts
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_health import MACHINE_HEALTH
from expectations.tables.machine_keys import factory_of, machine_key, machine_of
from gold.machine_models import Models

MEMORY_DAYS = 7
"""A machine or metric that was read on one of the six dates before is missed on this one."""
TREND_READS = (
    "machine_id", "factory_id", "metric", "local_date", "unit", "change_per_week", "limit_value", "days_to_limit",
)  # fmt: skip
_OF_DAYS = (
    "machine_id", "factory_id", "local_date", "reading_count", "critical_event_count", "rapid_change_count",
    "statistical_anomaly_count",
)  # fmt: skip
_DAY_S = 86_400
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Given:
    """Rows by machine and date: of `gold.machine_daily`, and of trends that reach a limit, the first of each."""

    days: Mapping[str, Mapping[date, Row]]
    trends: Mapping[tuple[str, date], Row]


def reads(profile: Profile) -> tuple[str, ...]:
    """The columns of `gold.machine_daily` that the build looks at."""
    counts = (f"{name}_{count}" for name in profile.metrics for count in ("reading_count", "warning_count"))
    return (*_OF_DAYS, *counts)


def build(
    days: pa.Table, trends: pa.Table, machines: pa.Table, profile: Profile, dates: Sequence[date], newest: datetime
) -> pa.Table:
    """One row per machine and local date, key (machine_id, factory_id, local_date).

    A machine without a reading on a date is blind on it, if it had one on the six dates before or master data have it
    in service, and once the date has gone on for `blind_after` by the newest reading of the plant.

    Args:
        days: The columns `reads` of `gold.machine_daily`, of the dates and the six before each.
        trends: The columns `TREND_READS` of `gold.trends`, of the dates.
        machines: `silver.machines`.
        profile: The plant.
        dates: The dates whose rows are asked for.
        newest: Until when the plant has readings, UTC.
    """
    given, models = _given(days, trends), Models.of(machines)
    rows = [
        row
        for day in sorted(dates)
        for key in sorted(given.days.keys() | models.entries.keys())
        for row in _rows(key, day, given, (models, profile, newest))
    ]
    return pa.Table.from_pylist(rows, arrow_schema(MACHINE_HEALTH))


def _given(days: pa.Table, trends: pa.Table) -> _Given:
    by_machine: dict[str, dict[date, Row]] = {}
    for row in plain_texts(days).to_pylist():
        by_machine.setdefault(machine_key(row["machine_id"], row["factory_id"]), {})[row["local_date"]] = row
    first: dict[tuple[str, date], Row] = {}
    for row in plain_texts(trends).to_pylist():
        key = machine_key(row["machine_id"], row["factory_id"]), row["local_date"]
        if row["days_to_limit"] is not None and (key not in first or _sooner(row) < _sooner(first[key])):
            first[key] = row
    return _Given(by_machine, first)


def _sooner(row: Row) -> tuple[float, str]:
    return row["days_to_limit"], row["metric"]


def _rows(
    key: str, day: date, given: _Given, known: tuple[Models, Profile, datetime]
) -> Iterator[dict[str, Any]]:  # none or one
    models, profile, newest = known
    mine = given.days.get(key, {})
    named = {"machine_id": machine_of(key), "factory_id": factory_of(key), "local_date": day}
    if day in mine:
        before = [
            mine[day - timedelta(days=back)] for back in range(1, MEMORY_DAYS) if day - timedelta(days=back) in mine
        ]
        yield named | _seen(mine[day], before, given.trends.get((key, day)), profile)
        return
    is_missed = not models.has_begun(key, day) and any(
        day - timedelta(days=back) in mine for back in range(1, MEMORY_DAYS)
    )
    if (is_missed or models.is_in_service(key, day)) and _is_over(key, day, profile, newest):
        yield named | {"state": "blind", "reading_count": 0}


def _is_over(key: str, day: date, profile: Profile, newest: datetime) -> bool:
    """Whether a date has gone on for `blind_after` in the machine's factory."""
    zone = ZoneInfo(profile.zone_of(factory_of(key)))
    began = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    return newest - began >= timedelta(seconds=profile.health.blind_after_s)


def _seen(day: Row, before: Sequence[Row], trend: Row | None, profile: Profile) -> dict[str, Any]:
    rules, parts = profile.health, _warned(day, profile)
    warning_frac, metric = max(parts, key=lambda part: (part[0], part[1]), default=(0.0, ""))
    unusual = (day["statistical_anomaly_count"] or 0) + (day["rapid_change_count"] or 0)
    anomaly_frac, critical = unusual / day["reading_count"], day["critical_event_count"] or 0
    points = {
        "warning_points": rules.warning_points * warning_frac,
        "critical_points": rules.critical_points * min(1.0, critical / rules.critical_events),
        "anomaly_points": rules.anomaly_points * min(1.0, anomaly_frac / rules.anomaly_frac),
        "trend_points": _trend_points(trend, rules),
    }
    score, silent = max(0.0, 100.0 - sum(points.values())), _silent(day, before, profile)
    return {
        "state": _state(score, silent, rules), "score": score, **points, "reading_count": day["reading_count"],
        "warning_metric": metric if warning_frac else None, "warning_frac": warning_frac,
        "critical_event_count": critical, "anomaly_frac": anomaly_frac, **_of_trend(trend),
        "silent_metrics": ", ".join(silent) or None,
    }  # fmt: skip


def _warned(day: Row, profile: Profile) -> list[tuple[float, str]]:
    """For each metric with readings the part of them beyond a warning limit."""
    counts = ((name, day[f"{name}_warning_count"], day[f"{name}_reading_count"]) for name in profile.metrics)
    return [((warned or 0) / count, name) for name, warned, count in counts if count]


def _silent(day: Row, before: Sequence[Row], profile: Profile) -> list[str]:
    return [
        name
        for name in profile.metrics
        if not day[f"{name}_reading_count"] and any(one[f"{name}_reading_count"] for one in before)
    ]


def _trend_points(trend: Row | None, rules: HealthRules) -> float:
    if trend is None:
        return 0.0
    left = trend["days_to_limit"] * _DAY_S / rules.trend_s if rules.trend_s else 1.0
    return rules.trend_points * max(0.0, 1.0 - left)


def _of_trend(trend: Row | None) -> dict[str, Any]:
    if trend is None:
        return {}
    names = {"metric": "trend_metric", "unit": "trend_unit", "change_per_week": "trend_change_per_week",
             "limit_value": "trend_limit_value", "days_to_limit": "trend_days_to_limit"}  # fmt: skip
    return {to: trend[name] for name, to in names.items()}


def _state(score: float, silent: Sequence[str], rules: HealthRules) -> str:
    if score < rules.poor_below:
        return "poor"
    return "watch" if score < rules.good_from or silent else "good"
