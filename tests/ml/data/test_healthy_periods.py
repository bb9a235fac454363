"""Periods that a profile states train and choose instead of those found by the number of rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from expectations.plant.anomaly import AnomalyRules, Period
from expectations.plant.file import load_profile
from ml.data.dataset import build_dataset
from ml.data.healthy import HealthyRows, healthy_split
from ml.errors import FrameError
from ml.gates.failure_gate import Verdict
from ml.gates.readiness import assess_readiness
from ml.policy import Policy
from ml.training.train import train
from tests.support.plant_frames import BEGAN, FEATURES, HOUR_US, PARAMS, POLICY, plant_dataset, plant_frames

DAY_US = 24 * HOUR_US
BEGAN_US = int(BEGAN.timestamp() * 1e6)
EMBARGO_US = POLICY.embargo_us(FEATURES.longest_window_s)


def periods(*days: float) -> tuple[int, ...]:
    """Training from and until, threshold from and until, days since the records began."""
    return tuple(BEGAN_US + int(day * DAY_US) for day in days)


def test_the_blocks_are_the_stated_ones_and_what_lies_an_embargo_behind() -> None:
    dataset = plant_dataset()
    all_rows = HealthyRows(np.ones(len(dataset), dtype=np.bool_), "all")
    stated = periods(2, 30, 32, 45)

    split = healthy_split(dataset, all_rows, EMBARGO_US, stated)

    def bounds(mask: np.ndarray) -> tuple[int, int]:
        return int(dataset.scored_us[mask].min()), int(dataset.scored_us[mask].max())

    assert bounds(split.growing) == stated[:2]
    assert bounds(split.choosing) == stated[2:]
    assert bounds(split.testing)[0] == split.tested_from_us == stated[3] + EMBARGO_US
    assert split.grown_until_us == stated[1]
    assert "the periods that the profile states" in split.rule


def test_periods_nearer_than_the_embargo_are_refused_with_the_least_begin() -> None:
    dataset = plant_dataset()
    all_rows = HealthyRows(np.ones(len(dataset), dtype=np.bool_), "all")

    with pytest.raises(FrameError, match=r"an embargo of 30 h .* begin it at 2024-01-13T06:00:00\+00:00 or later"):
        healthy_split(dataset, all_rows, EMBARGO_US, periods(1, 11, 12, 20))


def test_a_period_without_a_healthy_row_is_an_answer() -> None:
    dataset = plant_dataset()
    policy = replace(POLICY, healthy_periods=periods(-50, -40, 10, 40))

    found = assess_readiness(dataset, np.ones(len(dataset), dtype=np.bool_), policy, EMBARGO_US)

    assert found.anomaly_model is Verdict.INSUFFICIENT_DATA
    assert found.reasons[1].startswith("0 healthy rows in the training period that the profile states")


def test_a_plant_trains_within_its_periods_and_its_budget() -> None:
    frames = plant_frames(days=150, failing=False)
    policy = replace(POLICY, healthy_periods=periods(5, 60, 62, 110), anomaly_alarms_per_machine_year=4.0)

    model = train(frames, FEATURES, policy, PARAMS).anomaly

    assert model is not None
    assert model.trained_until_us == periods(60)[0]
    assert model.choosing_alarms_per_machine_year <= 4.0
    rows = build_dataset(frames, FEATURES, policy).scored_us
    inside = (rows >= periods(5)[0]) & (rows <= periods(60)[0])
    assert 0.9 * inside.sum() < model.trained_rows <= inside.sum()


def test_a_policy_takes_what_the_profile_states() -> None:
    plant = load_profile("azure_pdm")
    stated = [Period(BEGAN.to_pydatetime(), BEGAN.to_pydatetime().replace(month=2)) for _ in range(2)]

    policy = Policy.of(replace(plant, anomaly=AnomalyRules(3.0, *stated)))

    assert policy.anomaly_alarms_per_machine_year == 3.0
    assert policy.healthy_periods == (BEGAN_US, BEGAN_US + 31 * DAY_US) * 2
    assert policy.threshold_rows == 8766 // 3
