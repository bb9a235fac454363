"""Windows of vibration: how many were looked at, and the sensors whose bearings sound worst."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from report.lake_view import LakeView

DRAWN, DATES = 3, 60
"""Sensors that are drawn, and the dates of each up to the newest one of all."""
LINES = {"envelope_bpfo": "outer ring", "envelope_bpfi": "inner ring", "envelope_2bsf": "rolling element",
         "envelope_ftf": "cage"}  # fmt: skip
_STRONGEST = f"greatest({', '.join(LINES)})"


@dataclass(frozen=True, slots=True)
class Heard:
    """A sensor: its strongest bearing line by date, ascending; which line was the strongest, and the velocity then."""

    factory_id: str
    machine_id: str
    sensor_id: str
    by_date: tuple[tuple[date, float], ...]
    line: str
    velocity_mm_s: float | None


@dataclass(frozen=True, slots=True)
class Vibration:
    """Windows and sensors of all time, the newest date, windows by why a feature is null, and the worst sensors."""

    windows: int
    sensors: int
    until: date
    not_computed: Mapping[str, int]
    worst: tuple[Heard, ...]


def vibration(view: LakeView) -> Vibration | None:
    """What `silver.vibration_windows` says; None before the first window."""
    whole = view.row(
        "SELECT count(*) AS windows, count(DISTINCT (factory_id, machine_id, sensor_id)) AS sensors, "
        "max(started_date) AS until FROM silver.vibration_windows"
    )
    if not whole["windows"]:
        return None
    why = view.rows(
        "SELECT not_computed_reason AS reason, count(*) AS windows FROM silver.vibration_windows "
        "WHERE not_computed_reason IS NOT NULL GROUP BY reason ORDER BY reason"
    )
    return Vibration(
        **whole, not_computed={row["reason"]: row["windows"] for row in why}, worst=_worst(view, whole["until"])
    )


def _worst(view: LakeView, until: date) -> tuple[Heard, ...]:
    """The sensors with the strongest line in the dates that are drawn, the strongest first."""
    dates = view.rows(
        "WITH strongest AS (SELECT factory_id, machine_id, sensor_id, started_date AS heard_on, "  # noqa: S608  # ours
        f"max({_STRONGEST}) AS line FROM silver.vibration_windows WHERE started_date > $until - $dates "
        f"AND {_STRONGEST} IS NOT NULL GROUP BY ALL), ranked AS (SELECT *, max(line) OVER sensor AS peak "
        "FROM strongest WINDOW sensor AS (PARTITION BY factory_id, machine_id, sensor_id)) "
        "SELECT * FROM ranked QUALIFY dense_rank() OVER (ORDER BY peak DESC, factory_id, machine_id, sensor_id) "
        "<= $drawn ORDER BY peak DESC, factory_id, machine_id, sensor_id, heard_on",
        {"until": until, "dates": DATES, "drawn": DRAWN},
    )
    by_sensor: dict[tuple[str, str, str], list[tuple[date, float]]] = {}
    for row in dates:
        key = (row["factory_id"], row["machine_id"], row["sensor_id"])
        by_sensor.setdefault(key, []).append((row["heard_on"], row["line"]))
    return tuple(_heard(view, key, tuple(found), until) for key, found in by_sensor.items())


def _heard(view: LakeView, key: tuple[str, str, str], by_date: tuple[tuple[date, float], ...], until: date) -> Heard:
    names = dict(zip(("factory_id", "machine_id", "sensor_id"), key, strict=True))
    worst = view.row(
        f"SELECT {', '.join(LINES)}, velocity_rms_mm_s FROM silver.vibration_windows "  # noqa: S608  # ours
        "WHERE factory_id = $factory_id AND machine_id = $machine_id AND sensor_id = $sensor_id "
        f"AND started_date > $until - $dates AND {_STRONGEST} IS NOT NULL "
        f"ORDER BY {_STRONGEST} DESC, started_at DESC LIMIT 1",
        {**names, "until": until, "dates": DATES},
    )
    loudest = max(LINES, key=lambda name: worst[name] or 0.0)
    return Heard(*key, by_date, LINES[loudest], worst["velocity_rms_mm_s"])
