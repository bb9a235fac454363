"""Health of sensors: each finding on days of sensors made for it, and none where the machine changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from expectations.plant.file import load_profile
from expectations.plant.plant_profile import Profile
from expectations.plant.sensor_health import SensorHealthRules
from expectations.policy.file import starting_policy
from expectations.tables.silver import READINGS_TABLE, machines
from silver import sensor_days, sensor_health
from silver.sensor_rules import SensorRules
from tests.support.arrow_rows import arrow

RULES = SensorRules.of({number.name: number.value for number in starting_policy()})
FIRST, A_DAY = date(2026, 1, 5), 48  # a Monday
DAYS = RULES.days + 6
SENSORS = (("T1", "temperature"), ("T2", "temperature"), ("V1", "vibration"), ("R1", "speed"))
LEVELS = {"temperature": 6000.0, "vibration": 2000.0, "speed": 14800.0}
Signals = dict[str, "np.ndarray[Any, np.dtype[np.float64]]"]
Change = Callable[[Signals], None]


@cache
def profile() -> Profile:
    rules = SensorHealthRules({"temperature": 2.0}, {"temperature": "temperature_due"})
    return replace(load_profile("simulated"), sensor_health=rules)


def healthy() -> Signals:
    """Steps of each sensor by reading: shifts, half a load at weekends, wear of the bearing, noise."""
    rng, slots = np.random.default_rng(4), DAYS * A_DAY
    day, hour = np.arange(slots) // A_DAY, np.arange(slots) % A_DAY / 2
    load = np.where(day % 7 > 4, 0.5, np.where(hour < 12, 0.9, 0.6)) + rng.normal(0, 0.01, slots)
    wear = 1 + 0.5 * (day / DAYS) ** 4
    true = {
        "temperature": LEVELS["temperature"] * (0.5 + 0.5 * load) + 500 * (wear - 1),
        "vibration": LEVELS["vibration"] * (0.5 + 0.5 * load) * wear, "speed": LEVELS["speed"] * (0.6 + 0.4 * load),
    }  # fmt: skip
    return {
        sensor: np.rint(true[metric] * (1 + rng.normal(0, 0.01, slots))) for sensor, metric in SENSORS
    }  # fmt: skip


@cache
def days_of(change: Change | None = None) -> pa.Table:
    """`silver.sensor_days` of the sensors with a change; NaN is no reading."""
    found, metric_of = healthy(), dict(SENSORS)
    if change is not None:
        change(found)
    begin = datetime.combine(FIRST, datetime.min.time(), UTC)
    return sensor_days.build(arrow(READINGS_TABLE, *(
        {"sensor_id": sensor, "machine_id": "M1", "factory_id": "F1", "metric": metric_of[sensor],
         "measured_at": begin + timedelta(minutes=30 * slot), "steps": int(steps)}
        for sensor, values in found.items() for slot, steps in enumerate(values.tolist()) if not np.isnan(steps)
    )))  # fmt: skip


def verdicts(days: pa.Table, dates: range, history: pa.Table | None = None) -> dict[tuple[str, int], dict[str, Any]]:
    wanted = [FIRST + timedelta(days=day) for day in dates]
    rows = sensor_health.build(
        days.select(sensor_health.READS), sensor_health.Held(profile(), RULES, history), wanted
    ).to_pylist()
    return {(row["sensor_id"], (row["measured_date"] - FIRST).days): row for row in rows}


def findings(days: pa.Table, dates: range) -> dict[tuple[str, int], list[str]]:
    return {key: row["findings"] for key, row in verdicts(days, dates).items() if row["findings"]}


def of_day(day: int, first: int = 0, last: int = A_DAY) -> slice:
    return slice(day * A_DAY + first, day * A_DAY + last)


LAST = DAYS - 2


def dead(values: Signals) -> None:
    values["V1"][of_day(LAST)] = np.nan


def interrupted(values: Signals) -> None:
    values["V1"][of_day(LAST, 10, 16)] = np.nan


def stuck(values: Signals) -> None:
    values["R1"][of_day(LAST, 10, 30)] = values["R1"][LAST * A_DAY + 10]


def noisy(values: Signals) -> None:
    values["R1"][of_day(LAST)] += 1000 * np.random.default_rng(1).standard_normal(A_DAY)


@pytest.mark.parametrize(
    ("change", "expected"),
    [(dead, {("V1", LAST): ["dead"]}), (interrupted, {("V1", LAST): ["interrupted"]}),
     (stuck, {("R1", LAST): ["stuck"]}), (noisy, {("R1", LAST): ["noisy"]})],
    ids=["dead", "interrupted", "stuck", "noisy"],
)  # fmt: skip
def test_a_fault_is_found_on_its_date_alone(change: Change, expected: dict[tuple[str, int], list[str]]) -> None:
    assert findings(days_of(change), range(RULES.days, DAYS)) == expected


def test_shifts_weekends_and_wear_are_no_fault_and_a_new_sensor_learns() -> None:
    found = verdicts(days_of(), range(DAYS))

    assert {row["verdict"] for row in found.values()} == {"healthy", "learning"}
    assert {day for (_, day), row in found.items() if row["verdict"] == "learning"} == set(
        range(RULES.recent_days + RULES.minimum_days - 1)
    )


def test_a_machine_that_stops_or_falls_silent_has_healthy_sensors() -> None:
    def stopped(values: Signals) -> None:
        for sensor in ("V1", "R1"):
            values[sensor][of_day(LAST, 10, 40)] = 0

    def silent(values: Signals) -> None:
        for steps in values.values():
            steps[of_day(LAST)] = np.nan

    at_rest = verdicts(days_of(stopped), range(LAST, LAST + 1))
    no_gateway = verdicts(pa.concat_tables([days_of(silent), _elsewhere()]), range(LAST, LAST + 1))

    assert {row["verdict"] for row in at_rest.values()} == {"healthy"}
    assert at_rest["R1", LAST]["is_at_rest"]
    assert at_rest["R1", LAST]["longest_equal"] > at_rest["R1", LAST]["longest_equal_limit"]
    assert {row["verdict"] for (sensor, _), row in no_gateway.items() if sensor != "X1"} == {"silent"}


def _elsewhere() -> pa.Table:
    """The first sensor of another machine, so that the date is one of the plant."""
    rows = [row for row in days_of().to_pylist() if row["sensor_id"] == "T1"]
    return pa.Table.from_pylist([{**row, "sensor_id": "X1", "machine_id": "M2"} for row in rows], days_of().schema)


@pytest.mark.parametrize("kind", ["drifting", "out_of_calibration"])
def test_of_two_sensors_of_one_place_a_step_and_a_drift_are_found_in_both(kind: str) -> None:
    begin = DAYS - 7

    def wrong(values: Signals) -> None:
        size = np.linspace(0, 0.1, 7 * A_DAY) if kind == "drifting" else 0.02
        values["T2"][begin * A_DAY :] *= 1 + size

    found = verdicts(days_of(wrong), range(DAYS - 7, DAYS))

    assert all(kind in found[sensor, DAYS - 1]["findings"] for sensor in ("T1", "T2"))
    first = min(day for (sensor, day), row in found.items() if row["findings"] and sensor == "T2")
    assert first <= begin + 2
    last = found["T2", DAYS - 1]
    assert last["difference"] == pytest.approx(-found["T1", DAYS - 1]["difference"])
    assert last["difference_score"] > last["difference_limit"]
    assert ("differs" in last["findings"]) == (abs(last["difference"]) > 2.0) == (kind == "drifting")
    assert {row["verdict"] for (sensor, _), row in found.items() if sensor in ("V1", "R1")} == {"healthy"}


def test_calibration_is_due_by_what_master_data_said_then() -> None:
    began = datetime.combine(FIRST, datetime.min.time(), UTC)
    until = began + timedelta(days=LAST + 1)
    history = arrow(
        machines(profile()),
        {"valid_from": began, "valid_to": until, "temperature_due": FIRST + timedelta(days=LAST - 1)},
        {"valid_from": until, "valid_to": None, "temperature_due": date(2027, 1, 1)},
    )

    found = verdicts(days_of(), range(LAST - 1, LAST + 2), history)

    assert [found["T1", day]["verdict"] for day in range(LAST - 1, LAST + 2)] == [
        "healthy", "calibration_overdue", "healthy",
    ]  # fmt: skip
    assert found["V1", LAST]["calibration_due_date"] is None


def test_a_date_is_the_same_built_alone_from_its_window_and_in_any_order() -> None:
    days = days_of(noisy).select(sensor_health.READS)
    mixed = days.take(pa.array(np.random.default_rng(2).permutation(days.num_rows)))
    day = FIRST + timedelta(days=LAST)
    old = day - timedelta(days=RULES.days - 1)
    window = mixed.filter(pa.array([old <= one <= day for one in mixed.column("measured_date").to_pylist()]))

    held = sensor_health.Held(profile(), RULES)

    whole = sensor_health.build(days, held, [FIRST + timedelta(days=one) for one in range(DAYS)])
    alone = sensor_health.build(window, held, [day])

    assert alone.to_pylist() == [row for row in whole.to_pylist() if row["measured_date"] == day]
