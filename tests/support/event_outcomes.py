"""Outcomes made by hand, for tests of gates and comparisons."""

from __future__ import annotations

import numpy as np

from ml.data.failure_events import FailureEvents
from ml.evaluation.alarm_counts import AlarmCounts
from ml.evaluation.outcome import EventOutcome


def outcome(caught: int, missed: int, false_alarms: int, machine_years: float = 10.0) -> EventOutcome:
    """An outcome with ``caught`` failures first, then ``missed`` ones."""
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
    )
