"""Scores by hand, and what is blind: never healthy."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from expectations.plant.health import HealthRules
from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold import machine_daily
from expectations.tables.gold_health import MACHINE_HEALTH
from expectations.tables.gold_trends import TRENDS
from expectations.tables.silver import machines
from gold import machine_health
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

DAY = date(2026, 3, 5)
OVER = at("03-06 12:00")


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return small_profile(tmp_path_factory.mktemp("small"))  # Europe/Berlin


def measured(back: int = 0, **more: Any) -> dict[str, Any]:
    found = {"local_date": DAY - timedelta(days=back), "reading_count": 100, "temperature_reading_count": 60,
             "pressure_reading_count": 40, "critical_event_count": 0, "rapid_change_count": 0,
             "statistical_anomaly_count": 0}  # fmt: skip
    return found | more


def health(
    profile: Profile, *days: dict[str, Any], trends: tuple[dict[str, Any], ...] = (),
    known: tuple[dict[str, Any], ...] = (), newest: datetime = OVER,
) -> list[dict[str, Any]]:  # fmt: skip
    """The rows of `DAY`."""
    table = machine_health.build(
        arrow(machine_daily(profile), *days).select(machine_health.reads(profile)),
        arrow(TRENDS, *({"local_date": DAY} | one for one in trends)).select(machine_health.TREND_READS),
        arrow(machines(profile), *known), profile, [DAY], newest,
    )  # fmt: skip
    assert table.schema == arrow_schema(MACHINE_HEALTH)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def test_the_score_is_100_less_the_points_of_each_kind(profile: Profile) -> None:
    (row,) = health(
        profile,
        measured(temperature_warning_count=30, pressure_warning_count=10, critical_event_count=2,
                 statistical_anomaly_count=1, rapid_change_count=1),
        trends=({"metric": "pressure", "limit_value": 2.0, "days_to_limit": 21.0},
                {"metric": "temperature", "limit_value": 100.0, "days_to_limit": 14.0}),
    )  # fmt: skip

    assert (row["warning_metric"], row["warning_frac"], row["warning_points"]) == ("temperature", 0.5, 15.0)
    assert (row["critical_points"], row["anomaly_frac"], row["anomaly_points"]) == (20.0, 0.02, pytest.approx(8.0))
    assert (row["trend_metric"], row["trend_points"]) == ("temperature", 10.0)
    assert (row["score"], row["state"]) == (pytest.approx(47.0), "poor")


def test_nothing_against_it_is_good_and_all_of_it_is_0(profile: Profile) -> None:
    (good,) = health(profile, measured())
    (worst,) = health(
        profile, measured(temperature_warning_count=60, critical_event_count=9, statistical_anomaly_count=99),
        trends=({"limit_value": 100.0, "days_to_limit": 0.0},),
    )  # fmt: skip

    assert (good["score"], good["state"], good["warning_metric"], good["trend_metric"]) == (100.0, "good", None, None)
    assert (worst["score"], worst["state"]) == (0.0, "poor")


def test_weights_are_those_of_the_profile(profile: Profile) -> None:
    other = replace(profile, health=HealthRules(warning_points=90, critical_points=0, poor_below=5, good_from=11))

    (row,) = health(other, measured(temperature_warning_count=60, critical_event_count=9))

    assert (row["score"], row["state"]) == (10.0, "watch")


def test_a_metric_that_fell_silent_is_watched_whatever_the_score(profile: Profile) -> None:
    (row,) = health(profile, measured(6), measured(pressure_reading_count=0))

    assert (row["score"], row["state"], row["silent_metrics"]) == (100.0, "watch", "pressure")


@pytest.mark.parametrize(
    ("newest", "expected"),
    [("03-05 22:59", []), ("03-05 23:00", ["blind"])],  # 24 hours after midnight in Berlin
)
def test_a_machine_without_readings_is_blind_once_the_date_is_over(
    profile: Profile, newest: str, expected: list[str]
) -> None:
    rows = health(profile, measured(1), newest=at(newest))

    assert [row["state"] for row in rows] == expected
    assert all(row["score"] is None and row["reading_count"] == 0 for row in rows)


def test_master_data_say_who_is_missed(profile: Profile) -> None:
    def entry(machine: str, end: str | None) -> dict[str, Any]:
        valid_to = None if end is None else at(end)
        return {"machine_id": machine, "valid_from": at("01-01 00:00"), "valid_to": valid_to}

    left = measured(1, machine_id="LEFT")
    rows = health(
        profile, left, known=(entry("NEVER", None), entry("LEFT", "03-04 20:00"), entry("AWAY", "03-01 00:00"))
    )

    assert [(row["machine_id"], row["state"]) for row in rows] == [("NEVER", "blind")]
    assert health(profile, measured(7)) == []  # nobody says that it is still there


def test_the_order_of_rows_changes_nothing(profile: Profile) -> None:
    days = [measured(back, machine_id=machine) for back in range(3) for machine in ("M1", "M2")]

    assert pa.Table.from_pylist(health(profile, *days)).equals(pa.Table.from_pylist(health(profile, *days[::-1])))
