"""A plant over three months: three deliveries, sensors that are exchanged, and machines that wear apart."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulator.changed_sensors import FACTORS
from simulator.errors import ConfigError
from simulator.months import SECOND_DAYS, THIRD_DAYS, over_months
from simulator.physics import signals
from simulator.plant import CURRENT, PRESSURE, SPEED, VIBRATION, SimulationConfig
from simulator.world import build_world
from simulator.write import simulate
from tests.simulator.reread import reread

SMALL = SimulationConfig(days=12, machines=4, life_scale=0.2, second_step_days=3, third_step_days=4, changed_days=5)


def _digests(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path.relative_to(folder)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip


def test_one_month_is_the_plant_as_it_was() -> None:
    assert over_months(SMALL, 1) == SMALL


def test_three_months_are_three_deliveries() -> None:
    plant = over_months(SimulationConfig(), 3)

    assert plant.steps == (1, 2, 3)
    assert [plant.end_of(step).isoformat()[:10] for step in plant.steps] == ["2026-03-01", "2026-03-24", "2026-05-01"]
    assert [plant.step_of(day) for day in (0, 58, 59, 81, 82, 119)] == [1, 1, 2, 2, 3, 3]


def test_sensors_are_exchanged_a_week_before_the_second_delivery_ends() -> None:
    plant = over_months(SimulationConfig(), 3)

    assert plant.changed_days - plant.third_step_days == 7


@pytest.mark.parametrize(
    ("days", "months", "words"),
    [(120, 2, "months = 2; legal: 1 and 3"), (61, 3, "legal for 3 months: 62 and above")],
)
def test_what_cannot_be_is_refused_with_what_can(days: int, months: int, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        over_months(SimulationConfig(days=days), months)


def test_deliveries_that_leave_the_first_none_are_refused() -> None:
    with pytest.raises(ConfigError, match="third_step_days = 9"):
        replace(SMALL, third_step_days=9)
    assert SimulationConfig(days=SECOND_DAYS + THIRD_DAYS + 1).steps == (1, 2)


def test_three_deliveries_leave_what_one_does_and_each_is_counted_by_its_own_files(tmp_path: Path) -> None:
    whole = simulate(SMALL, tmp_path / "whole/landing", tmp_path / "whole/truth")
    for step in SMALL.steps:
        truth = simulate(SMALL, tmp_path / "steps/landing", tmp_path / "steps/truth", (step,))
        counted = truth.feeds["readings"]
        plain = {"accepted": counted.accepted, "duplicate": counted.duplicate, "blank": counted.blank}
        found = plain | counted.quarantined | counted.rejected
        assert reread(tmp_path / "steps/landing").settle() == {name: n for name, n in found.items() if n}

    assert truth == whole
    assert _digests(tmp_path / "steps/landing") == _digests(tmp_path / "whole/landing")


def test_a_fourth_delivery_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"steps = \(4,\); legal: \(1,\), \(2,\), \(3,\), \(1, 2, 3\)"):
        simulate(SMALL, tmp_path / "landing", tmp_path / "truth", (4,))


def test_the_truth_says_when_sensors_changed_and_how(tmp_path: Path) -> None:
    truth = simulate(SMALL, tmp_path / "landing", tmp_path / "truth")

    assert truth.sensor_change is not None
    assert truth.sensor_change.from_at == "2026-03-26T00:00:00Z"
    assert truth.sensor_change.factors == FACTORS
    unchanged = simulate(replace(SMALL, changed_days=0), tmp_path / "other/landing", tmp_path / "other/truth")
    assert unchanged.sensor_change is None


def test_changed_sensors_show_in_the_signals_and_nothing_fails_otherwise() -> None:
    world, other = build_world(SMALL), build_world(replace(SMALL, changed_days=0))
    machine, life = world.machines[0], world.lives[0]
    ambient = np.full(SMALL.slots, 20.0)
    found, before = (signals(machine, life, ambient, one) for one in (SMALL, replace(SMALL, changed_days=0)))

    running = life.load > 0
    changed = running & (np.arange(SMALL.slots) >= 7 * SMALL.slots_per_day)
    assert np.array_equal(found[:, : 7 * SMALL.slots_per_day], before[:, : 7 * SMALL.slots_per_day])
    assert np.allclose(found[VIBRATION, changed], FACTORS["vibration"] * before[VIBRATION, changed])
    assert np.array_equal(found[[PRESSURE, SPEED, CURRENT]], before[[PRESSURE, SPEED, CURRENT]])
    assert [one.failures for one in world.lives] == [one.failures for one in other.lives]


def test_machines_that_wear_apart_fail_apart() -> None:
    apart = build_world(SimulationConfig(days=60, machines=8, worn_every=4, worn_scale=0.42, life_scale=12.0))
    failures = [len(life.failures) for life in apart.lives]

    worn = {0, 4}
    assert min(failures[index] for index in worn) >= 2
    assert sum(failures[index] for index in range(8) if index not in worn) <= 2
