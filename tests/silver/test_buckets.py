"""Buckets against Python's own integers."""

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from expectations.tables.silver import READINGS_TABLE
from silver import buckets
from tests.support.frames import at, frame, small_profile

pytestmark = pytest.mark.spark


def test_a_bucket_holds_what_pythons_integers_say(spark: SparkSession, tmp_path: Path) -> None:
    rng = random.Random(3)
    rows: list[dict[str, Any]] = [
        {"measured_at": at("03-01 10:00") + timedelta(seconds=rng.choice([0, 300, 300, 1199])), "sensor_id": f"S{n}",
         "steps": rng.randint(-(2**52), 2**52), "is_warning": n % 2 == 0, "is_critical": n % 4 == 0}
        for n in range(9)
    ]  # fmt: skip

    (found,) = buckets.build(frame(spark, READINGS_TABLE, *rows), small_profile(tmp_path)).collect()

    steps = [row["steps"] for row in rows]
    ordered = sorted(rows, key=lambda row: (row["measured_at"], row["sensor_id"]))
    assert (found["reading_count"], found["sum_steps"]) == (9, sum(steps))
    assert int(found["sum_squares"]) == sum(step * step for step in steps)
    assert (found["minimum_steps"], found["maximum_steps"]) == (min(steps), max(steps))
    assert (found["first_steps"], found["last_steps"]) == (ordered[0]["steps"], ordered[-1]["steps"])
    assert (found["warning_count"], found["critical_count"]) == (5, 3)


def test_a_bucket_is_half_open_and_aligned_to_the_epoch(spark: SparkSession, tmp_path: Path) -> None:
    times = ("03-01 10:00", "03-01 10:19:59.999999", "03-01 10:20", "03-01 09:59:59.999999")
    rows = ({"measured_at": at(time), "sensor_id": time} for time in times)

    found = buckets.build(frame(spark, READINGS_TABLE, *rows), small_profile(tmp_path)).collect()

    assert sorted((row["bucket_at"].hour, row["bucket_at"].minute, row["reading_count"]) for row in found) == [
        (9, 40, 1), (10, 0, 2), (10, 20, 1),
    ]  # fmt: skip
