"""`gold.machine_daily`: each machine's local day, with statistics of every metric."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pyarrow as pa

from expectations.plant.plant_profile import Metric, Profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold import machine_daily
from expectations.tables.machine_keys import machine_key
from expectations.units import unit
from gold import exact_numbers as exact
from gold.daily_anomalies import COUNTS, counted

READS = (
    "machine_id", "factory_id", "metric", "local_date", "reading_count", "sum_steps", "sum_squares", "minimum_steps",
    "maximum_steps", "warning_count", "critical_count",
)  # fmt: skip
Row = dict[str, Any]
_KEY = ("machine_id", "factory_id", "metric", "local_date")
_SUMS = ("reading_count", "sum_steps", "sum_squares", "warning_count", "critical_count")
_COUNTS = ("reading_count", "warning_count", "critical_count")
_EPOCH = date(1970, 1, 1)


def build(buckets: pa.Table, runs: pa.Table, profile: Profile) -> pa.Table:
    """One row per machine and local date, key (machine_id, factory_id, local_date).

    Args:
        buckets: The columns `READS` of `silver.buckets`, whole local days; texts plain or by code.
        runs: What `daily_anomalies.counted` reads of `silver.anomaly_runs`, of the UTC dates round them.
        profile: The plant; its metrics give the columns.
    """
    days: dict[tuple[Any, ...], Row] = {}
    for one in _days_of_metrics(buckets):
        key = one["machine_id"], one["local_date"], one["factory_id"]
        day = days.setdefault(key, dict(zip(("machine_id", "local_date", "factory_id"), key, strict=True)))
        day.update({name: day.get(name, 0) + one[name] for name in _COUNTS})
        if metric := profile.metrics.get(one["metric"]):
            day.update(_of_metric(one, metric))
    _count_anomalies(days, runs, profile)
    return pa.Table.from_pylist([days[key] for key in sorted(days)], arrow_schema(machine_daily(profile)))


def _count_anomalies(days: dict[tuple[Any, ...], Row], runs: pa.Table, profile: Profile) -> None:
    found = counted(runs, profile)
    for (machine, local_date, factory), day in days.items():
        mine = found.get((machine_key(machine, factory), (local_date - _EPOCH).days), {})
        day.update({name: mine.get(name, 0) for name in COUNTS})
        day["anomaly_count"] = sum(day[name] for name in COUNTS if name != "critical_event_count")


def _days_of_metrics(buckets: pa.Table) -> Iterable[Row]:
    factory = buckets.column_names.index("factory_id")
    plain = buckets.set_column(factory, "factory_id", buckets.column("factory_id").cast(pa.string()))
    asked = [("minimum_steps", "min"), ("maximum_steps", "max")]
    grouped = plain.unify_dictionaries().group_by(list(_KEY), use_threads=False)
    found = grouped.aggregate([*asked, *((name, "sum") for name in _SUMS)])
    names = [*_KEY, *(name for name, _ in asked), *_SUMS]
    rows: Iterable[Row] = found.rename_columns(names).to_pylist()
    return rows


def _of_metric(day: Row, metric: Metric) -> Row:
    name, suffix, resolution = metric.name, unit(metric.unit).suffix, metric.resolution
    count, total, squares = day["reading_count"], day["sum_steps"], int(day["sum_squares"])
    return {
        f"{name}_mean_{suffix}": exact.mean(count, total, resolution),
        f"{name}_deviation_{suffix}": exact.deviation(count, total, squares, resolution),
        f"{name}_minimum_{suffix}": exact.scaled(day["minimum_steps"], resolution),
        f"{name}_maximum_{suffix}": exact.scaled(day["maximum_steps"], resolution),
        f"{name}_reading_count": count,
        f"{name}_warning_count": day["warning_count"],
    }
