"""What falls behind the fleet, of the version that scored last: a line for each slice."""

from expectations.tables.gold_performance import MODEL_PERFORMANCE
from expectations.tables.gold_shadow import SHADOW
from lakehouse.plant import Plant

_COLUMNS = [
    "model_version",
    "source",
    "horizon",
    "period",
    "period_end_at",
    "slice",
    "slice_value",
    "is_behind",
    "note",
]


def slices_behind(plant: Plant) -> list[str]:
    """A sentence for each slice that is behind over all weeks of the version and source that scored last."""
    rows = plant.lake.arrow(MODEL_PERFORMANCE, _COLUMNS).to_pylist()
    whole = [row for row in rows if row["period"] == "all" and row["source"] != SHADOW]
    if not whole:
        return []
    names = ("model_version", "source", "horizon")
    newest = max(whole, key=lambda row: (row["period_end_at"], *(row[name] for name in names)))
    mine = [row for row in whole if all(row[name] == newest[name] for name in names) and row["is_behind"]]
    return [
        f"model version {row['model_version']}, {row['source']}, is behind for {row['slice']} {row['note']}"
        for row in sorted(mine, key=lambda row: (row["slice"], row["slice_value"]))
    ]
