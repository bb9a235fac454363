"""Daily tables of machines and factories."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from expectations.tables.gold import FACTORY_DAILY, machine_daily
from expectations.tables.silver import BUCKETS
from expectations.tables.silver_anomalies import ANOMALY_RUNS
from gold import daily_anomalies, factory_daily
from gold import machine_daily as days
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

NO_RUNS = arrow(ANOMALY_RUNS).select(daily_anomalies.READS)


def test_a_machines_day_has_the_statistics_of_all_its_buckets(tmp_path: Path) -> None:
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

    found = days.build(arrow(BUCKETS, *rows), NO_RUNS, profile).to_pylist()

    assert tuple(found[0]) == machine_daily(profile).column_names
    first = found[0]
    assert (first["reading_count"], first["warning_count"], first["temperature_reading_count"]) == (4, 1, 4)
    assert (first["temperature_mean_c"], first["temperature_minimum_c"]) == (2.5, 1.0)
    assert first["temperature_maximum_c"] == 4.0
    assert first["temperature_deviation_c"] == pytest.approx((5 / 3) ** 0.5, abs=1e-15)
    assert (first["pressure_mean_bar"], first["pressure_reading_count"]) == (None, None)
    assert len(found) == 2


def test_a_factorys_day_counts_machines_and_sums_readings(tmp_path: Path) -> None:
    table = machine_daily(small_profile(tmp_path))
    day = {
        "local_date": date(2026, 3, 1),
        "reading_count": 5,
        "warning_count": 2,
        "critical_count": 1,
        "anomaly_count": 3,
    }
    rows = (day, day | {"machine_id": "M2"}, day | {"machine_id": "M3", "factory_id": "F2"})

    found = factory_daily.build(arrow(table, *rows)).sort_by("factory_id").to_pylist()

    assert tuple(found[0]) == FACTORY_DAILY.column_names
    assert [tuple(row.values())[2:] for row in found] == [(10, 2, 4, 2, 6), (5, 1, 2, 1, 3)]


def test_texts_by_code_give_the_same_days(tmp_path: Path) -> None:
    profile = small_profile(tmp_path)
    plain = arrow(BUCKETS, {"reading_count": 1, "factory_id": "F2"}, {"reading_count": 2, "factory_id": "F1"})
    coded = pa.table([c.dictionary_encode() if c.type == pa.string() else c for c in plain.columns], plain.column_names)

    built = [days.build(table, NO_RUNS, profile) for table in (plain, coded, pa.concat_tables([coded[:1], coded[1:]]))]

    assert built[0].equals(built[1])
    assert built[0].equals(built[2])
    assert (built[0]["factory_id"].to_pylist(), built[0]["reading_count"].to_pylist()) == (["F1", "F2"], [2, 1])
    assert factory_daily.build(built[0])["reading_count"].to_pylist() == [2, 1]


def test_a_metric_that_left_the_profile_still_counts_its_readings(tmp_path: Path) -> None:
    rows = ({"reading_count": 2}, {"reading_count": 3, "metric": "colour"})

    (day,) = days.build(arrow(BUCKETS, *rows), NO_RUNS, small_profile(tmp_path)).to_pylist()

    assert (day["reading_count"], day["temperature_reading_count"]) == (5, 2)


def test_no_buckets_are_no_days(tmp_path: Path) -> None:
    profile = small_profile(tmp_path)
    none = days.build(arrow(BUCKETS), NO_RUNS, profile)

    assert (none.num_rows, factory_daily.build(none).num_rows) == (0, 0)
