"""The champion's newest week is read from its own rows of the fleet alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jobs.drift.champion_weeks import got_worse
from jobs.drift.job import answer_of
from ml.policy import Policy
from tests.report import lakes

MONDAY = datetime(2026, 2, 23, tzinfo=UTC)


def week(ago: int, missed: int, **changes: Any) -> dict[str, Any]:
    start = MONDAY - timedelta(days=7 * ago)
    return {
        "model_version": lakes.MODEL, "source": "batch", "horizon": "24h", "period": "week", "period_start_at": start,
        "period_end_at": start + timedelta(days=7), "slice": "fleet", "slice_value": "all", "event_count": missed,
        "caught_count": 0, "too_late_count": 0, "missed_count": missed, "is_few_events": True, "is_behind": False,
        "note": "", **changes,
    }  # fmt: skip


def test_the_newest_week_of_the_champion_counts(tmp_path: Path) -> None:
    plant = lakes.full_lake(tmp_path)
    others = [week(0, 7, model_version="another"), week(0, 6, source="edge"), week(0, 5, slice="site"),
              week(0, 9, period="all")]  # fmt: skip
    lakes.put(plant, "gold.model_performance", [week(1, 3), week(0, 1), *others])

    assert got_worse(plant, Policy()) == ("1 failure missed in the week of 2026-02-23",)
    assert got_worse(plant, Policy(retrain_missed_failures=2)) == ()


def test_a_missed_failure_starts_a_training_where_no_window_of_features_can_be_compared(tmp_path: Path) -> None:
    plant = lakes.full_lake(tmp_path)
    lakes.put(plant, "gold.model_performance", [week(0, 1)])
    soon = answer_of(plant, [])
    lakes.put(plant, "gold.model_performance", [week(0, 1), week(-3, 1)])

    assert (soon.is_due, soon.reason) == (
        False,
        "the last training, 2026-03-01, is less than 14 days before 2026-03-01",
    )
    assert (answer_of(plant, []).is_due, answer_of(plant, []).reason) == (
        True, "1 failure missed in the week of 2026-03-16",
    )  # fmt: skip


def test_without_a_champion_or_a_week_nothing_is_worse(tmp_path: Path) -> None:
    assert got_worse(lakes.full_lake(tmp_path / "no week"), Policy()) == ()
    assert got_worse(lakes.plant_at(tmp_path / "no champion"), Policy()) == ()
