"""Cases of missed failures by hand: what the scores stated, what was missing, and the cause."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from expectations.features import Feature
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_missed import MISSED_FAILURES
from gold.missed_failures import Case, Found, Stated, build
from gold.missed_features import feature_rows

FAILED = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def stated(before_h: float, probability: float | None = 0.1, decision: str = "none", why: str = "") -> Stated:
    return Stated(FAILED - before_h * HOUR, probability, decision, f"digest {before_h}", why)


HOURLY = tuple(stated(hour) for hour in range(24, 0, -1))
MISSED = Case(
    "v1", "batch", "24h", DAY, "M1", "north", "pump", FAILED, "seal", least_lead=4 * HOUR, score_every=HOUR,
    is_tested=True, lead=None, stated=HOURLY,
)  # fmt: skip


def row(**changes: Any) -> dict[str, Any]:
    table = build([replace(MISSED, **changes)])
    assert table.schema == arrow_schema(MISSED_FAILURES)
    (only,) = table.to_pylist()
    return dict(only)


def test_scores_that_were_there_and_requested_nothing() -> None:
    """The score at the failure itself knows of it; the last in time is four hours before."""
    case = row(stated=(stated(30, 0.6), *HOURLY[:-3], stated(2.5, 0.7, "watch"), stated(0, 1.0, "stop_request")))

    assert (case["outcome"], case["cause"]) == ("missed", "nothing_requested")
    assert (case["score_count"], case["expected_score_count"], case["longest_gap_h"]) == (22, 24, 2.5)
    assert (case["highest_probability"], case["highest_probability_at"]) == (0.7, FAILED - 2.5 * HOUR)
    assert case["highest_decision"] == "watch"
    assert [case[f"highest_probability_{day}d"] for day in (1, 2, 3)] == [0.7, 0.6, None]
    assert (case["known_at"], case["feature_digest"]) == (FAILED - 4 * HOUR, "digest 4")


@pytest.mark.parametrize(
    ("changes", "outcome", "cause"),
    [
        ({"is_tested": False, "stated": (stated(3, None, why="windows_missing"),)}, "not_scored", "not_scored"),
        ({"lead": 2 * HOUR, "alarms_ended": (FAILED - 3 * DAY,)}, "too_late", "too_late"),
        ({"alarms_ended": (FAILED - 3 * DAY,)}, "missed", "alarm_ended"),
        ({"alarms_ended": (FAILED - 8 * DAY, FAILED - HOUR)}, "missed", "nothing_requested"),
        ({"stated": HOURLY[:11]}, "missed", "scores_missing"),
        ({"stated": HOURLY[:12]}, "missed", "nothing_requested"),
    ],
)
def test_the_first_cause_that_holds(changes: dict[str, Any], outcome: str, cause: str) -> None:
    case = row(**changes)

    assert (case["outcome"], case["cause"]) == (outcome, cause)
    assert (case["lead_hours"] is not None) == (outcome == "too_late")


def test_scores_that_a_model_did_not_make_are_counted_with_their_reason() -> None:
    case = row(stated=(*HOURLY[:4], *(stated(hour, None, why="windows_missing") for hour in range(20, 0, -1))))

    assert (case["score_count"], case["unscored_count"], case["unscored_reason"]) == (4, 20, "windows_missing")
    assert case["longest_gap_h"] == 21.0
    assert case["known_at"] == FAILED - 21 * HOUR
    assert "4 of 24 scores were there; 20 not scored: windows_missing" in case["words"]


def test_what_was_open_in_the_horizon_counts_and_what_ended_before_or_began_after_does_not() -> None:
    open_ = Found("heat above_maximum, warning", FAILED - 5 * DAY, None)
    over = Found("heat rapid_change, warning", FAILED - 5 * DAY, FAILED - 2 * DAY)
    later = Found("heat above_maximum, critical", FAILED, None)
    alert = Found("ABOVE_MAXIMUM of heat", FAILED - HOUR, FAILED - HOUR)

    case = row(anomalies=(open_, over, later), alerts=(alert, alert, replace(alert, from_at=FAILED + HOUR)))

    assert (case["anomaly_count"], case["anomalies"]) == (1, [open_.words])
    assert (case["gateway_alert_count"], case["gateway_alerts"]) == (2, [alert.words])


def test_rows_are_ordered_whatever_the_order_of_cases() -> None:
    cases = [replace(MISSED, machine_id=name) for name in ("M3", "M1", "M2")]

    assert build(cases).equals(build(cases[::-1]))


def test_features_beyond_all_of_the_reference_come_first() -> None:
    features = [Feature(name, "window", "C") for name in ("usual", "hot", "gone", "cold")]
    reference = np.array([[1.0, 10.0, 5.0, 8.0], [2.0, 20.0, 6.0, 8.0], [3.0, 30.0, np.nan, 8.0]])

    rows = feature_rows({}, features, np.array([2.0, 90.0, np.nan, 7.0]), reference, is_as_scored=True)

    assert [(one["feature"], one["unusual_frac"], one["usual"]) for one in rows] == [
        ("hot", 1.0, 20.0), ("cold", 1.0, 8.0), ("usual", 0.0, 2.0), ("gone", None, 5.5),
    ]  # fmt: skip
    assert [(one["rank"], one["reference_count"]) for one in rows] == [(1, 3), (2, 3), (3, 3), (4, 2)]
