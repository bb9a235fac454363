"""A stage by hand, and what confirms a score."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_stages import ALARM_STAGES
from gold.alarm_stages import StageOutcome, build
from jobs.quality.confirmations import is_confirmed, spans_of
from ml.data.failure_events import to_us

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_stage_by_hand() -> None:
    """Of four failures two caught, one too late; one false alarm in half a machine-year."""
    one = StageOutcome(
        "v1", "batch", "24h", "specific", 0.85, BEGAN, BEGAN + timedelta(days=9), 4383, 4, (40.0, 10.0), 1, 4, 1, 0, 0,
        5, 1, 0.5,
    )  # fmt: skip

    table = build([one])

    assert table.schema == arrow_schema(ALARM_STAGES)
    (row,) = table.to_pylist()
    assert (row["event_count"], row["caught_count"], row["too_late_count"], row["missed_count"]) == (4, 2, 1, 1)
    assert (row["recall"], row["lead_hours_median"], row["precision"]) == (0.5, 25.0, 0.8)
    assert row["false_alarms_per_machine_year"] == 2.0
    # Poisson 95 % of one event: 0.0253 to 5.572 (Garwood).
    assert (row["false_alarms_low"], row["false_alarms_high"]) == pytest.approx((0.0506, 11.143), abs=1e-3)


def test_what_lasts_confirms_until_it_is_over_and_an_alert_until_it_would_be_repeated() -> None:
    hour = timedelta(hours=1)
    anomalies = pd.DataFrame(
        {
            "machine_id": ["a", "b"],
            "raised_at": pd.to_datetime([BEGAN + 2 * hour, BEGAN + 2 * hour]),
            "cleared_at": pd.to_datetime([BEGAN + 4 * hour, None], utc=True),
        }
    )
    alerts = pd.DataFrame({"machine_id": ["a"], "raised_at": pd.to_datetime([BEGAN + 8 * hour])})
    spans = spans_of(anomalies, alerts, repeat_us=3 * 3_600_000_000)
    times = to_us(pd.Series([BEGAN + n * hour for n in range(12)]))

    def confirmed(machine: str) -> list[int]:
        return np.flatnonzero(is_confirmed(pd.Series([machine] * 12), times, spans)).tolist()

    assert confirmed("a") == [2, 3, 8, 9, 10]
    assert confirmed("b") == list(range(2, 12))
    assert confirmed("c") == []
