"""The open cases of failures that the champion missed, read from gold."""

from datetime import datetime, timedelta

import pyarrow.dataset as ds

from expectations.tables.gold import MODEL_ALIASES
from expectations.tables.gold_missed import MISSED_FAILURES
from jobs.status.machine_facts import MissedFailure
from lakehouse.plant import Plant

_COLUMNS = ["model_version", "source", "machine_id", "factory_id", "failed_at", "failure_kinds", "words"]


def missed_state(plant: Plant, now: datetime, days: int) -> tuple[MissedFailure, ...]:
    """Failures of the last days that a version missed that is or was champion; each once, the newest first."""
    named = plant.lake.arrow(MODEL_ALIASES, ["version"], ds.field("alias") == "champion").column(0).to_pylist()
    if not named:
        return ()
    is_recent = ds.field("failed_at") > now - timedelta(days=days)
    rows = plant.lake.arrow(MISSED_FAILURES, _COLUMNS, is_recent & ds.field("model_version").isin(named)).to_pylist()
    rows.sort(key=lambda row: (row["machine_id"], row["factory_id"], row["source"], row["model_version"]))
    found: dict[tuple[str, datetime], MissedFailure] = {}
    for row in sorted(rows, key=lambda row: row["failed_at"], reverse=True):
        machine = f"{row['factory_id']}/{row['machine_id']}"
        one = MissedFailure(machine, row["failed_at"], row["failure_kinds"], row["source"], row["words"])
        found.setdefault((machine, row["failed_at"]), one)
    return tuple(found.values())
