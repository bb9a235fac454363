"""Readings that come twice, the second time by coarser stamps; two sensors that measure the same place do not."""

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from silver.resent import resent

MINUTE, SECOND = 60_000_000, 1_000_000
BEGIN = 1_793_577_600 * SECOND
Numbers = NDArray[np.int64]
Series = tuple[Numbers, Numbers]


def table(**sensors: Series) -> pa.Table:
    """Readings of one machine and metric."""
    names = [name for name, (at, _) in sensors.items() for _ in at]
    times, steps = (np.concatenate([one[part] for one in sensors.values()]) for part in (0, 1))
    fixed = {name: pa.repeat(text, len(names)) for name, text in
             (("factory_id", "F"), ("machine_id", "M"), ("metric", "temperature"))}  # fmt: skip
    at = pa.array(BEGIN + times).cast(pa.timestamp("us", "UTC"))
    return pa.table({**fixed, "sensor_id": names, "measured_at": at, "steps": steps})


def found(**sensors: Series) -> list[tuple[str, str, str]]:
    return [(one.sensor, one.of, one.stamps) for one in resent(table(**sensors))]


def walk(seed: int, count: int, noise: float = 2.0) -> Numbers:
    """A temperature that wanders, in steps."""
    rng = np.random.default_rng(seed)
    return np.rint(np.cumsum(rng.normal(0, 0.5, count)) + rng.normal(0, noise, count)).astype(np.int64)


def jittered(count: int, unit: int) -> Numbers:
    """Within each unit one time, never its begin."""
    return np.arange(count) * unit + np.random.default_rng(7).integers(1, unit, count)


@pytest.mark.parametrize(("unit", "stamps"), [(MINUTE, "whole minutes"), (SECOND, "whole seconds")])
def test_another_name_and_its_own_by_coarser_stamps_are_found(unit: int, stamps: str) -> None:
    fine, steps = jittered(300, unit), walk(1, 300)
    cut = fine - fine % unit
    both = np.sort(np.concatenate([fine, cut]))

    assert found(T=(fine, steps), X=(cut, steps)) == [("X", "T", stamps)]
    assert found(T=(both, np.repeat(steps, 2))) == [("T", "T", stamps)]


def test_one_value_a_minute_by_a_rule_is_found() -> None:
    fine, steps = np.arange(3, 3 + 1800 * 10, 10) * SECOND, walk(2, 1800)
    minutes = np.unique(fine // MINUTE)

    for of_minute in (np.max, np.min):
        kept = np.array([of_minute(steps[fine // MINUTE == minute]) for minute in minutes])
        assert found(T=(fine, steps), X=(minutes * MINUTE, kept)) == [("X", "T", "whole minutes")]


@pytest.mark.parametrize("noise", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("place", [0.0, 0.01, 1.0])
def test_two_sensors_of_one_place_are_two(noise: float, place: float) -> None:
    """One reports by the minute: they differ by their noise, and where nothing changes nobody can tell."""
    rng = np.random.default_rng(3)
    level = np.cumsum(rng.normal(0, place, 86_400))
    fine, minutes = jittered(1440, MINUTE), np.arange(1440) * MINUTE

    def measured(at: Numbers) -> Numbers:
        return np.rint(level[at // SECOND] + rng.normal(0, noise, len(at))).astype(np.int64)

    assert found(A=(fine, measured(fine)), B=(minutes, measured(minutes))) == []


def test_a_sensor_that_reports_changes_and_each_minute_is_sent_once() -> None:
    level = np.repeat(walk(4, 2_100, 0.0), 43)[:86_400]
    changes = np.flatnonzero(np.diff(level, prepend=level[0] - 1))
    at = np.union1d(changes, np.arange(0, 86_400, 60))

    assert found(T=(at * SECOND, level[at])) == []


@pytest.mark.parametrize("unit", [MINUTE, SECOND])
def test_a_value_that_changes_once_a_unit_and_is_polled_twice_is_sent_once(unit: int) -> None:
    at = np.arange(600) * (unit // 2)

    assert found(T=(at, np.repeat(walk(5, 300), 2))) == []


def test_one_of_many_sensors_that_is_sent_again_is_found() -> None:
    """Also where a hundredth of its first readings was corrected since."""
    rows = {f"T{n:02}": (jittered(300, MINUTE), walk(n, 300)) for n in range(20)}
    again = rows["T07"][1] + (np.arange(300) < 3)
    others = {f"X{n:02}": (np.arange(300) * MINUTE, walk(100 + n, 300)) for n in range(20)}

    assert found(**rows, **others, X99=(np.arange(300) * MINUTE, again)) == [("X99", "T07", "whole minutes")]


def test_nothing_is_found_in_nothing() -> None:
    assert resent(table(T=(np.arange(0), np.arange(0)))) == []
