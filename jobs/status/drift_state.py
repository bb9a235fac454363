"""What drifts now, read from gold."""

from datetime import date

import pyarrow.dataset as ds

from expectations.tables.gold_drift import DRIFT
from jobs.status.facts import DriftState
from lakehouse.plant import Plant

_COLUMNS = ["scope", "name", "feature", "verdict"]


def drift_state(plant: Plant) -> DriftState | None:
    """The newest date's verdicts of the fleet and of gateways; None where nothing was compared.

    Machines are left out: one that wears drifts, and its scores say so.
    """
    days = plant.lake.dates(DRIFT)
    if not days:
        return None
    until = date.fromisoformat(max(days))
    rows = plant.lake.arrow(DRIFT, _COLUMNS, ds.field("until_date") == until).to_pylist()
    found = [row for row in rows if row["scope"] != "machine" and row["verdict"] != "INSUFFICIENT_DATA"]
    drifting: dict[str, tuple[str, ...]] = {}
    for row in sorted(found, key=lambda row: (row["scope"], row["name"], row["feature"])):
        if row["verdict"] == "DRIFT":
            of = row["name"] if row["scope"] == "fleet" else f"gateway {row['name']}"
            drifting[of] = (*drifting.get(of, ()), row["feature"])
    return DriftState(until, len(found), drifting)
