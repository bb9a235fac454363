"""Readings beyond a limit for each machine, metric and local day, counted from the simulator's truth.

In plain Python and decimal numbers, from the profile's own text: nothing here is shared with what is tested.
"""

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

PROFILE = Path(__file__).parents[2] / "expectations" / "plants" / "simulated" / "profile.toml"
LIMITS = ("warning_above", "critical_above", "warning_below", "critical_below")

Key = tuple[str, str, str, date]
"""Factory, machine, metric, local day."""


@dataclass
class LimitCounts:
    """Readings, those beyond a warning limit, and those of them beyond a critical one, by `Key`."""

    readings: Counter[Key] = field(default_factory=Counter)
    warnings: Counter[Key] = field(default_factory=Counter)
    criticals: Counter[Key] = field(default_factory=Counter)


def count_limits(truth: Path, models: Mapping[str, str]) -> LimitCounts:
    """Counts from `readings.parquet` in the folder of the truth; `models` names each machine's model."""
    profile = tomllib.loads(PROFILE.read_text(encoding="utf-8"), parse_float=Decimal)
    zones = {factory: ZoneInfo(name) for factory, name in profile["zones"]["factories"].items()}
    found = LimitCounts()
    for row in pq.read_table(truth / "readings.parquet").to_pylist():
        metric = profile["metrics"][row["metric"]]
        local = row["measured_at"].astimezone(zones[row["factory_id"]]).date()
        key = (row["factory_id"], row["machine_id"], row["metric"], local)
        value = row["steps"] * Decimal(metric["resolution"])
        is_warning, is_critical = _beyond(value, _limits(metric, models[row["machine_id"]]))
        found.readings[key] += 1
        found.warnings[key] += is_warning
        found.criticals[key] += is_critical
    return found


def by_day(counts: Counter[Key], group: Callable[[Key], Any]) -> dict[Any, int]:
    """Sums over the keys of one group."""
    total: Counter[Any] = Counter()
    for key, count in counts.items():
        total[group(key)] += count
    return dict(total)


def _limits(metric: Mapping[str, Any], model: str) -> Mapping[str, Decimal]:
    """The metric's limits, with those that its model says otherwise."""
    own: Mapping[str, Any] = next(
        (each for each in metric.get("overrides", ()) if each.get("machine_model") == model), {}
    )
    return {name: Decimal(said[name]) for name in LIMITS for said in (metric, own) if name in said}


def _beyond(value: Decimal, limits: Mapping[str, Decimal]) -> tuple[bool, bool]:
    """Whether a value is beyond a warning limit, and beyond a critical one; on the limit is not beyond it."""
    warning, critical = (
        (f"{kind}_above" in limits and value > limits[f"{kind}_above"])
        or (f"{kind}_below" in limits and value < limits[f"{kind}_below"])
        for kind in ("warning", "critical")
    )
    return warning or critical, critical
