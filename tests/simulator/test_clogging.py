"""Machines that clog in the last days: they fail in another way."""

from dataclasses import replace

import numpy as np

from simulator.changed_sensors import change_of
from simulator.clogging import clogging_slots, clogs
from simulator.physics import signals
from simulator.plant import CURRENT, PRESSURE, SPEED, TEMPERATURE, VIBRATION, SimulationConfig, build_plant
from simulator.wear import BEARING, COOLING, SEAL, Life
from simulator.world import build_world

PLANT = SimulationConfig(
    days=100, machines=6, worn_every=3, worn_scale=0.7, life_scale=12.0, service_scale=8.0, changed_days=50
)


def test_those_that_wear_fast_clog_from_the_day_of_the_new_sensors_on() -> None:
    assert [clogs(index, PLANT) for index in range(6)] == [True, False, False, True, False, False]
    assert np.flatnonzero(clogging_slots(PLANT))[0] == 50 * PLANT.slots_per_day
    assert not clogs(0, replace(PLANT, changed_days=0))
    assert not clogs(0, replace(PLANT, worn_every=0))


def test_they_fail_by_their_seals_and_no_more_seldom_than_before() -> None:
    failures = [failure for life in build_world(PLANT).lives for failure in life.failures]

    before = [one.component for one in failures if one.slot < 50 * PLANT.slots_per_day]
    after = [one.component for one in failures if one.slot >= 50 * PLANT.slots_per_day]
    assert len(before) <= len(after)
    assert after.count(SEAL) >= 0.7 * len(after)
    assert after.count(SEAL) > 2 * before.count(SEAL)


def test_until_then_lives_are_those_of_a_plant_that_never_clogs() -> None:
    first = slice(0, 50 * PLANT.slots_per_day)

    for found, other in zip(build_world(PLANT).lives, build_world(replace(PLANT, changed_days=0)).lives, strict=True):
        assert np.array_equal(found.load[first], other.load[first])
        assert [one for one in found.failures if one.slot < first.stop] == [
            one for one in other.failures if one.slot < first.stop
        ]


def test_a_choked_machine_shows_more_pressure_and_less_current_where_a_leaking_one_shows_the_reverse() -> None:
    machine, slots = build_plant(PLANT)[0], PLANT.slots
    load, damage = np.full(slots, 0.8), np.zeros((4, slots))
    healthy = signals(machine, Life(load, damage, (), ()), np.full(slots, 20.0), PLANT)
    damage = damage.copy()
    damage[SEAL] = 1.0
    failing = signals(machine, Life(load, damage, (), ()), np.full(slots, 20.0), PLANT)

    leaking, choked = ~clogging_slots(PLANT), clogging_slots(PLANT)
    ratio = failing / healthy
    assert np.allclose(ratio[PRESSURE, leaking], 0.68)
    assert np.allclose(ratio[CURRENT, leaking], 1.25)
    assert np.allclose(ratio[PRESSURE, choked], 1.35)
    assert np.allclose(ratio[CURRENT, choked], 0.75)
    assert np.array_equal(failing[[TEMPERATURE, VIBRATION, SPEED]], healthy[[TEMPERATURE, VIBRATION, SPEED]])


def test_bearings_and_cooling_show_as_ever() -> None:
    machine, slots = build_plant(PLANT)[0], PLANT.slots
    damage = np.zeros((4, slots))
    damage[[BEARING, COOLING]] = 0.5
    life, ambient = Life(np.full(slots, 0.8), damage, (), ()), np.full(slots, 20.0)

    other = replace(PLANT, worn_every=0)
    assert np.array_equal(signals(machine, life, ambient, PLANT), signals(machine, life, ambient, other))


def test_the_truth_names_them() -> None:
    machines, change = build_plant(PLANT), change_of(PLANT)

    assert change is not None
    assert change.clogging == (machines[0].machine_id, machines[3].machine_id)
    assert change_of(replace(PLANT, changed_days=0)) is None
