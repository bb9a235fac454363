"""Anomalies of a local date, counted from runs: the same as those of `silver.anomalies` that lasted on it."""

from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from expectations.plant.plant_profile import Profile
from expectations.tables.gold import machine_daily as daily_table
from expectations.tables.machine_keys import machine_key
from expectations.tables.silver import BUCKETS, READINGS_TABLE
from expectations.tables.silver_anomalies import ANOMALY_RUNS
from gold import daily_anomalies, machine_daily
from gold.daily_anomalies import counted
from silver import anomalies, sensor_days
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

FIRST = date(1970, 1, 1)


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return small_profile(tmp_path_factory.mktemp("small"))  # Europe/Berlin: a local date begins at 23:00 UTC


def run(first: str, last: str, **more: Any) -> dict[str, Any]:
    found = {"first_at": at(first), "last_at": at(last), "measured_date": at(first).date(), "reading_count": 1,
             "kind": "above_maximum", "severity": "warning", "next_at": None, "is_first": False}  # fmt: skip
    return found | more


def of_m1(profile: Profile, *runs: dict[str, Any]) -> dict[int, dict[str, int]]:
    """Day of March -> its counts."""
    found = counted(arrow(ANOMALY_RUNS, *runs).select(daily_anomalies.READS), profile)
    assert {key for key, _ in found} <= {machine_key("M1", "F1")}
    return {(FIRST + timedelta(days=day)).day: dict(counts) for (_, day), counts in found.items()}


def test_one_that_lasts_over_midnights_counts_once_on_each_local_date(profile: Profile) -> None:
    runs = (
        run("03-01 20:00", "03-01 23:50"),
        run("03-02 00:10", "03-02 12:00", is_first=True, next_at=at("03-02 12:20")),
    )

    assert of_m1(profile, *runs) == {1: {"threshold_event_count": 1}, 2: {"threshold_event_count": 1}}
    assert of_m1(profile, *runs[::-1]) == of_m1(profile, *runs)


def test_a_usual_reading_between_makes_them_two(profile: Profile) -> None:
    runs = (
        run("03-01 23:10", "03-01 23:20", next_at=at("03-01 23:40")),
        run("03-02 00:10", "03-02 01:00", is_first=True),
    )

    assert of_m1(profile, *runs) == {2: {"threshold_event_count": 2}}


def test_kinds_are_counted_apart_and_a_critical_one_is_a_threshold_event_too(profile: Profile) -> None:
    runs = [run("03-05 10:00", "03-05 10:10", severity=severity, kind=kind, next_at=at("03-05 11:00"))
            for kind, severity in (("below_minimum", "warning"), ("below_minimum", "critical"),
                                   ("rapid_change", "warning"), ("statistical", "notice"))]  # fmt: skip
    buckets = arrow(BUCKETS, {"local_date": date(2026, 3, 5), "reading_count": 9}, {"local_date": date(2026, 3, 6)})

    one, other = machine_daily.build(
        buckets, arrow(ANOMALY_RUNS, *runs).select(daily_anomalies.READS), profile
    ).to_pylist()

    assert [one[name] for name in ("anomaly_count", *daily_anomalies.COUNTS)] == [3, 1, 1, 1, 1]
    assert [other[name] for name in ("anomaly_count", *daily_anomalies.COUNTS)] == [0, 0, 0, 0, 0]


def test_one_event_of_a_warning_holds_several_critical_ones_and_the_gate_lets_it_pass(profile: Profile) -> None:
    critical = [run(f"03-05 {hour}:10", f"03-05 {hour}:20", severity="critical", next_at=at(f"03-05 {hour}:30"))
                for hour in (10, 12, 14)]  # fmt: skip
    runs = arrow(ANOMALY_RUNS, run("03-05 10:00", "03-05 14:40"), *critical).select(daily_anomalies.READS)
    buckets = arrow(BUCKETS, {"local_date": date(2026, 3, 5), "reading_count": 9})

    day = machine_daily.build(buckets, runs, profile)

    assert day.select(["threshold_event_count", "critical_event_count"]).to_pylist() == [
        {"threshold_event_count": 1, "critical_event_count": 3}
    ]
    (rule,) = daily_table(profile).rules
    assert duckdb.sql(f"SELECT {rule.condition} FROM day").fetchall() == [(True,)]


def test_the_counts_are_those_of_whole_anomalies(profile: Profile) -> None:
    """Runs of random readings over five UTC dates, against anomalies put together by silver."""
    rng = np.random.default_rng(7)
    times = sorted(at("03-01 00:00") + timedelta(minutes=int(one)) for one in rng.choice(5 * 1440, 400, replace=False))
    is_unusual = rng.random(400) < 0.7
    runs, started = list[dict[str, Any]](), -1
    for place, time in enumerate(times):
        is_end = place + 1 == len(times) or times[place + 1].date() != time.date()
        if is_unusual[place]:
            started = place if started < 0 else started
            if is_end or not is_unusual[place + 1]:
                is_first = started == 0 or times[started - 1].date() != time.date()
                next_at = None if is_end else times[place + 1]
                runs.append(run("03-01 00:00", "03-01 00:00") | {
                    "first_at": times[started], "last_at": time, "measured_date": time.date(), "is_first": is_first,
                    "next_at": next_at})  # fmt: skip
                started = -1
    readings = arrow(READINGS_TABLE, *({"measured_at": time, "measured_date": time.date()} for time in times))
    table = arrow(ANOMALY_RUNS, *runs)

    whole = anomalies.build(table, sensor_days.build(readings).select(anomalies.DAYS_READ), profile)

    expected: dict[int, int] = {}
    for row in whole.to_pylist():
        first, last = ((row[name] + timedelta(hours=1)).date() for name in ("raised_at", "last_at"))
        for day in range(first.day, last.day + 1):
            expected[day] = expected.get(day, 0) + 1
    found = of_m1(profile, *runs)
    assert len(whole) > 50
    assert {day: counts["threshold_event_count"] for day, counts in found.items()} == expected


def test_no_runs_are_no_anomalies(profile: Profile) -> None:
    assert counted(pa.table(arrow(ANOMALY_RUNS)).select(daily_anomalies.READS), profile) == {}
