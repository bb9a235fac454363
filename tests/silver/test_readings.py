"""Readings: units and steps, faults, fates of equal keys, limits with overrides, the calendar."""

import itertools
import random
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pyspark.sql import DataFrame, SparkSession

from expectations.feeds import READINGS
from expectations.plant import Profile, load_profile
from expectations.tables.bronze import feed_table
from expectations.tables.silver import READINGS_TABLE
from silver import readings
from tests.support.frames import at, frame, small_profile

pytestmark = pytest.mark.spark
BRONZE = feed_table(READINGS)
INGESTED = {"_ingested_at": datetime(2026, 3, 31, tzinfo=UTC)}


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return small_profile(tmp_path_factory.mktemp("plant"))


def _flagged(spark: SparkSession, profile: Profile, *rows: dict[str, Any], **models: str) -> DataFrame:
    numbered = [INGESTED | {"_line": number} | row for number, row in enumerate(rows, 1)]
    return readings.flag(frame(spark, BRONZE, *numbered), profile, models)


def _in_order(found: DataFrame) -> list[Any]:
    return sorted(found.collect(), key=lambda row: row["_line"])


def test_steps_are_the_even_neighbour_on_ties_as_in_python(spark: SparkSession, profile: Profile) -> None:
    values = [0.125, 0.135, 2.5, 2.675, 1.005, 99.995, 0.005, 0.015, 0.025]

    found = _in_order(_flagged(spark, profile, *({"value": value} for value in values)))

    assert [row["steps"] for row in found] == [round(value / 0.01) for value in values]


def test_other_units_are_converted_before_they_are_counted(spark: SparkSession, profile: Profile) -> None:
    rows = ({"value": 212.0, "unit": "F"}, {"value": 373.15, "unit": "K"}, {"value": 100.0, "unit": "C"})

    found = _in_order(_flagged(spark, profile, *rows))

    assert [row["steps"] for row in found] == [10_000, 10_000, 10_000]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"metric": "colour"}, "unknown_metric"),
        ({"unit": "furlong"}, "unknown_unit"),
        ({"unit": "bar"}, "unit_mismatch"),
        ({"value": float("nan")}, "value_not_finite"),
        ({"value": float("-inf")}, "value_not_finite"),
        ({"value": 1e300}, "value_out_of_range"),
        ({"value": 200.01}, "value_out_of_range"),
        ({"value": -0.01}, "value_out_of_range"),
        ({"measured_at": datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)}, "clock_suspect"),
        ({"measured_at": datetime(2026, 3, 31, 0, 10, 1, tzinfo=UTC)}, "clock_suspect"),
    ],
    ids=lambda value: str(next(iter(value.values()))) if isinstance(value, dict) else value,
)
def test_a_reading_that_cannot_be_true_bears_its_fault(
    spark: SparkSession, profile: Profile, row: dict[str, Any], fault: str
) -> None:
    (found,) = _flagged(spark, profile, {"value": 50.0} | row).collect()

    assert found["_faults"] == [fault]


def test_values_on_the_edge_of_range_and_clock_are_good(spark: SparkSession, profile: Profile) -> None:
    began, latest = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 3, 31, 0, 10, tzinfo=UTC)
    rows = ({"value": 0.0}, {"value": 200.0}, {"measured_at": began}, {"measured_at": latest})

    found = _flagged(spark, profile, *({"value": 50.0} | row for row in rows)).collect()

    assert [row["_faults"] for row in found] == [[]] * 4


def test_of_every_order_of_equal_keys_the_same_payload_stands(spark: SparkSession, profile: Profile) -> None:
    payloads = [(50.0, "M1"), (60.0, "M2"), (60.0, "M1"), (50.0, "M1")]
    standing, orders = set(), list(itertools.permutations(payloads))
    random.Random(7).shuffle(orders)
    for order in orders[:3]:
        flagged = _flagged(spark, profile, *({"value": value, "machine_id": machine} for value, machine in order))
        sorted_ = readings.sort_out(flagged).collect()
        fates = sorted((row["value"], row["machine_id"], row["_fate"]) for row in sorted_)
        standing.add(tuple(fates))

    assert standing == {((50.0, "M1", "loses"), (50.0, "M1", "loses"), (60.0, "M1", "new"), (60.0, "M2", "loses"))}


