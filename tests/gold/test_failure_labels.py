"""Labels at their boundaries, down-time, and the end of the records."""

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from expectations.tables.silver import MACHINE_EVENTS
from gold import failure_labels
from tests.support.frames import at, frame, small_profile

pytestmark = pytest.mark.spark
_ROWS = "machine_id string, factory_id string, scored_at timestamp, scored_date date"


def _labels(spark: SparkSession, folder: Path, times: list[str], *events: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    rows = [("M1", "F1", at(time), at(time).date()) for time in times]
    told = [{"code": "seal", "kind": "failure"} | event for event in events]
    found = failure_labels.build(
        spark.createDataFrame(rows, _ROWS), frame(spark, MACHINE_EVENTS, *told), f.lit(at("03-10 00:00")),
        small_profile(folder),
    ).collect()  # fmt: skip
    return {
        row["scored_at"].strftime("%m-%d %H:%M"): (row["failure_within_24h"], row["hours_to_failure"], row["is_down"])
        for row in found
    }


def test_a_failure_counts_after_t_and_up_to_t_plus_the_horizon(spark: SparkSession, tmp_path: Path) -> None:
    times = ["03-02 09:00", "03-02 10:00", "03-03 09:00", "03-03 10:00", "03-04 10:00", "03-04 11:00"]

    found = _labels(spark, tmp_path, times, {"occurred_at": at("03-03 10:00")})

    assert found == {
        "03-02 09:00": (0, 25.0, False),
        "03-02 10:00": (1, 24.0, False),
        "03-03 09:00": (1, 1.0, False),
        "03-03 10:00": (None, None, True),
        "03-04 10:00": (None, None, True),
        "03-04 11:00": (0, None, False),
    }


def test_a_repair_ends_the_down_time_at_its_own_instant(spark: SparkSession, tmp_path: Path) -> None:
    times = ["03-03 10:00", "03-03 12:00", "03-03 13:00"]
    repair = {"kind": "maintenance", "occurred_at": at("03-03 12:00")}

    found = _labels(spark, tmp_path, times, {"occurred_at": at("03-03 10:00")}, repair)

    assert [found[time][2] for time in times] == [True, True, False]


def test_rows_whose_horizon_passes_the_end_of_the_records_have_no_label_even_before_a_known_failure(
    spark: SparkSession, tmp_path: Path
) -> None:
    times = ["03-09 00:00", "03-09 01:00", "03-09 23:00"]

    silent = _labels(spark, tmp_path, times)
    failing = _labels(spark, tmp_path, times, {"occurred_at": at("03-09 23:30")})

    assert [silent[time][0] for time in times] == [0, None, None]
    assert [failing[time][0] for time in times] == [1, None, None]
