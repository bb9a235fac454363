"""`gold.trends`: how each metric of a machine moves over a week of daily means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.plant.plant_profile import Limits, Metric, Profile
from expectations.tables.arrow_columns import Doubles, doubles
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_trends import LEAST_DAYS, TREND_DAYS, TRENDS
from expectations.tables.machine_keys import factory_of, machine_keys, machine_of
from expectations.units import unit
from gold.machine_models import Models
from gold.theil_sen import UNIT, least_significant, slopes
from gold.whole_numbers import Whole

PARTS = 100
"""A mean is rounded to a hundredth of its metric's resolution; what follows from it is exact until the last step."""
_EPOCH = date(1970, 1, 1)
_SAFE = 2.0**53
_SIGNIFICANT = {count: least_significant(count) for count in range(LEAST_DAYS, TREND_DAYS + 1)}


@dataclass(frozen=True, slots=True)
class _Weeks:
    """The weeks of a metric that end on one date: a row for each machine, a column for each date."""

    last: date
    keys: Sequence[str]
    means: Doubles


def reads(profile: Profile) -> tuple[str, ...]:
    """The columns of `gold.machine_daily` that the build looks at."""
    return ("machine_id", "factory_id", "local_date", *(_mean_of(metric) for metric in _metrics(profile)))


def build(days: pa.Table, machines: pa.Table, profile: Profile, dates: Sequence[date]) -> pa.Table:
    """One row per machine, metric and local date with a mean on it and on four of the six dates before, by key.

    Counters have no row: their mean says when they were read. Slope and order are exact for the means as rounded
    (`PARTS`); the slope is then a quotient and a product of doubles.

    Args:
        days: The columns `reads` of `gold.machine_daily`, of the dates and the six before each.
        machines: `silver.machines`, for the models, by which limits differ.
        profile: The plant: its metrics and their limits.
        dates: The dates whose rows are asked for.
    """
    models = Models.of(machines)
    rows = [
        row
        for metric in _metrics(profile)
        for weeks in _weeks(days, metric, dates)
        for row in _rows(weeks, metric, models)
    ]
    return pa.Table.from_pylist(rows, arrow_schema(TRENDS))


def _metrics(profile: Profile) -> list[Metric]:
    return [metric for metric in profile.metrics.values() if metric.counter is None]


def _mean_of(metric: Metric) -> str:
    return f"{metric.name}_mean_{unit(metric.unit).suffix}"


def _weeks(days: pa.Table, metric: Metric, dates: Sequence[date]) -> Iterator[_Weeks]:
    keys, day = machine_keys(days), days.column("local_date").cast(pa.int32()).to_numpy()
    for last in dates:
        place = day - (last - _EPOCH).days + TREND_DAYS - 1
        is_near = (place >= 0) & (place < TREND_DAYS)
        means = np.full((len(keys.texts), TREND_DAYS), np.nan)
        means[keys.codes[is_near], place[is_near]] = doubles(days, _mean_of(metric))[is_near]
        is_known = ~np.isnan(means[:, -1]) & ((~np.isnan(means)).sum(axis=1) >= LEAST_DAYS)
        yield _Weeks(last, [keys.texts[code] for code in np.flatnonzero(is_known)], means[is_known])


def _rows(weeks: _Weeks, metric: Metric, models: Models) -> Iterator[dict[str, Any]]:
    is_there = ~np.isnan(weeks.means)
    found = slopes(_rounded(weeks.means, metric.resolution), is_there)
    by_day = _doubles(found.slope) / (UNIT * PARTS) * metric.resolution
    columns = (weeks.keys, found.count.tolist(), weeks.means[:, -1].tolist(), by_day.tolist(), found.kendall_s.tolist())
    for key, count, mean, slope, kendall_s in zip(*columns, strict=True):
        direction = _direction(kendall_s, count)
        limits = metric.limits_for(machine_of(key), models.on(key, weeks.last))
        limit = _limit(limits, mean, direction) if slope else None
        yield {
            "machine_id": machine_of(key), "factory_id": factory_of(key), "metric": metric.name,
            "local_date": weeks.last, "day_count": count, "unit": metric.unit, "newest_mean": mean,
            "slope_per_day": slope, "change_per_week": TREND_DAYS * slope, "kendall_s": kendall_s,
            "direction": direction, "limit_value": limit,
            "days_to_limit": None if limit is None else max(0.0, (limit - mean) / slope),
        }  # fmt: skip


def _rounded(means: Doubles, resolution: float) -> Whole:
    """Means in whole hundredths of the resolution; 0 where there is none."""
    parts = np.rint(np.nan_to_num(means) / resolution * PARTS)
    if not parts.size or float(np.abs(parts).max()) < _SAFE:
        return parts.astype(np.int64)
    whole: NDArray[Any] = np.array([int(one) for one in parts.ravel().tolist()], dtype=object)
    return whole.reshape(parts.shape)


def _doubles(values: Whole) -> Doubles:
    return values.astype(np.float64)


def _direction(kendall_s: int, count: int) -> str:
    if abs(kendall_s) < _SIGNIFICANT[count]:
        return "steady"
    return "rising" if kendall_s > 0 else "falling"


def _limit(limits: Limits, mean: float, direction: str) -> float | None:
    """The limit that a mean moves to: the warning limit, else the critical one, whichever it has not passed."""
    if direction == "steady":
        return None
    ends = (
        (limits.warning_above, limits.critical_above)
        if direction == "rising"
        else (limits.warning_below, limits.critical_below)
    )
    known = [limit for limit in ends if limit is not None]
    ahead = [limit for limit in known if (limit >= mean if direction == "rising" else limit <= mean)]
    return next(iter(ahead or known[::-1]), None)
