"""Known incidents: found where an alarm is active in one, beside what chance finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.data.dataset import NO_LABEL, Dataset
from ml.data.failure_events import NO_EVENTS
from ml.data.incidents import Incidents
from ml.evaluation.incidents import IncidentsFound, incidents_found
from ml.policy import US_PER_HOUR, Policy

HOURS = 100


def rows(*incidents: tuple[str, int, int]) -> Dataset:
    """Hourly rows of one machine with incidents of (machine, first hour, last hour)."""
    machines, begins, ends = zip(*incidents, strict=True) if incidents else ((), (), ())
    return Dataset(
        machine_ids=np.full(HOURS, "m1"),
        scored_us=np.arange(HOURS) * US_PER_HOUR,
        values=np.zeros((HOURS, 1)),
        label=np.full(HOURS, NO_LABEL, dtype=np.int8),
        failures=NO_EVENTS,
        incidents=Incidents(
            np.array(machines, dtype=np.str_),
            np.array(begins, dtype=np.int64) * US_PER_HOUR,
            np.array(ends, dtype=np.int64) * US_PER_HOUR,
            tuple(f"number {place}" for place in range(len(machines))),
        ),
    )


def answer(dataset: Dataset, *flagged: int) -> IncidentsFound:
    found = incidents_found(dataset, np.isin(np.arange(len(dataset)), flagged), Policy())
    assert found is not None
    return found


def test_a_profile_without_incidents_asks_nothing() -> None:
    assert incidents_found(rows(), np.zeros(HOURS, dtype=np.bool_), Policy()) is None


def test_an_alarm_within_finds_and_one_that_ended_before_does_not() -> None:
    """An alarm of hour 20 clears at hour 23, two hours after the first quiet row."""
    found = answer(rows(("m1", 40, 50), ("m1", 24, 30), ("m1", 23, 30)), 20, 45)

    assert (found.found.hits, found.found.total) == (2, 3)
    assert found.missed == ("number 1",)


def test_chance_is_the_fraction_of_as_long_intervals_that_hold_an_alarm() -> None:
    """The alarm is active from hour 50 to 53: of intervals of 10 hours, those that begin at hours 40 to 53."""
    found = answer(rows(("m1", 0, 10)), 50)

    assert found.found.hits == 0
    assert found.by_chance == pytest.approx(14 / 100)


def test_an_incident_without_a_scored_row_decides_nothing() -> None:
    found = answer(rows(("m2", 40, 50), ("m1", 200, 210), ("m1", 10, 20)), 15)

    assert (found.found.hits, found.found.total, found.unscored) == (1, 1, 2)


def test_rows_in_and_near_an_incident_are_known() -> None:
    dataset = replace(rows(("m1", 40, 50)), machine_ids=np.where(np.arange(HOURS) == 45, "m2", "m1"))

    near = dataset.incidents.near(dataset.machine_ids, dataset.scored_us, 2 * US_PER_HOUR)

    assert np.flatnonzero(near).tolist() == [hour for hour in range(38, 53) if hour != 45]
