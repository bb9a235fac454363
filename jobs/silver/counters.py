"""The tables of counters brought up to the readings, and what the report says of resets."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from expectations.tables.counters import COUNTER_CHANGES
from jobs.runtime.progress import show
from jobs.silver import recipes
from lakehouse.engine.tasks import Engine
from lakehouse.plant import Plant
from lakehouse.publish.rebuild import rebuild

_SHOWN = 5
_REPORTED = ("reset", "rollover", "decrease")
_READ = ["machine_id", "sensor_id", "metric", "measured_at", "kind", "value", "previous_value", "unit"]


def rebuild_counters(engine: Engine, plant: Plant) -> tuple[bool, list[str]]:
    """Whether the tables changed, and a line for the resets, roll-overs and falls on the dates that did."""
    dates, is_changed = list[date](), False
    for recipe in recipes.counters(plant):
        replaced = rebuild(engine, plant.lake, recipe, partial(show, recipe.target.name))
        is_changed |= bool(replaced and replaced.changed)
        dates = [date.fromisoformat(day) for day in replaced.dates] if replaced else []
    return is_changed, _lines(plant, dates)


def _lines(plant: Plant, dates: Sequence[date]) -> list[str]:
    if not dates:
        return []
    where = ds.field("measured_date").isin(pa.array(dates, pa.date32())) & ds.field("kind").isin(_REPORTED)
    rows = plant.lake.arrow(COUNTER_CHANGES, _READ, where).sort_by("measured_at").to_pylist()
    if not rows:
        return []
    kinds = Counter(row["kind"] for row in rows)
    counts = ", ".join(f"{kinds[kind]:,} {kind}" for kind in _REPORTED if kinds[kind])
    more = [f"  and {len(rows) - _SHOWN:,} more: see {COUNTER_CHANGES.name}"] if len(rows) > _SHOWN else []
    return [f"silver: counters on dates with new readings: {counts}", *map(_line_of, rows[:_SHOWN]), *more]


def _line_of(row: dict[str, Any]) -> str:
    return (
        f"  {row['kind']}: {row['machine_id']} {row['sensor_id']} {row['metric']} at "
        f"{row['measured_at']:%Y-%m-%dT%H:%M:%SZ}: {row['previous_value']!r} -> {row['value']!r} {row['unit']}"
    )
