"""Healthy is what is known to have run on: no last rows of the records, and none of a machine that is down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ml.data.dataset import Dataset, Mask, TrainingFrames, build_dataset
from ml.data.failure_events import FailureEvents
from ml.data.healthy import healthy_rows, maintenance_events
from ml.policy import Policy
from tests.support.plant_frames import BEGAN, FEATURES, HORIZONS, HOUR_US, POLICY, plant_frames

FAILED, REPAIRED = 20, 35
"""Days since the records began between which a machine stands still."""

RULES = (1, 10**9)
"""Healthy rows to ask for, so that the widest rule is taken, and the last."""


def serviced(**at_us: int) -> FailureEvents:
    """One service of each of these machines."""
    return maintenance_events(np.array([*at_us], dtype=np.str_), np.array([*at_us.values()], dtype=np.int64))


def sound(days: int = 60) -> Dataset:
    """Machines without a failure."""
    return build_dataset(plant_frames(days=days, failing=False), FEATURES, POLICY)


def of_machine(dataset: Dataset, machine_id: str) -> Mask:
    return np.asarray(dataset.machine_ids == machine_id, dtype=np.bool_)


@pytest.mark.parametrize("least", RULES, ids=["widest rule", "last rule"])
@pytest.mark.parametrize("horizon", ["24h", "7d"])
def test_rows_whose_horizon_the_records_do_not_reach_are_not_healthy(least: int, horizon: str) -> None:
    policy = replace(POLICY, horizon=horizon, minimum_healthy_rows=least)
    dataset = build_dataset(plant_frames(failing=False), FEATURES, policy)

    mask = healthy_rows(dataset, serviced(), policy).mask

    last_us = dataset.scored_us.max() - HORIZONS[horizon] * HOUR_US
    assert np.array_equal(mask, dataset.scored_us <= last_us)


def test_the_last_rows_of_a_machine_that_fell_silent_are_not_healthy() -> None:
    dataset = sound()
    silent_us = int(dataset.scored_us.min()) + 30 * 24 * HOUR_US
    dataset = dataset.keep(~of_machine(dataset, "machine-2") | (dataset.scored_us <= silent_us))

    mask = healthy_rows(dataset, serviced(), POLICY).mask

    mine = of_machine(dataset, "machine-2")
    assert dataset.labelled[mine].all()
    assert dataset.scored_us[mask & mine].max() == silent_us - 24 * HOUR_US


def test_a_later_service_shows_that_a_silent_machine_ran_on() -> None:
    dataset = sound()
    silent_us = int(dataset.scored_us.min()) + 30 * 24 * HOUR_US
    dataset = dataset.keep(~of_machine(dataset, "machine-2") | (dataset.scored_us <= silent_us))
    later = serviced(**{"machine-2": silent_us + 20 * 24 * HOUR_US})

    mask = healthy_rows(dataset, later, POLICY).mask

    assert mask[of_machine(dataset, "machine-2")].all()


def standstill(policy: Policy) -> TrainingFrames:
    """One of two machines fails once and is repaired two weeks later; gold gives its rows between no label."""
    frames = plant_frames(2, failing=False)
    failed, repaired = (BEGAN + pd.Timedelta(days=days) for days in (FAILED, REPAIRED))
    labels, at = frames.labels.copy(), frames.labels["scored_at"]
    mine = labels["machine_id"] == "machine-0"
    foreseen = mine & (at < failed) & (at >= failed - pd.Timedelta(microseconds=policy.horizon_us))
    labels.loc[foreseen, policy.label_column] = 1.0
    labels.loc[mine & (at >= failed) & (at <= repaired), policy.label_column] = np.nan
    failure = pd.DataFrame({"machine_id": ["machine-0"], "failed_at": [failed], "code": ["seal"]})
    return replace(frames, labels=labels, failures=failure)


@pytest.mark.parametrize("least", RULES, ids=["widest rule", "last rule"])
def test_rows_between_a_failure_and_its_repair_are_not_healthy(least: int) -> None:
    policy = replace(POLICY, minimum_healthy_rows=least)
    dataset = build_dataset(standstill(policy), FEATURES, policy)

    mask = healthy_rows(dataset, serviced(), policy).mask & of_machine(dataset, "machine-0")

    day = (dataset.scored_us - BEGAN.value // 1_000) / (24 * HOUR_US)
    assert not (mask & (day >= FAILED) & (day <= REPAIRED)).any()
    assert (mask & (day > REPAIRED)).any()
