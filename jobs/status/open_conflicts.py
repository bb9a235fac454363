"""Values beyond a critical limit that are in an open conflict: no reading is stored, so no table shows them."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds

from expectations.plant.plant_profile import Metric, Profile
from expectations.tables.silver import QUARANTINE, machines
from expectations.units import spelled_conversions, unit_key
from jobs.status.facts import CriticalConflict
from lakehouse.lake import Lake

Row = dict[str, Any]
_OPEN = "conflicting_value"
_KEY = ("factory_id", "machine_id", "sensor_id", "metric", "measured_at")
_COLUMNS = (*_KEY, "value", "unit", "_faults", "current_value")


def critical_conflicts(lake: Lake, profile: Profile, batches: Collection[int]) -> tuple[CriticalConflict, ...]:
    """The open conflicts to which some batches added a record, where one of the values is critical."""
    recent = _open_rows(lake, ds.field("_batch_id").isin(sorted(batches)))
    if not recent:
        return ()
    times = [row["measured_at"] for row in recent]
    at = ds.field("measured_at")
    added = {_key(row) for row in recent}
    rows = [row for row in _open_rows(lake, (at >= min(times)) & (at <= max(times))) if _key(row) in added]
    columns = ["machine_id", "factory_id", "machine_model", "valid_from", "valid_to"]
    return critical_among(rows, profile, model_of(lake.arrow(machines(profile), columns).to_pylist()))


def _open_rows(lake: Lake, where: Any) -> list[Row]:
    found = lake.arrow(QUARANTINE, list(_COLUMNS), where)
    if "current_value" not in found.column_names:  # a table of older code: nothing tells which are open
        return []
    lost = pc.equal(pc.binary_join(found.column("_faults"), " "), _OPEN)
    rows: list[Row] = found.filter(pc.and_(lost, found.column("current_value").is_null())).to_pylist()
    return rows


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in _KEY)


def model_of(records: Iterable[Row]) -> Callable[[Row], str | None]:
    """What gives the model that the machine of a reading had at its time, by rows of `silver.machines`."""
    by_machine: dict[tuple[str, str], list[Row]] = {}
    for record in records:
        by_machine.setdefault((record["machine_id"], record["factory_id"]), []).append(record)

    def model(row: Row) -> str | None:
        for record in by_machine.get((row["machine_id"], row["factory_id"]), []):
            is_over = record["valid_to"] is not None and record["valid_to"] <= row["measured_at"]
            if record["valid_from"] <= row["measured_at"] and not is_over:
                found: str | None = record["machine_model"]
                return found
        return None

    return model


def critical_among(
    rows: Iterable[Row], profile: Profile, model: Callable[[Row], str | None]
) -> tuple[CriticalConflict, ...]:
    """By machine, sensor and metric the newest conflict with a critical value, and how many there are; pure.

    Args:
        rows: Every record of open conflicts.
        profile: The plant.
        model: The model of the machine of a record.
    """
    of_key: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        of_key.setdefault(_key(row), []).append(row)
    found: dict[tuple[Any, ...], CriticalConflict] = {}
    for key, some in sorted(of_key.items()):
        metric = profile.metrics.get(some[0]["metric"])
        values = sorted({value for row in some if (value := _canonical(row, metric)) is not None})
        if metric is None or not any(_is_critical(value, metric, some[0], model) for value in values):
            continue
        count = found[key[:-1]].count + 1 if key[:-1] in found else 1
        found[key[:-1]] = CriticalConflict(
            **dict(zip(_KEY, key, strict=True)), values=tuple(values), unit=metric.unit, count=count
        )
    return tuple(found.values())


def _canonical(row: Row, metric: Metric | None) -> float | None:
    """The value in the metric's unit, as a whole multiple of its resolution."""
    if metric is None or row["value"] is None:
        return None
    factor, offset = spelled_conversions(metric.unit).get(unit_key(row["unit"]), (0.0, 0.0))
    return round((row["value"] * factor + offset) / metric.resolution) * metric.resolution if factor else None


def _is_critical(value: float, metric: Metric, row: Row, model: Callable[[Row], str | None]) -> bool:
    limits = metric.limits_for(row["machine_id"], model(row))
    below, above = limits.critical_below, limits.critical_above
    return (below is not None and value < below) or (above is not None and value > above)
