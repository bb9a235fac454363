"""`silver.sensor_health`: whether each sensor can be believed on a date, and by which figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.silver_sensor_health import SENSOR_FINDINGS, SENSOR_HEALTH
from silver.bad_values import BadValues
from silver.calibration import due_dates
from silver.sensor_findings import Figures, figures
from silver.sensor_panel import READS, Days, Panel
from silver.sensor_rules import SensorRules

__all__ = ("READS", "Held", "build")
_WHOLE = ("reference_days", "longest_equal")


@dataclass(frozen=True, slots=True)
class Held:
    """What sensors are held against.

    Attributes:
        profile: The plant.
        rules: Its policy.
        machines: `silver.machines`; None where the profile says nothing of calibration.
        bad: What their sources call bad.
    """

    profile: Profile
    rules: SensorRules
    machines: pa.Table | None = None
    bad: BadValues = field(default_factory=lambda: BadValues({}))


def build(days: pa.Table, held: Held, dates: Sequence[date]) -> pa.Table:
    """One row per sensor and UTC date, key (factory_id, machine_id, sensor_id, metric, measured_date).

    A sensor has a row on each of the dates while a reading is among the last `rules.days` dates, itself silent or not.

    Args:
        days: The columns `READS` of `silver.sensor_days`: the dates, and `rules.days` - 1 before each.
        held: What they are held against.
        dates: The dates.
    """
    known = Days.of(days, held.profile.metrics)
    made = [_of_date(known.panel(day, held.rules.days), held, day) for day in sorted(dates)]
    return pa.concat_tables([arrow_schema(SENSOR_HEALTH).empty_table(), *made])


def _of_date(panel: Panel, held: Held, day: date) -> pa.Table:
    schema, profile, rules = arrow_schema(SENSOR_HEALTH), held.profile, held.rules
    if not panel.names:
        return schema.empty_table()
    metrics = [name[2] for name in panel.names]
    allowed = np.array([profile.sensor_health.redundant.get(metric, np.nan) for metric in metrics])
    is_counter = np.array([metric in profile.counters for metric in metrics])
    shown = figures(panel, rules, allowed, is_counter)
    due = due_dates(held.machines, profile.sensor_health.calibration_due, panel.names, day)
    is_overdue = np.array([one is not None and one < day for one in due])
    findings = _findings({**shown.found, "calibration_overdue": is_overdue})
    factory, machine, metric, sensor = zip(*panel.names, strict=True)
    columns: dict[str, Any] = {name: _column(name, values) for name, values in shown.columns.items()}
    columns |= {
        "factory_id": factory, "machine_id": machine, "metric": metric, "sensor_id": sensor,
        "measured_date": [day] * len(panel.names), "findings": findings, "is_at_rest": shown.is_at_rest,
        "reading_count": panel.count[:, -1].astype(np.int64), "calibration_due_date": due,
        "verdict": _verdicts(findings, panel, shown, rules),
        "bad_quality_count": [held.bad.count(name, day) for name in panel.names],
        "bad_quality_codes": [held.bad.codes(name, day) for name in panel.names],
    }  # fmt: skip
    return pa.table({name: pa.array(columns[name], schema.field(name).type) for name in schema.names}, schema=schema)


def _findings(found: dict[str, Any]) -> list[list[str]]:
    """For each sensor what is found, the most severe first; what is dead or stuck scatters no more and is away."""
    rows = np.stack([found[name] for name in SENSOR_FINDINGS]).T.tolist()
    return [[name for name, is_found in zip(SENSOR_FINDINGS, row, strict=True) if is_found] for row in rows]


def _verdicts(findings: list[list[str]], panel: Panel, shown: Figures, rules: SensorRules) -> list[str]:
    known = (shown.columns["reference_days"] >= rules.minimum_days).tolist()
    without = ["healthy" if is_known else "learning" for is_known in known]
    counts = panel.count[:, -1].tolist()
    return [
        "silent" if count == 0 and "dead" not in found else found[0] if found else word
        for found, count, word in zip(findings, counts, without, strict=True)
    ]


def _column(name: str, values: Any) -> pa.Array:
    is_missing = ~np.isfinite(values)
    filled = np.where(is_missing, 0.0, values)
    return pa.array(filled.astype(np.int64) if name in _WHOLE else filled, mask=is_missing)
