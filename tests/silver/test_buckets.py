"""Buckets against Python's own integers."""

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

from expectations.tables.silver import BUCKETS, READINGS_TABLE
from silver import buckets
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile


def test_a_bucket_holds_what_pythons_integers_say(tmp_path: Path) -> None:
    rng = random.Random(3)
    rows: list[dict[str, Any]] = [
        {"measured_at": at("03-01 10:00") + timedelta(seconds=rng.choice([0, 300, 300, 1199])), "sensor_id": f"S{n}",
         "steps": rng.randint(-(2**52), 2**52), "is_warning": n % 2 == 0, "is_critical": n % 4 == 0}
        for n in range(9)
    ]  # fmt: skip

    (found,) = buckets.build(arrow(READINGS_TABLE, *rows), small_profile(tmp_path)).to_pylist()

    steps = [row["steps"] for row in rows]
    ordered = sorted(rows, key=lambda row: (row["measured_at"], row["sensor_id"]))
    assert (found["reading_count"], found["sum_steps"]) == (9, sum(steps))
    assert int(found["sum_squares"]) == sum(step * step for step in steps)
    assert (found["minimum_steps"], found["maximum_steps"]) == (min(steps), max(steps))
    assert (found["first_steps"], found["last_steps"]) == (ordered[0]["steps"], ordered[-1]["steps"])
    assert (found["warning_count"], found["critical_count"]) == (5, 3)


def test_a_bucket_is_half_open_and_aligned_to_the_epoch(tmp_path: Path) -> None:
    times = ("03-01 10:00", "03-01 10:19:59.999999", "03-01 10:20", "03-01 09:59:59.999999")
    rows = ({"measured_at": at(time), "sensor_id": time} for time in times)

    found = buckets.build(arrow(READINGS_TABLE, *rows), small_profile(tmp_path)).to_pylist()

    assert sorted((row["bucket_at"].hour, row["bucket_at"].minute, row["reading_count"]) for row in found) == [
        (9, 40, 1), (10, 0, 2), (10, 20, 1),
    ]  # fmt: skip


def test_sums_beyond_64_bits_of_squares_are_exact_beside_small_ones(tmp_path: Path) -> None:
    rows = [
        {"steps": 2**52, "sensor_id": "S1"},
        {"steps": 3, "machine_id": "M2"},
        {"steps": -(2**52), "sensor_id": "S2"},
    ]

    found = buckets.build(arrow(READINGS_TABLE, *rows), small_profile(tmp_path)).to_pylist()

    assert sorted((row["machine_id"], row["sum_steps"], int(row["sum_squares"])) for row in found) == [
        ("M1", 0, 2**105), ("M2", 3, 9),
    ]  # fmt: skip


def test_the_buckets_of_a_date_do_not_depend_on_the_order_of_its_readings(tmp_path: Path) -> None:
    rng = random.Random(5)
    rows = [
        {"measured_at": at("03-01 10:00") + timedelta(seconds=rng.randrange(7200)), "sensor_id": f"S{n}",
         "machine_id": f"M{n % 3}", "factory_id": f"F{n % 2}", "steps": rng.randrange(10**6)}
        for n in range(60)
    ]  # fmt: skip
    profile = small_profile(tmp_path)

    found = []
    for _ in range(3):
        rng.shuffle(rows)
        table = buckets.build(arrow(READINGS_TABLE, *rows), profile)
        found.append(sorted(map(str, table.to_pylist())))

    assert found[0] == found[1] == found[2]


def test_no_readings_give_no_buckets_of_the_contract(tmp_path: Path) -> None:
    table = buckets.build(arrow(READINGS_TABLE), small_profile(tmp_path))

    assert (tuple(table.column_names), table.num_rows) == (BUCKETS.column_names, 0)
