"""`gold.machines_now`: each machine as it is at the end of the newest readings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import plain_texts
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_health import MACHINES_NOW
from expectations.tables.machine_keys import factory_of, machine_key, machine_of
from gold.machine_models import Models

HEALTH_READS = (
    "machine_id", "factory_id", "local_date", "state", "score", "silent_metrics", "trend_metric", "trend_unit",
    "trend_change_per_week", "trend_limit_value", "trend_days_to_limit",
)  # fmt: skip
STANDING_READS = (
    "machine_id", "factory_id", "sensor_id", "metric", "kind", "severity", "raised_at", "cleared_at", "last_at",
)  # fmt: skip
SCORE_READS = (
    "machine_id", "factory_id", "scored_at", "bundle", "source", "decision", "horizon", "probability",
)  # fmt: skip
EVENT_READS = ("machine_id", "factory_id", "kind", "code", "occurred_at")
STOP_READS = ("machine_id", "factory_id", "from_at", "to_at", "cause", "is_planned")
_HOUR = timedelta(hours=1)
_BEYOND = {"above_maximum": "above", "below_minimum": "below", "rapid_change": "changes rapidly"}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Present:
    """What is known of the plant at one time.

    Attributes:
        as_of: End of the newest readings.
        last_readings: Machine and factory -> last reading; of every machine that ever had one.
        machines: `silver.machines`.
        health: The columns `HEALTH_READS` of `gold.machine_health`, of the newest dates.
        standing: The columns `STANDING_READS` of `silver.anomalies` that are not cleared.
        scores: The columns `SCORE_READS` of `gold.predictions`, of the newest dates.
        events: The columns `EVENT_READS` of `silver.machine_events`.
        stops: The columns `STOP_READS` of `gold.downtime`.
    """

    as_of: datetime
    last_readings: Mapping[str, datetime]
    machines: pa.Table
    health: pa.Table
    standing: pa.Table
    scores: pa.Table
    events: pa.Table
    stops: pa.Table


def build(known: Present, profile: Profile) -> pa.Table:
    """One row per machine that ever had a reading there or that master data have in service, by key.

    A machine that master data have moved to another factory has one row, in the factory where it is. Master data that
    begin after the newest readings say nothing of now.
    """
    models = Models.of(known.machines)
    day = known.as_of.date()
    in_service = {key for key in models.entries if models.is_in_service(key, day)}
    keys = in_service | {key for key in known.last_readings if not models.has_begun(key, day)}
    parts = _parts(known, profile)
    rows = [_row(key, known, profile, models) | _joined(key, parts) for key in sorted(keys)]
    for row in rows:
        _decide(row, profile)
    return pa.Table.from_pylist(rows, arrow_schema(MACHINES_NOW))


def _parts(known: Present, profile: Profile) -> Sequence[Mapping[str, Row]]:
    """What each part says of a machine; scores of a clock that is ahead are left out, and sensors that are gone."""
    near = timedelta(seconds=profile.health.blind_after_s)
    at, last = known.scores.column("scored_at"), known.standing.column("last_at")
    is_near = pc.and_(pc.greater_equal(at, known.as_of - near), pc.less_equal(at, known.as_of + near))
    standing = known.standing.filter(pc.greater_equal(last, known.as_of - near))
    return (
        _grouped(known.health, _newest_health), _grouped(standing, _standing),
        _grouped(known.scores.filter(is_near), _newest_score), _grouped(known.events, _last_events),
        _grouped(known.stops, lambda stops: _stop(stops, known.as_of)),
    )  # fmt: skip


def _grouped(rows: pa.Table, of: Callable[[list[Row]], Row]) -> dict[str, Row]:
    """What `of` says of the rows of each machine."""
    found: dict[str, list[Row]] = {}
    for row in plain_texts(rows).to_pylist():
        found.setdefault(machine_key(row["machine_id"], row["factory_id"]), []).append(row)
    return {key: of(mine) for key, mine in found.items()}


def _joined(key: str, parts: Iterable[Mapping[str, Row]]) -> Row:
    empty = {"standing_critical_count": 0, "standing_warning_count": 0, "standing_notice_count": 0, "is_down": False}
    found: Row = dict(empty)
    for part in parts:
        found.update(part.get(key, {}))
    return found


def _row(key: str, known: Present, profile: Profile, models: Models) -> Row:
    last = known.last_readings.get(key)
    zone = ZoneInfo(profile.zone_of(factory_of(key)))
    return {
        "machine_id": machine_of(key), "factory_id": factory_of(key),
        "machine_model": models.on(key, known.as_of.date()), "as_of_at": known.as_of, "last_reading_at": last,
        "last_reading_date": None if last is None else last.astimezone(zone).date(),
        "silent_hours": None if last is None else max(0.0, (known.as_of - last) / _HOUR),
    }  # fmt: skip


def _decide(row: Row, profile: Profile) -> None:
    """A machine that is silent for too long, or of which no score is known, is blind: what was said of it is old."""
    silent = row["silent_hours"]
    if silent is None or silent * 3600 >= profile.health.blind_after_s or row.get("score") is None:
        blind = ("score", "health_date", "silent_metrics", "trend_metric", "trend_unit", "trend_change_per_week",
                 "trend_limit_value", "trend_days_to_limit")  # fmt: skip
        row.update(dict.fromkeys(blind), state="blind")


def _newest_health(rows: list[Row]) -> Row:
    newest = max((row for row in rows if row["score"] is not None), key=_date, default=None)
    if newest is None:
        return {}
    return {name: newest[name] for name in HEALTH_READS[3:]} | {"health_date": newest["local_date"]}


def _date(row: Row) -> date:
    found: date = row["local_date"]
    return found


def _newest_score(rows: list[Row]) -> Row:
    """Of scores of one time that of the bundle built last, and that of a batch before that of a gateway."""

    def order(row: Row) -> tuple[datetime, int, str, bool]:
        number = row["bundle"].rpartition("+")[2]
        return row["scored_at"], int(number) if number.isdecimal() else -1, row["bundle"], row["source"] == "batch"

    newest = max(rows, key=order)
    return {name: newest[name] for name in ("scored_at", "bundle", "decision", "horizon", "probability")}


def _standing(rows: list[Row]) -> Row:
    open_ones = sorted(
        (row for row in rows if row["cleared_at"] is None),
        key=lambda row: (row["severity"], row["raised_at"], row["metric"], row["sensor_id"]),
    )
    by_severity = {
        name: [row for row in open_ones if row["severity"] == name] for name in ("critical", "warning", "notice")
    }
    first = [row["raised_at"] for row in by_severity["critical"] or by_severity["warning"]]
    named = [f"{row['metric']} {_BEYOND[row['kind']]} {row['severity']}" for row in open_ones if row["kind"] in _BEYOND]
    return {
        "standing_critical_count": len(by_severity["critical"]), "standing_warning_count": len(by_severity["warning"]),
        "standing_notice_count": len(by_severity["notice"]), "standing_since_at": min(first, default=None),
        "standing_words": ", ".join(dict.fromkeys(named)) or None,
    }  # fmt: skip


def _last_events(rows: list[Row]) -> Row:
    found: Row = {}
    for kind in ("failure", "maintenance"):
        mine = [(row["occurred_at"], row["code"]) for row in rows if row["kind"] == kind]
        if mine:
            found[f"last_{kind}_at"], found[f"last_{kind}_code"] = max(mine)
    return found


def _stop(rows: list[Row], as_of: datetime) -> Row:
    """The stop that a machine is in; planned work is none: nothing has failed."""
    stops = [row for row in rows if not row["is_planned"] and row["from_at"] <= as_of < row["to_at"]]
    if not stops:
        return {}
    first = min(stops, key=lambda row: (row["from_at"], row["cause"]))
    return {"is_down": True, "down_since_at": first["from_at"], "down_cause": first["cause"]}
