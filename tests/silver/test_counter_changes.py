"""Changes of counters against Python's own integers, whole and date by date."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.plant.plant_profile import Profile
from expectations.tables.silver import READINGS_TABLE
from silver import counter_changes, counter_days
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

METERS = """
[metrics.plain]
unit = "kWh"
resolution = 0.1
kind = "counter"
[metrics.rolling]
unit = "kWh"
resolution = 0.1
kind = "counter"
rolls_over_at = 100
noise = 0.2
[metrics.unknown]
unit = "kWh"
resolution = 0.1
kind = "counter"
noise = 0
after_reset = "unknown"
"""
RANGE = 1000
FIRST = at("03-01 00:00")
Reading = tuple[str, str, int, int]


@cache
def profile() -> Profile:
    with TemporaryDirectory() as folder:
        return small_profile(Path(folder), METERS)


def readings(found: Sequence[Reading]) -> pa.Table:
    """Readings: sensor, metric, hours since the first instant, steps."""
    return arrow(READINGS_TABLE, *(_row(*one) for one in found))


def _row(sensor: str, metric: str, hour: int, steps: int) -> dict[str, Any]:
    time = FIRST + timedelta(hours=hour)
    return {"sensor_id": sensor, "metric": metric, "measured_at": time, "measured_date": time.date(),
            "local_date": time.date(), "steps": steps, "value": steps * 0.1, "unit": "kWh"}  # fmt: skip


def changes(found: pa.Table, days: pa.Table | None = None) -> list[dict[str, Any]]:
    before = counter_days.build(found.slice(0, 0), profile()) if days is None else days
    rows: list[dict[str, Any]] = counter_changes.build(found, before, profile()).to_pylist()
    return rows


def short(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(row["kind"], row["increment_steps"]) for row in rows]


def expected(metric: str, steps: Sequence[int]) -> list[tuple[str, int]]:
    """What the page says of each value after the one before."""
    found = [("first", 0)]
    for before, now in pairwise(steps):
        noise = {"plain": before // 10, "rolling": 2, "unknown": 0}[metric]
        if metric == "rolling" and now - before >= RANGE * 9 // 10:
            found.append(("decrease", now - before - RANGE))
        elif now >= before:
            found.append(("increase", now - before))
        elif before - now <= noise:
            found.append(("decrease", now - before))
        elif metric == "rolling" and now + RANGE - before < RANGE / 2:
            found.append(("rollover", now + RANGE - before))
        else:
            found.append(("reset", 0 if metric == "unknown" else now))
    return found


VALUES = st.lists(st.integers(0, RANGE - 1), min_size=1, max_size=12)


@given(metric=st.sampled_from(["plain", "rolling", "unknown"]), steps=VALUES)
def test_every_value_is_compared_with_the_one_before(metric: str, steps: list[int]) -> None:
    rows = changes(readings([("S1", metric, hour, value) for hour, value in enumerate(steps)]))

    assert short(rows) == expected(metric, steps)
    assert [row["previous_value"] for row in rows] == [None, *(value * 0.1 for value in steps[:-1])]
    assert [row["increment"] for row in rows] == [row["increment_steps"] * 0.1 for row in rows]


@pytest.mark.parametrize(
    ("metric", "before", "now", "change"),
    [
        ("plain", 1000, 900, ("decrease", -100)),
        ("plain", 1000, 899, ("reset", 899)),
        ("plain", 1000, 0, ("reset", 0)),
        ("plain", 1000, 1000, ("increase", 0)),
        ("rolling", 999, 0, ("rollover", 1)),
        ("rolling", 501, 0, ("rollover", 499)),
        ("rolling", 500, 0, ("reset", 0)),
        ("rolling", 500, 498, ("decrease", -2)),
        ("rolling", 0, 899, ("increase", 899)),
        ("rolling", 0, 900, ("decrease", -100)),
        ("unknown", 1000, 999, ("reset", 0)),
    ],
)
def test_a_value_at_a_border(metric: str, before: int, now: int, change: tuple[str, int]) -> None:
    found = changes(readings([("S1", metric, 0, before), ("S1", metric, 1, now)]))

    assert short(found)[1] == change


Found = st.lists(
    st.tuples(st.sampled_from(["S1", "S2"]), st.sampled_from(["plain", "rolling", "temperature"]),
              st.integers(0, 96), st.integers(0, RANGE - 1)),
    min_size=1, max_size=25, unique_by=lambda one: one[:3],
)  # fmt: skip


@given(found=Found)
def test_dates_built_alone_are_what_all_dates_together_are(found: list[Reading]) -> None:
    whole = readings(found)
    days = counter_days.build(whole, profile())

    alone = [row for day in sorted(set(whole.column("measured_date").to_pylist())) for row in _alone(whole, days, day)]

    def order(row: dict[str, Any]) -> tuple[str, str, datetime]:
        return row["sensor_id"], row["metric"], row["measured_at"]

    assert sorted(alone, key=order) == sorted(changes(whole), key=order)
    assert {row["metric"] for row in alone} <= {"plain", "rolling"}


def _alone(whole: pa.Table, days: pa.Table, day: date) -> list[dict[str, Any]]:
    """The rows of one date, with for each sensor the last date before it on which it has a reading, and the date's."""
    rows = whole.filter(pa.array([one == day for one in whole.column("measured_date").to_pylist()]))
    near = pa.array([one <= day for one in days.column("measured_date").to_pylist()], pa.bool_())
    return changes(rows, days.filter(near))
