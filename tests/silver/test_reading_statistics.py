"""Statistics of readings against Python's own fractions, whole and date by date."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.plant.plant_profile import Profile
from expectations.tables.machine_keys import machine_key
from expectations.tables.silver import READINGS_TABLE
from silver import reading_statistics
from silver.rulebook import Rulebook
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

METRICS = """
[metrics.flow]
unit = "kg/s"
resolution = 0.5
warning_above = 50
critical_above = 80
warning_below = -50
critical_below = -80
rapid_change = 20
overrides = [{ machine_model = "calm", rapid_change = 2 }]
[metrics.energy]
unit = "kWh"
resolution = 0.5
kind = "counter"
"""
FIRST = at("03-01 00:00")
Reading = tuple[str, str, float, int]


@cache
def book(**models: str) -> Rulebook:
    return Rulebook(profile(), {machine_key(machine, "F1"): model for machine, model in models.items()})


@cache
def profile() -> Profile:
    with TemporaryDirectory() as folder:
        return small_profile(Path(folder), METRICS)


def readings(found: Sequence[Reading]) -> pa.Table:
    """Readings: sensor, metric, minutes since the first instant, steps of 0.5."""
    return arrow(READINGS_TABLE, *(_row(*one) for one in found))


def _row(sensor: str, metric: str, minute: float, steps: int) -> dict[str, Any]:
    time = FIRST + timedelta(minutes=minute)
    return {"sensor_id": sensor, "machine_id": "M1", "factory_id": "F1", "metric": metric, "measured_at": time,
            "measured_date": time.date(), "steps": steps, "value": steps * 0.5}  # fmt: skip


def built(found: pa.Table, days: Sequence[date] | None = None) -> list[dict[str, Any]]:
    dates = sorted(set(found.column("measured_date").to_pylist())) if days is None else days
    rows: list[dict[str, Any]] = reading_statistics.build(found, book(), dates).to_pylist()
    return sorted(rows, key=lambda row: (row["metric"], row["measured_at"], row["sensor_id"]))


def deviation(steps: Sequence[int]) -> float:
    """In units of 0.5, from an exact variance."""
    mean = Fraction(sum(steps), len(steps))
    return math.sqrt(sum((step - mean) ** 2 for step in steps) / (len(steps) - 1)) * 0.5


SENSORS = st.sampled_from(["S1", "S2"])
Found = st.lists(
    st.tuples(SENSORS, st.sampled_from(["flow", "energy"]), st.integers(0, 4000), st.integers(-300, 300)),
    min_size=1, max_size=60, unique_by=lambda one: one[:3],
)  # fmt: skip


@given(found=Found)
def test_mean_and_deviation_are_of_the_readings_before(found: list[Reading]) -> None:
    rows = built(readings([one for one in found if one[1] == "flow"]))

    steps = [round(row["value"] / 0.5) for row in rows]
    for place, row in enumerate(rows):
        before = steps[max(0, place - 100) : place]
        assert row["rolling_count"] == len(before)
        assert row["rolling_mean"] == (
            pytest.approx(float(Fraction(sum(before), len(before))) * 0.5) if before else None
        )
        assert row["rolling_deviation"] == (pytest.approx(deviation(before)) if len(before) > 1 else None)
        assert row["is_anomaly"] is None


def test_an_anomaly_is_farther_than_three_deviations_from_a_hundred_readings() -> None:
    steps = [0, 2] * 50  # mean 1, deviation sqrt(100 / 99), in steps
    limit = 1 + 3 * math.sqrt(100 / 99)  # 4.015
    rows = built(readings([("S1", "flow", minute, step) for minute, step in enumerate([*steps, 4, *steps[1:], 5])]))

    assert [row["is_anomaly"] for row in rows[:100]] == [None] * 100
    assert 4 < limit < 5
    assert (rows[100]["rolling_count"], rows[100]["rolling_mean"]) == (100, 0.5)
    assert rows[100]["is_anomaly"] is False
    assert (rows[-1]["rolling_count"], rows[-1]["value"]) == (100, 2.5)
    assert rows[-1]["rolling_mean"] == (sum(steps[1:]) + 4) / 100 * 0.5
    assert rows[-1]["is_anomaly"] is (abs(2.5 - rows[-1]["rolling_mean"]) > 3 * deviation([4, *steps[1:]]))


def test_after_a_hundred_equal_readings_any_other_one_is_an_anomaly() -> None:
    rows = built(readings([("S1", "flow", minute, 7) for minute in range(101)] + [("S1", "flow", 101, 8)]))

    assert [row["is_anomaly"] for row in rows[100:]] == [False, True]
    assert rows[-1]["rolling_deviation"] == 0.0


@pytest.mark.parametrize("size", [2**20, 2**40, 2**52])
def test_large_values_lose_nothing(size: int) -> None:
    steps = [size, size - 1, -size, size, 3, size - 7]
    rows = built(readings([("S1", "flow", minute, step) for minute, step in enumerate(steps)]))

    for place in range(2, 6):
        assert rows[place]["rolling_deviation"] == pytest.approx(deviation(steps[:place]), rel=1e-15)


def test_large_values_beside_a_small_series_do_not_hurt_it() -> None:
    large = [("S1", "flow", minute, (-1) ** minute * 2**52) for minute in range(90)]
    small = [("S2", "temperature", minute, minute % 3) for minute in range(90)]
    rows = [row for row in built(readings([*large, *small])) if row["metric"] == "temperature"]

    alone = [row for row in built(readings(small)) if row["metric"] == "temperature"]
    assert rows == alone


@given(found=Found)
def test_dates_built_alone_are_what_all_dates_together_are(found: list[Reading]) -> None:
    whole = readings(found)
    dates = sorted(set(whole.column("measured_date").to_pylist()))

    alone = [row for day in dates for row in built(_until(whole, day), [day])]

    def order(row: dict[str, Any]) -> tuple[Any, ...]:
        return row["metric"], row["measured_at"], row["sensor_id"]

    assert sorted(alone, key=order) == built(whole)


def _until(whole: pa.Table, day: date) -> pa.Table:
    return whole.filter(pa.array([one <= day for one in whole.column("measured_date").to_pylist()]))


def test_a_counter_has_no_mean() -> None:
    rows = built(readings([("S1", "energy", minute, minute) for minute in range(120)]))

    assert {(row["rolling_mean"], row["rolling_deviation"], row["is_anomaly"]) for row in rows} == {(None, None, None)}


def test_a_rapid_change_is_of_one_sensor_within_a_minute() -> None:
    found = [
        ("S1", "flow", 0.0, 0), ("S2", "flow", 0.1, 200), ("S1", "flow", 0.5, 58), ("S1", "flow", 0.9, 0),
        ("S1", "flow", 1.5, 58), ("S1", "flow", 3.0, 0),
    ]  # fmt: skip
    rows = [row for row in built(readings(found)) if row["sensor_id"] == "S1"]

    exact = [None, deviation([0, 58]), deviation([0, 58, 0]), deviation([0, 58]), None]
    assert [row["minute_deviation"] for row in rows] == [
        value if value is None else pytest.approx(value) for value in exact
    ]
    assert [row["is_rapid_change"] for row in rows] == [False, True, False, True, False]  # 20.5, 16.7, 20.5 against 20


def test_a_minute_reaches_over_midnight_and_a_model_has_a_limit_of_its_own() -> None:
    found = readings([("S1", "flow", 1439.8, 0), ("S1", "flow", 1440.2, 10), ("S1", "temperature", 1440.2, 10)])
    day = FIRST.date() + timedelta(days=1)

    (general, none) = built(found, [day])
    rows = reading_statistics.build(found, book(M1="calm"), [day]).to_pylist()

    assert general["minute_deviation"] == pytest.approx(deviation([0, 10]))
    assert (general["is_rapid_change"], none["minute_deviation"]) == (False, None)
    assert [row["is_rapid_change"] for row in rows] == [True, False]


def test_the_limit_that_is_passed() -> None:
    steps = [0, 100, 101, 160, 161, -100, -101, -160, -161]
    rows = built(readings([("S1", "flow", minute, step) for minute, step in enumerate(steps)]))

    assert [row["limit_passed"] for row in rows] == [
        None, None, "above_warning", "above_warning", "above_critical", None, "below_warning", "below_warning",
        "below_critical",
    ]  # fmt: skip


def test_no_readings_give_no_rows() -> None:
    assert built(readings([]), [FIRST.date()]) == []
