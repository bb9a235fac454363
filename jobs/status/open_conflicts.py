"""Values beyond a critical limit that are in an open conflict: no reading is stored, so no table shows them.

A conflict is open until a source corrects it, however old it is. Quarantine has it in a column of its own: the row
groups without an open conflict are left out by their statistics, so that a look costs as much as there are open ones.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from expectations.tables.arrow_columns import coded, doubles
from expectations.tables.machine_keys import machine_keys
from expectations.tables.silver import QUARANTINE
from jobs.silver.limits_in_force import models_of
from jobs.status.facts import CriticalConflict
from lakehouse.plant import Plant
from silver.rulebook import Rulebook, bounds, conversions

_OPEN = "conflicting_value"
_SENSOR = ("factory_id", "machine_id", "sensor_id", "metric")
_KEY = (*_SENSOR, "measured_at")
_COLUMNS = (*_KEY, "value", "unit", "_faults", "current_value", "is_open")


def critical_conflicts(plant: Plant) -> tuple[CriticalConflict, ...]:
    """Every open conflict of the lake where one of the values is critical: the newest of each sensor and metric."""
    rows = _open_rows(plant)
    return critical_among(rows, Rulebook(plant.profile, models_of(plant))) if rows.num_rows else ()


def _open_rows(plant: Plant) -> pa.Table:
    """The records of open conflicts; of rows of older code, which do not say so, their fault and value tell."""
    lake, is_open = plant.lake, ds.field("is_open")
    knows = "is_open" in lake.columns(QUARANTINE)
    found = lake.arrow(QUARANTINE, list(_COLUMNS), is_open | is_open.is_null() if knows else None)
    if "current_value" not in found.column_names:  # a table of older code: nothing tells which are open
        return found.slice(0, 0)
    lost = pc.equal(pc.binary_join(found.column("_faults"), " "), _OPEN)
    return found.filter(pc.and_(lost, found.column("current_value").is_null()))


def critical_among(rows: pa.Table, book: Rulebook) -> tuple[CriticalConflict, ...]:
    """By machine, sensor and metric the newest conflict with a critical value, and how many there are; pure.

    Args:
        rows: Every record of open conflicts: those of `silver.readings_quarantine`.
        book: The limits in force.
    """
    shown = _with_values(rows.select([*_KEY, "value", "unit"]), book)
    keys = shown.group_by(list(_KEY), use_threads=False).aggregate([("is_critical", "max")])
    critical = keys.filter(pc.field("is_critical_max"))
    newest = critical.group_by(list(_SENSOR), use_threads=False).aggregate([("measured_at", "max"), ([], "count_all")])
    newest = newest.rename_columns([*_SENSOR, "measured_at", "count"])
    values: dict[tuple[object, ...], set[float]] = {}
    for row in shown.join(newest.select(list(_KEY)), list(_KEY), join_type="left semi").to_pylist():
        values.setdefault(tuple(row[name] for name in _KEY), set()).add(row["shown"])
    found = newest.sort_by([(name, "ascending") for name in _SENSOR]).to_pylist()
    return tuple(
        CriticalConflict(
            **row,
            values=tuple(sorted(values[tuple(row[name] for name in _KEY)])),
            unit=book.profile.metrics[row["metric"]].unit,
        )
        for row in found
    )


def _with_values(rows: pa.Table, book: Rulebook) -> pa.Table:
    """The records whose metric and unit fit, with their value as silver has it, and whether that is critical."""
    metric = coded(rows, "metric")
    known = conversions(book, metric, coded(rows, "unit"))
    steps = np.rint((doubles(rows, "value") * known.factor + known.offset) / known.resolution)
    value = steps * known.resolution
    is_critical = bounds(book, machine_keys(rows), metric).beyond(value, "critical_below", "critical_above")
    found = rows.append_column("shown", pa.array(value)).append_column("is_critical", pa.array(is_critical))
    return found.filter(pa.array(np.isfinite(value)))
