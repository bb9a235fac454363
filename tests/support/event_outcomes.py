"""Outcomes made by hand, for tests of gates and comparisons."""

from __future__ import annotations

import numpy as np

from ml.data.failure_events import FailureEvents
from ml.evaluation.episodes import EventOutcome


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
        episodes=caught + false_alarms,
        false_episodes=false_alarms,
        machine_years=machine_years,
    )
