"""How the champion did in the newest week, against the weeks before: read from `gold.model_performance`."""

from datetime import date, timedelta
from typing import Any

import pyarrow.dataset as ds

from expectations.tables.gold_performance import MODEL_PERFORMANCE
from jobs.models import registry
from lakehouse.plant import Plant
from ml.drift.worse import WeekFigures, WorseRule, worse
from ml.policy import Policy

_COLUMNS = [
    "period_start_at", "event_count", "caught_count", "missed_count", "false_count", "exposure_machine_years",
    "false_alarms_low",
]  # fmt: skip


def got_worse(plant: Plant, policy: Policy) -> tuple[str, ...]:
    """What got worse by the policy's numbers; nothing without a champion, or before its first week."""
    weeks = champion_weeks(plant)
    if not weeks:
        return ()
    rule = WorseRule(policy.retrain_false_alarm_ratio, policy.retrain_missed_failures, policy.retrain_recall_ratio)
    return worse(weeks[-1], weeks[:-1], rule)


def newest_day(plant: Plant) -> date | None:
    """Last day of the champion's newest week; None without one."""
    weeks = champion_weeks(plant)
    return weeks[-1].begins + timedelta(days=6) if weeks else None


def champion_weeks(plant: Plant) -> list[WeekFigures]:
    """The champion's weeks, oldest first."""
    version = registry.champion(plant)
    if version is None:
        return []
    is_mine = ds.field("model_version") == version
    is_fleet = (ds.field("slice") == "fleet") & (ds.field("period") == "week") & (ds.field("source") == "batch")
    rows = plant.lake.arrow(MODEL_PERFORMANCE, _COLUMNS, is_mine & is_fleet).to_pylist()
    return [_week(row) for row in sorted(rows, key=lambda row: row["period_start_at"])]


def _week(row: dict[str, Any]) -> WeekFigures:
    return WeekFigures(
        row["period_start_at"].date(), row["event_count"], row["caught_count"], row["missed_count"],
        row["false_count"] or 0, row["exposure_machine_years"] or 0.0, row["false_alarms_low"] or 0.0,
    )  # fmt: skip
