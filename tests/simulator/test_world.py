from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from expectations.features import features_of
from simulator.events import INSULATION, error_events, failure_times_us, maintenance_events
from simulator.load import NIGHT, local_us, shift_load, utc_offsets_s
from simulator.physics import signals
from simulator.plant import (
    CURRENT,
    METRICS,
    PRESSURE,
    SPEED,
    TEMPERATURE,
    US,
    VIBRATION,
    SimulationConfig,
    load_plant_profile,
)
from simulator.wear import BEARING, COOLING, ELECTRICAL, SEAL, Failure, visible_damage
from simulator.world import World, build_world

DAY = 72  # slots
CLEAN = SimulationConfig(days=120, machines=24, faults=False)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(CLEAN)


def _failures(world: World) -> list[Failure]:
    return [failure for life in world.lives for failure in life.failures]


def _change(world: World, failure: Failure, metric: int) -> float:
    """Mean of a running machine's last day before a failure over that of all its running time."""
    said, load = world.measured[failure.machine].steps[metric], world.lives[failure.machine].load
    last = slice(failure.slot - DAY, failure.slot)
    return float(said[last][load[last] > 0].mean() / said[load > 0].mean())


def test_forty_failures_and_more_happen_of_every_kind(world: World) -> None:
    failures = _failures(world)

    assert len(failures) >= 40
    assert {failure.component for failure in failures} == {0, 1, 2, 3}
    assert 0.05 < np.mean([not failure.is_visible for failure in failures]) < 0.4


@pytest.mark.parametrize(
    ("component", "metric", "least"),
    [(BEARING, VIBRATION, 1.5), (COOLING, TEMPERATURE, 1.1), (SEAL, CURRENT, 1.02)],
    ids=["bearing wear shakes", "fouled cooling heats", "a leaking seal takes current"],
)
def test_a_visible_failure_shows_in_its_signal_the_day_before(
    world: World, component: int, metric: int, least: float
) -> None:
    seen = [f for f in _failures(world) if f.component == component and f.is_visible and f.slot > 3 * DAY]

    changes = [_change(world, failure, metric) for failure in seen]

    assert len(changes) >= 5
    assert np.mean([change > least for change in changes]) >= 0.8


def test_a_leaking_seal_loses_pressure(world: World) -> None:
    seen = [f for f in _failures(world) if f.component == SEAL and f.is_visible and f.slot > 3 * DAY]

    assert np.mean([_change(world, failure, PRESSURE) < 0.95 for failure in seen]) >= 0.8


def test_a_sudden_failure_shows_nothing(world: World) -> None:
    for failure in _failures(world):
        if not failure.is_visible:
            before = world.lives[failure.machine].damage[failure.component, failure.slot - 1]
            assert before == 0.0


def test_a_machine_stands_from_its_failure_to_its_repair_and_is_as_new_after(world: World) -> None:
    for failure in _failures(world):
        life = world.lives[failure.machine]
        assert not life.load[failure.slot : failure.repaired_slot].any()
        if failure.repaired_slot < CLEAN.slots:
            assert life.damage[failure.component, failure.repaired_slot] < 0.01


def test_damage_makes_a_machine_shake_heat_leak_and_draw(world: World) -> None:
    machine, life = world.machines[0], world.lives[0]
    worn = type(life)(life.load, np.ones_like(life.damage), (), ())
    new = type(life)(life.load, np.zeros_like(life.damage), (), ())
    ambient = np.full(CLEAN.slots, 20.0)

    bad, good = (signals(machine, one, ambient, CLEAN) for one in (worn, new))

    running = life.load > 0
    for metric in (VIBRATION, TEMPERATURE, CURRENT):
        assert (bad[metric] >= good[metric]).all()
        assert bad[metric][running].mean() > 1.1 * good[metric][running].mean()
    assert (bad[PRESSURE][running] < good[PRESSURE][running]).all()
    assert (bad[SPEED] == good[SPEED]).all()


def test_most_electrical_failures_announce_themselves_by_codes_only(world: World) -> None:
    announced = []
    for machine, life in zip(world.machines, world.lives, strict=True):
        codes = [event.time_us for event in error_events(life, machine, (), CLEAN) if event.code == INSULATION]
        times = failure_times_us(life, machine, CLEAN)
        for failure, failed_us in zip(life.failures, times, strict=True):
            if failure.component == ELECTRICAL:
                announced.append(any(0 < failed_us - code < 44 * 3600 * US for code in codes))
                assert not life.damage[ELECTRICAL].any()

    assert len(announced) >= 5
    assert np.mean(announced) >= 0.5


def test_damage_grows_from_nothing_to_one() -> None:
    damage = visible_damage(np.array([0.0, 0.5, 0.8, 0.98, 1.0]))

    assert damage[0] == 0.0
    assert damage[-1] == pytest.approx(1.0)
    assert (np.diff(damage) > 0).all()
    assert damage[1] < 0.01


def test_shifts_follow_the_local_clock_through_summer_time() -> None:
    # In Bremen the night shift ends at 6 o'clock: 05:00 UTC until 28 March 2026, 04:00 UTC from then on.
    times = [datetime(2026, 3, day, hour, 30, tzinfo=UTC) for day, hour in ((27, 4), (27, 5), (30, 3), (30, 4))]
    times_us = np.array([int(time.timestamp()) * 1_000_000 for time in times], dtype=np.int64)

    load = shift_load(local_us(times_us, "Europe/Berlin"))

    assert (load == NIGHT).tolist() == [True, False, True, False]
    assert utc_offsets_s(times_us, "Asia/Kuala_Lumpur").tolist() == [28800] * 4


def test_healthy_machines_stay_within_their_limits(world: World) -> None:
    profile = load_plant_profile()
    for machine, life, said in zip(world.machines, world.lives, world.measured, strict=True):
        healthy = (life.load > 0) & (life.damage.max(axis=0) < 0.01)
        for index, name in enumerate(METRICS):
            metric = profile.metric(name)
            limits = metric.limits_for(machine.machine_id, machine.model.name)
            values = said.steps[index, healthy] * metric.resolution
            assert np.mean(values > (limits.warning_above or np.inf)) < 0.01, (machine.machine_id, name)
            assert np.mean(values < (limits.warning_below or -np.inf)) < 0.01, (machine.machine_id, name)


def test_the_metrics_of_simulator_and_profile_are_the_same() -> None:
    assert tuple(load_plant_profile().metrics) == METRICS
    assert len(features_of(load_plant_profile())) <= 80


def test_a_failure_that_somebody_prevents_is_a_repair_before_it_and_none_on_record(world: World) -> None:
    saved = build_world(replace(CLEAN, prevented_frac=0.6))
    preventions = [one for life in saved.lives for one in life.preventions]

    assert len(preventions) >= 20
    assert len(_failures(saved)) < len(_failures(world)) - 20
    for one in preventions:
        life = saved.lives[one.machine]
        assert one.slot < one.failing_slot
        assert life.damage[one.component, one.slot - 1] > 0.4
        assert not life.damage[one.component, one.slot]
        assert not any(failure.slot == one.slot for failure in life.failures)
    records = [
        event
        for machine, life in zip(saved.machines, saved.lives, strict=True)
        for event in maintenance_events(life, machine, CLEAN)
        if event.note == "condition-based repair"
    ]
    assert len(records) == len(preventions)
    assert not any(life.preventions for life in world.lives)
