"""How many of the faulty records of batches repairs replay."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow.dataset as ds

from expectations.feeds import READINGS
from expectations.tables.silver import QUARANTINE
from jobs.silver.repaired import is_repaired
from lakehouse.plant import Plant


def repaired_in(plant: Plant, quality: Iterable[Mapping[str, Any]]) -> dict[tuple[int, str], int]:
    """Batch and feed -> how many of its records a repair in force replays, of the batches with too many faults.

    Args:
        plant: The plant.
        quality: Rows of `gold.data_quality`. Readings alone are repaired.
    """
    loud = sorted({row["batch_id"] for row in quality if row["is_alert"] and row["feed"] == READINGS.name})
    if not loud:
        return {}
    columns = ["_batch_id", "_faults", "replaced_by"]
    aside = plant.lake.arrow(QUARANTINE, columns, ds.field("_batch_id").isin(loud)).to_pylist()
    return dict(Counter((row["_batch_id"], READINGS.name) for row in aside if is_repaired(row)))
