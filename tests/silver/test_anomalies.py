"""Anomalies and days of sensors against a plain loop over readings, in one piece and from dates built alone."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from expectations.plant.plant_profile import Profile
from expectations.tables.silver import READINGS_TABLE
from expectations.tables.silver_statistics import READING_STATISTICS
from silver import anomalies, anomaly_runs, sensor_days
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

FIRST = at("03-01 00:00")
PASSED = (None, "above_warning", "above_critical", "below_warning", "below_critical")
Reading = tuple[str, int, int, str | None]


@cache
def profile() -> Profile:
    with TemporaryDirectory() as folder:
        return small_profile(Path(folder))


def statistics(found: Sequence[Reading]) -> pa.Table:
    """Readings: sensor, hours since the first instant, value, limit passed."""
    return arrow(READING_STATISTICS, *(_row(*one) for one in found))


def _row(sensor: str, hour: int, value: int, passed: str | None = None, **more: Any) -> dict[str, Any]:
    time = FIRST + timedelta(hours=hour)
    return {"sensor_id": sensor, "machine_id": "M1", "factory_id": "F1", "metric": "flow", "measured_at": time,
            "measured_date": time.date(), "value": float(value), "limit_passed": passed, "is_anomaly": False,
            "is_rapid_change": False, **more}  # fmt: skip


def found_in(rows: pa.Table) -> list[dict[str, Any]]:
    readings = arrow(READINGS_TABLE, *(
        {**{name: row[name] for name in ("sensor_id", "machine_id", "factory_id", "metric", "measured_at",
            "measured_date")}, "steps": 1} for row in rows.to_pylist()
    ))  # fmt: skip
    dates = sorted(set(rows.column("measured_date").to_pylist()))
    runs = [anomaly_runs.build(_of(rows, day)) for day in dates] or [anomaly_runs.build(rows)]
    found: list[dict[str, Any]] = anomalies.build(
        pa.concat_tables(runs), sensor_days.build(readings).select(anomalies.DAYS_READ), profile()
    ).to_pylist()
    return found


def _of(rows: pa.Table, day: date) -> pa.Table:
    return rows.filter(pa.array([one == day for one in rows.column("measured_date").to_pylist()]))


def plain(found: Sequence[Reading]) -> set[tuple[Any, ...]]:
    """Sensor, kind, severity, raised, last, cleared, readings, peak, time of the peak: hours."""
    ways = {("above_maximum", "warning"): PASSED[1:3], ("above_maximum", "critical"): PASSED[2:3],
            ("below_minimum", "warning"): PASSED[3:5], ("below_minimum", "critical"): PASSED[4:5]}  # fmt: skip
    expected = set()
    for sensor in {one[0] for one in found}:
        rows = sorted(one for one in found if one[0] == sensor)
        for (kind, severity), passed in ways.items():
            runs = [(key, list(group)) for key, group in groupby(rows, _is_among(passed))]
            for (is_out, run), behind in zip(runs, [*runs[1:], None], strict=True):
                if is_out:
                    farthest = (min if kind == "below_minimum" else max)(row[2] for row in run)
                    expected.add((
                        sensor, kind, severity, run[0][1], run[-1][1], behind[1][0][1] if behind else None, len(run),
                        farthest, next(row[1] for row in run if row[2] == farthest),
                    ))  # fmt: skip
    return expected


def _is_among(passed: Sequence[str | None]) -> Callable[[Reading], bool]:
    return lambda row: row[3] in passed


def hours(time: Any) -> int | None:
    return None if time is None else round((time - FIRST) / timedelta(hours=1))


Found = st.lists(
    st.tuples(st.sampled_from(["S1", "S2"]), st.integers(0, 120), st.integers(-9, 9), st.sampled_from(PASSED)),
    max_size=40, unique_by=lambda one: one[:2],
)  # fmt: skip


@given(found=Found)
def test_an_anomaly_stands_until_a_reading_of_its_sensor_does_not(found: list[Reading]) -> None:
    rows = found_in(statistics(found))

    assert {
        (row["sensor_id"], row["kind"], row["severity"], hours(row["raised_at"]), hours(row["last_at"]),
         hours(row["cleared_at"]), row["reading_count"], row["peak"], hours(row["peak_at"]))
        for row in rows
    } == plain(found)  # fmt: skip
    assert len(rows) == len(plain(found))


def test_statistical_anomalies_and_rapid_changes() -> None:
    rows = arrow(
        READING_STATISTICS,
        _row("S1", 1, 10, is_anomaly=None),
        _row("S1", 2, 20, is_anomaly=True, rolling_mean=50.0, rolling_deviation=1.0),
        _row("S1", 3, 55, is_anomaly=True, rolling_mean=40.0, rolling_deviation=1.0),
        _row("S1", 4, 55, is_rapid_change=True, minute_deviation=3.5),
    )

    found = [(row["kind"], row["severity"], row["peak"], hours(row["raised_at"]), hours(row["cleared_at"]))
             for row in found_in(rows)]  # fmt: skip

    assert sorted(found, key=str) == [
        ("rapid_change", "warning", 3.5, 4, None), ("statistical", "notice", 30.0, 2, 4),
    ]  # fmt: skip


def test_the_local_date_is_that_of_the_factory() -> None:
    (row,) = found_in(statistics([("S1", 23, 1, "above_warning")]))

    assert row["local_date"] == date(2026, 3, 2)  # Berlin is an hour ahead


Days = st.lists(
    st.tuples(st.sampled_from(["S1", "S2"]), st.integers(0, 60), st.sampled_from([-1, 0, 1, 2**52, -(2**52)])),
    max_size=30, unique_by=lambda one: one[:2],
)  # fmt: skip


@given(found=Days)
def test_days_of_sensors(found: list[tuple[str, int, int]]) -> None:
    rows = arrow(READINGS_TABLE, *(
        {"sensor_id": sensor, "machine_id": "M1", "factory_id": "F1", "metric": "flow", "steps": steps,
         "measured_at": FIRST + timedelta(hours=hour), "measured_date": (FIRST + timedelta(hours=hour)).date()}
        for sensor, hour, steps in found
    ))  # fmt: skip

    days = {(row["sensor_id"], row["measured_date"]): row for row in sensor_days.build(rows).to_pylist()}

    groups = {(sensor, (FIRST + timedelta(hours=hour)).date()) for sensor, hour, _ in found}
    assert days.keys() == groups
    for key, row in days.items():
        readings = sorted((hour, steps) for sensor, hour, steps in found
                          if (sensor, (FIRST + timedelta(hours=hour)).date()) == key)  # fmt: skip
        steps = [value for _, value in readings]
        assert (hours(row["first_at"]), hours(row["last_at"])) == (readings[0][0], readings[-1][0])
        assert (row["reading_count"], row["sum_steps"]) == (len(steps), sum(steps))
        assert row["sum_squares"] == sum(value**2 for value in steps)
        assert (row["minimum_steps"], row["maximum_steps"]) == (min(steps), max(steps))
        assert row["longest_equal"] == max(len(list(run)) for _, run in groupby(steps))
        assert row["sum_squared_changes"] == sum((b - a) ** 2 for a, b in pairwise(steps))
