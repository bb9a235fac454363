"""`gold.alarm_stages`: recall and false alarms of each stage of alarms, on the same scores and failures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

import pyarrow as pa

from domain.wilson import wilson_interval
from expectations.chance_intervals import poisson_interval
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_stages import ALARM_STAGES


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """What the alarms of one stage did.

    Attributes:
        least_probability: The policy's number of the stage; None where the bundle's thresholds decide.
        leads: Hours from raise to failure of the failures that were caught in time.
        events: Failures with a score in their horizon, of which `too_late` were announced too late.
        calls: Raises and repeats, of which `vain` no failure followed.
        exposure: Machine-years of the scores.
    """

    model_version: str
    source: str
    horizon: str
    stage: str
    least_probability: float | None
    first_at: datetime
    last_at: datetime
    scores: int
    events: int
    leads: tuple[float, ...]
    too_late: int
    alarms: int
    false: int
    intervened: int
    active: int
    calls: int
    vain: int
    exposure: float


def build(outcomes: Iterable[StageOutcome]) -> pa.Table:
    """A row for each stage of each version and source, by key."""
    rows = [_row(one) for one in outcomes]
    rows.sort(key=lambda row: tuple(row[name] for name in ALARM_STAGES.key))
    return pa.Table.from_pylist(rows, arrow_schema(ALARM_STAGES))


def _row(one: StageOutcome) -> dict[str, Any]:
    caught = len(one.leads)
    low, high = wilson_interval(caught, one.events) if one.events else (None, None)
    least, most = (end / one.exposure for end in poisson_interval(one.false)) if one.exposure else (None, None)
    return {
        "model_version": one.model_version, "source": one.source, "horizon": one.horizon, "stage": one.stage,
        "least_probability": one.least_probability, "first_at": one.first_at, "last_at": one.last_at,
        "score_count": one.scores, "event_count": one.events, "caught_count": caught, "too_late_count": one.too_late,
        "missed_count": one.events - caught - one.too_late, "recall": caught / one.events if one.events else None,
        "recall_low": low, "recall_high": high, "lead_hours_median": median(one.leads) if one.leads else None,
        "alarm_count": one.alarms, "false_count": one.false, "intervened_count": one.intervened,
        "active_count": one.active, "exposure_machine_years": one.exposure,
        "false_alarms_per_machine_year": one.false / one.exposure if one.exposure else None,
        "false_alarms_low": least, "false_alarms_high": most,
        "precision": (one.calls - one.vain) / one.calls if one.calls else None,
    }  # fmt: skip
