"""Which sensors could not be believed, date by date."""

from dataclasses import dataclass
from datetime import date

from report.lake_view import LakeView

DATES = 60
"""Columns of the map: two months."""


@dataclass(frozen=True, slots=True)
class SensorDay:
    """A verdict on a sensor that has a finding on some date of the map, with the findings."""

    machine_id: str
    sensor_id: str
    metric: str
    on: date
    verdict: str
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sensors:
    """The map's cells; of the newest date, how many sensors were looked at, and how many still learn."""

    until: date
    cells: tuple[SensorDay, ...]
    looked_at: int
    learning: int


def sensors(view: LakeView) -> Sensors | None:
    """What `silver.sensor_health` says; None before the first date."""
    newest = view.row("SELECT max(measured_date) AS until FROM silver.sensor_health")
    if newest["until"] is None:
        return None
    cells = view.rows(
        "SELECT machine_id, sensor_id, metric, measured_date AS on, verdict, findings FROM silver.sensor_health "
        "WHERE measured_date > $until - $dates QUALIFY max(len(findings)) OVER "
        "(PARTITION BY factory_id, machine_id, sensor_id, metric) > 0 "
        "ORDER BY machine_id, sensor_id, metric, measured_date",
        {"until": newest["until"], "dates": DATES},
    )
    counted = view.row(
        "SELECT count(*) AS looked_at, count(*) FILTER (verdict = 'learning') AS learning FROM silver.sensor_health "
        "WHERE measured_date = $until",
        newest,
    )
    found = (SensorDay(**{**row, "findings": tuple(row["findings"])}) for row in cells)
    return Sensors(newest["until"], tuple(found), **counted)
