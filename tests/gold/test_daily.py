"""Daily tables of machines and factories."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from expectations.tables.gold import FACTORY_DAILY, machine_daily
from expectations.tables.silver import BUCKETS
from gold import factory_daily
from gold import machine_daily as days
from tests.support.frames import at, frame, small_profile

pytestmark = pytest.mark.spark


def test_a_machines_day_has_the_statistics_of_all_its_buckets(spark: SparkSession, tmp_path: Path) -> None:
    profile = small_profile(tmp_path)
    common = {"local_date": date(2026, 3, 1), "reading_count": 2}
    low = {
        "sum_steps": 300,
        "sum_squares": Decimal(50_000),
        "minimum_steps": 100,
        "maximum_steps": 200,
        "warning_count": 1,
    }
    high = {"sum_steps": 700, "sum_squares": Decimal(250_000), "minimum_steps": 300, "maximum_steps": 400}
    rows = (
        common | low | {"bucket_at": at("03-01 10:00")},
        common | high | {"bucket_at": at("03-01 10:20"), "critical_count": 0},
        common | high | {"bucket_at": at("03-02 10:20"), "local_date": date(2026, 3, 2)},
    )

    found = days.build(frame(spark, BUCKETS, *rows), profile).orderBy("local_date").collect()

    assert tuple(found[0].asDict()) == machine_daily(profile).column_names
    first = found[0]
    assert (first["reading_count"], first["warning_count"], first["temperature_reading_count"]) == (4, 1, 4)
    assert (first["temperature_mean_c"], first["temperature_minimum_c"]) == (2.5, 1.0)
    assert first["temperature_maximum_c"] == 4.0
    assert first["temperature_deviation_c"] == pytest.approx((5 / 3) ** 0.5, abs=1e-15)
    assert (first["pressure_mean_bar"], first["pressure_reading_count"]) == (None, None)
    assert len(found) == 2


def test_a_factorys_day_counts_machines_and_sums_readings(spark: SparkSession, tmp_path: Path) -> None:
    table = machine_daily(small_profile(tmp_path))
    day = {"local_date": date(2026, 3, 1), "reading_count": 5, "warning_count": 2, "critical_count": 1}
    rows = (day, day | {"machine_id": "M2"}, day | {"machine_id": "M3", "factory_id": "F2"})

    found = factory_daily.build(frame(spark, table, *rows)).orderBy("factory_id").collect()

    assert tuple(found[0].asDict()) == FACTORY_DAILY.column_names
    assert [tuple(row)[2:] for row in found] == [(10, 2, 4, 2), (5, 1, 2, 1)]
