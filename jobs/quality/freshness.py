"""How old the newest content of each table is, against the plant's deadline."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from expectations.tables.gold import PREDICTIONS
from jobs.models import registry
from jobs.runtime.plant import Plant

NEWEST_BY = {
    "bronze.files": "_ingested_at",
    "silver.readings": "measured_at",
    "silver.buckets": "bucket_at",
    "gold.machine_features": "scored_at",
    "gold.predictions": "scored_at",
}


def freshness_rows(plant: Plant, as_of: datetime) -> list[dict[str, Any]]:
    """Rows of `gold.freshness`. A table that is not there yet counts as late; of scores that needs a champion."""
    deadline_h = plant.profile.freshness_s / 3600
    without = set() if registry.champion(plant) else {PREDICTIONS.name}
    return [_row(plant, name, column, as_of, deadline_h) for name, column in NEWEST_BY.items() if name not in without]


def late(rows: Iterable[dict[str, Any]]) -> dict[str, str]:
    """What is said of each table beyond its deadline, by its name."""
    return {
        row["table_name"]: f"{row['table_name']} is {_age(row['age_h'])}, at most {row['deadline_h']:g} h are allowed"
        for row in rows
        if row["is_late"]
    }


def _age(age_h: float | None) -> str:
    return "empty" if age_h is None else f"{age_h:,.1f} h old"


def _row(plant: Plant, name: str, column: str, as_of: datetime, deadline_h: float) -> dict[str, Any]:
    import pyarrow.compute as pc

    table = plant.tables[name]
    newest = pc.max(plant.lake.arrow(table, [column]).column(column)).as_py() if plant.lake.exists(table) else None
    age_h = (as_of - newest).total_seconds() / 3600 if newest else None
    return {
        "checked_at": as_of,
        "table_name": name,
        "newest_at": newest,
        "age_h": age_h,
        "deadline_h": deadline_h,
        "is_late": age_h is None or age_h > deadline_h,
    }
