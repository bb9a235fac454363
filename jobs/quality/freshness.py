"""How old the newest content of each table is, against the plant's deadline."""

from datetime import datetime
from typing import Any

from jobs.runtime.plant import Plant

NEWEST_BY = {
    "bronze.files": "_ingested_at",
    "silver.readings": "measured_at",
    "silver.buckets": "bucket_at",
    "gold.machine_features": "scored_at",
    "gold.predictions": "scored_at",
}


def freshness_rows(plant: Plant, as_of: datetime) -> list[dict[str, Any]]:
    """Rows of `gold.freshness`. A table that is not there yet counts as late."""
    deadline_h = plant.profile.freshness_s / 3600
    return [_row(plant, name, column, as_of, deadline_h) for name, column in NEWEST_BY.items()]


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
