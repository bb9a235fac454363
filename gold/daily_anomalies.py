"""How many anomalies lasted on each local date of a machine: counted from runs, without putting these together."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import Coded, Flags, begins, coded, flags, micros, plain_texts
from expectations.tables.local_time import DAY_US, local_us
from expectations.tables.machine_keys import machine_keys

READS = (
    "sensor_id",
    "machine_id",
    "factory_id",
    "metric",
    "kind",
    "severity",
    "first_at",
    "last_at",
    "next_at",
    "is_first",
)
COUNTS = ("threshold_event_count", "critical_event_count", "rapid_change_count", "statistical_anomaly_count")
_COUNT_OF = {
    ("above_maximum", "warning"): COUNTS[0],
    ("below_minimum", "warning"): COUNTS[0],
    ("above_maximum", "critical"): COUNTS[1],
    ("below_minimum", "critical"): COUNTS[1],
    ("rapid_change", "warning"): COUNTS[2],
    ("statistical", "notice"): COUNTS[3],
}
Day = tuple[str, int]
"""Key of a machine, and a local date as days since the epoch."""


def counted(runs: pa.Table, profile: Profile) -> Mapping[Day, Mapping[str, int]]:
    """For each machine and local date with any the anomalies of `COUNTS` that lasted at some time of it.

    An anomaly has a run for each UTC date on which it lasted. Two runs of one local date are one anomaly where the
    first has its sensor's last reading of one UTC date and the second the first of the next. What is critical counts as
    a threshold event too.

    Args:
        runs: The columns `READS` of `silver.anomaly_runs`, of the UTC dates round the local ones.
        profile: The plant: the zones of its factories.
    """
    rows = plain_texts(runs)
    machine, factory = machine_keys(rows), coded(rows, "factory_id")
    first, last = (local_us(micros(rows, name), factory, profile) // DAY_US for name in ("first_at", "last_at"))
    keys = [coded(rows, name).codes for name in ("severity", "kind", "metric", "sensor_id")] + [machine.codes]
    columns: list[NDArray[Any]] = [micros(rows, "first_at"), *keys]
    order = np.lexsort(columns)
    goes_on = _goes_on(rows, order, begins(keys, order), (first, last))
    found: dict[Day, Counter[str]] = {}
    for day, by in ((first, np.where(goes_on, 0, 1)), (last, (last > first).astype(np.int64))):
        _add(found, rows, machine, day, by)
    return found


def _goes_on(rows: pa.Table, order: NDArray[np.int64], is_new: Flags, local: tuple[NDArray[np.int64], ...]) -> Flags:
    """Whether each run goes on with the anomaly of the run before it, on one local date."""
    has_last = rows.column("next_at").is_null().to_numpy()[order]
    first, last = (days[order] for days in local)
    before_has_last, before = np.append(False, has_last[:-1]), np.append(-1, last[:-1])
    ordered = ~is_new & flags(rows, "is_first")[order] & before_has_last[: len(order)] & (first == before[: len(order)])
    found = np.zeros(len(order), np.bool_)
    found[order] = ordered
    return found


def _add(
    found: dict[Day, Counter[str]], rows: pa.Table, machine: Coded, day: NDArray[np.int64], by: NDArray[np.int64]
) -> None:
    named = zip(rows.column("kind").to_pylist(), rows.column("severity").to_pylist(), strict=True)
    columns = (machine.codes.tolist(), day.tolist(), named, by.tolist())
    for code, local_date, kind, number in zip(*columns, strict=True):
        name = _COUNT_OF.get(kind)
        if name is not None and number:
            found.setdefault((machine.texts[code], local_date), Counter())[name] += number