def test_copies_of_a_reading_that_loses_against_what_stands_lose_too(spark: SparkSession, profile: Profile) -> None:
    flagged = _flagged(spark, profile, {"value": 50.0}, {"value": 50.0})
    held = frame(spark, READINGS_TABLE, {"steps": 6000, "measured_at": datetime(2026, 3, 1, tzinfo=UTC)})

    met = readings.meet_standing(readings.sort_out(flagged), held)

    assert [row["_fate"] for row in met.collect()] == ["loses", "loses"]


def test_a_larger_reading_replaces_what_stands_and_names_it(spark: SparkSession, profile: Profile) -> None:
    flagged = _flagged(spark, profile, {"value": 70.0}, {"value": 70.0})
    held = frame(spark, READINGS_TABLE, {"steps": 6000, "measured_at": datetime(2026, 3, 1, tzinfo=UTC)})

    met = readings.meet_standing(readings.sort_out(flagged), held)

    assert sorted(row["_fate"] for row in met.collect()) == ["repeats", "replaces"]
    assert [row["steps"] for row in readings.replaced(met).collect()] == [6000]


def test_limits_go_by_machine_then_model_then_metric(spark: SparkSession, profile: Profile) -> None:
    rows: tuple[dict[str, Any], ...] = (
        {"value": 110.0}, {"value": 130.0}, {"value": 110.0, "machine_id": "H"}, {"value": 200.0, "machine_id": "H"},
        {"value": 211.0, "machine_id": "H"}, {"value": 1.0, "machine_id": "M2", "metric": "pressure", "unit": "bar"},
        {"value": 1.0, "metric": "pressure", "unit": "bar"}, {"value": 100.0},
    )  # fmt: skip
    flagged = _flagged(spark, profile, *({"sensor_id": f"S{n}"} | row for n, row in enumerate(rows)), H="HOT")

    done = readings.finish(readings.sort_out(flagged), profile)
    found = sorted(done.collect(), key=lambda row: row["sensor_id"])

    assert [(row["is_warning"], row["is_critical"]) for row in found] == [
        (True, False), (True, True), (False, False), (True, False), (True, True), (True, False), (False, False),
        (False, False),
    ]  # fmt: skip


def test_the_calendar_is_the_factorys_own_through_summer_time_and_weekends(spark: SparkSession) -> None:
    profile = load_profile("simulated")
    times = [
        at(text) for text in ("03-29 00:59:59", "03-29 01:00:00", "03-27 22:59:59", "03-27 23:00:00", "03-31 04:00")
    ]
    places = [(time, factory) for time in times for factory in ("bremen", "penang")]
    rows = ({"measured_at": time, "factory_id": factory, "value": 50.0} for time, factory in places)
    zones = {"bremen": ZoneInfo("Europe/Berlin"), "penang": ZoneInfo("Asia/Kuala_Lumpur")}

    done = readings.finish(readings.sort_out(_flagged(spark, profile, *rows)), profile).collect()

    for row in done:
        time = row["measured_at"].replace(tzinfo=UTC) if row["measured_at"].tzinfo is None else row["measured_at"]
        local = time.astimezone(zones[row["factory_id"]])
        shift = "morning" if 6 <= local.hour < 14 else "afternoon" if 14 <= local.hour < 22 else "night"
        assert (row["local_date"], row["local_hour"], row["is_weekend"], row["shift"]) == (
            local.date(), local.hour, local.weekday() >= 5, shift,
        )  # fmt: skip
    assert len(done) == len(places)


def test_no_readings_give_no_rows_of_the_contract(spark: SparkSession, profile: Profile) -> None:
    done = readings.finish(readings.sort_out(_flagged(spark, profile)), profile)

    assert tuple(done.columns) == READINGS_TABLE.column_names
    assert done.count() == 0
