"""Slow wear is as plants wear, fast wear as the demo; records of failures go wrong now and then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.plant import measure
from simulator.events import Event
from simulator.pace import FAST, LATE_FRAC, PREVENTED_FRAC, SLOW, at_pace
from simulator.plant import US, SimulationConfig, build_plant
from simulator.recording import recorded_us

LARGE = SimulationConfig(days=149, machines=60)
TWO_DAYS_US = 2 * 86_400 * US


def test_slow_wear_has_one_to_three_failures_a_machine_year_and_weeks_of_warning() -> None:
    found = measure(at_pace(LARGE, SLOW))

    assert 1.0 <= found.failures / found.machine_years <= 3.0
    assert sum(days >= 14 for days in found.warning_days) > len(found.warning_days) / 2 > 10
    assert found.prevented > 5
    assert found.wrong > 0


def test_fast_wear_is_the_plant_as_it_was() -> None:
    assert at_pace(LARGE, FAST) == LARGE
    assert measure(LARGE).failures / measure(LARGE).machine_years > 10


def test_a_number_of_its_own_outweighs_that_of_the_pace() -> None:
    assert at_pace(LARGE, SLOW).prevented_frac == PREVENTED_FRAC
    assert [at_pace(LARGE, pace, 0.5).prevented_frac for pace in (SLOW, FAST)] == [0.5, 0.5]
    assert at_pace(LARGE, SLOW, 0.0).prevented_frac == 0.0


def test_records_of_failures_come_late_now_and_then_and_no_others_do() -> None:
    config = replace(at_pace(LARGE, SLOW), faults=False)
    machine = build_plant(config)[0]
    events = [Event(config.start_us + n * 3_600 * US, machine, "seal") for n in range(2_000)]

    late = {
        feed: sum(
            at - event.time_us > TWO_DAYS_US
            for at, event in zip(recorded_us(feed, events, config), events, strict=True)
        )
        for feed in ("failures", "maintenance", "errors")
    }

    assert late.pop("failures") / 2_000 == pytest.approx(LATE_FRAC, abs=0.015)
    assert late == {"maintenance": 0, "errors": 0}
