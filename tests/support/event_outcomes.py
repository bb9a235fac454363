"""Outcomes made by hand, for tests of gates and comparisons."""

from __future__ import annotations

import numpy as np

from ml.data.failure_events import FailureEvents, Int64
from ml.evaluation.alarm_counts import AlarmCounts
from ml.evaluation.alarm_outcomes import AlarmOutcomes
from ml.evaluation.alarms import Alarms
from ml.evaluation.outcome import EventOutcome

TWO_DAYS_US = 2 * 86_400_000_000


def outcome(caught: int, missed: int, false_alarms: int, machine_years: float = 10.0) -> EventOutcome:
    """An outcome with ``caught`` failures first, then ``missed`` ones; false alarms are two days apart."""
    total = caught + missed
    hits = np.arange(total) < caught
    failures = FailureEvents(
        np.array([f"machine-{number}" for number in range(total)], dtype=np.str_),
        np.arange(total, dtype=np.int64),
        ("seal",) * total,
    )
    return EventOutcome(
        failures=failures,
        caught=hits,
        lead_hours=np.where(hits, 10.0, np.nan),
        too_late=np.zeros(total, dtype=np.bool_),
        machine_years=machine_years,
        by_machine={
            "machine-0": AlarmCounts(caught + false_alarms, false_alarms, 0, 0, caught + false_alarms, false_alarms)
        },
        alarms={"machine-0": false_outcomes(np.arange(false_alarms) * TWO_DAYS_US)},
    )


def false_outcomes(raised_us: Int64) -> AlarmOutcomes:
    """False alarms of one machine, each called once at these times, an hour long."""
    nothing = np.zeros(len(raised_us), dtype=np.bool_)
    alarms = Alarms(raised_us, raised_us + 3_600_000_000, raised_us, np.arange(len(raised_us)))
    return AlarmOutcomes(alarms, nothing, nothing, nothing, nothing)
