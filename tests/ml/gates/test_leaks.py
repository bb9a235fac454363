"""Checks of leaks fire where something leaks, and only there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.data.dataset import Dataset
from ml.evaluation.splits import Origin, rolling_origins
from ml.gates.failure_gate import Check, Verdict
from ml.gates.leaks import chance_distance, failures_in_two_splits, leak_checks, random_column_gain, rows_too_near
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_dataset, plant_model

EMBARGO_US = POLICY.embargo_us(FEATURES.longest_window_s)


def origins() -> tuple[Origin, ...]:
    return rolling_origins(plant_dataset(), POLICY, EMBARGO_US)


def overlapping() -> Origin:
    """An origin that trains on the rows that it tests."""
    newest = origins()[-1]
    return replace(newest, train_until_us=newest.test_until_us)


def checked(dataset: Dataset, *tried: Origin) -> dict[str, Check]:
    found = leak_checks(dataset, tried, EMBARGO_US, PARAMS.failure, POLICY)
    return {check.name: check for check in found}


def test_sound_training_passes_every_check_of_leaks() -> None:
    found = checked(plant_dataset(), *origins())

    assert [check.verdict for check in found.values()] == [Verdict.PASS] * 4


def test_gate_of_a_training_holds_the_checks_of_leaks() -> None:
    gate = plant_model().gate

    assert gate is not None
    assert {"failures_in_two_splits", "random_column_gain"} <= {check.name for check in gate.checks}


def test_failure_whose_warning_window_lies_in_both_splits_is_counted() -> None:
    newest = origins()[-1]
    failed_us = int(np.sort(plant_dataset().failures.failed_us)[-1])
    within = replace(newest, train_until_us=failed_us - POLICY.horizon_us // 2, test_from_us=failed_us - 3_600_000_000)

    assert failures_in_two_splits(plant_dataset(), origins(), POLICY.horizon_us) == 0
    assert failures_in_two_splits(plant_dataset(), (within,), POLICY.horizon_us) == 1


def test_rows_nearer_than_the_embargo_are_counted() -> None:
    newest = origins()[-1]
    nearer = replace(newest, train_until_us=newest.train_until_us + 2 * 3_600_000_000)

    assert rows_too_near(plant_dataset(), origins(), EMBARGO_US) == 0
    assert rows_too_near(plant_dataset(), (nearer,), EMBARGO_US) == 12  # two hourly rows of six machines


def test_booster_that_trained_on_its_test_rows_predicts_shuffled_labels() -> None:
    found = checked(plant_dataset(), overlapping())

    assert found["shuffled_labels_distance_from_chance"].verdict is Verdict.FAIL
    assert found["failures_in_two_splits"].verdict is Verdict.FAIL
    assert found["rows_nearer_than_the_embargo"].verdict is Verdict.FAIL


def test_booster_of_labels_that_no_feature_tells_gains_from_random_numbers_too() -> None:
    rows = plant_dataset().keep(plant_dataset().labelled)
    noise = np.random.default_rng(3)
    unrelated = replace(rows, values=noise.normal(size=(len(rows), 6)), label=noise.permutation(rows.label))

    assert random_column_gain(unrelated, PARAMS.failure) > POLICY.random_column_gain
    assert random_column_gain(rows, PARAMS.failure) < 0.2


def test_booster_without_a_split_gains_nothing() -> None:
    rows = plant_dataset().keep(plant_dataset().labelled)

    assert random_column_gain(rows, replace(PARAMS.failure, gamma=1e9)) == 0.0


def test_distance_from_chance_is_that_of_the_rank_sum() -> None:
    label = np.array([1, 0, 0, 1], np.int8)

    # Both ones above both zeros: AUC 1, deviation sqrt(5 / 48).
    assert chance_distance(label, np.array([3, 1, 2, 4], np.float32)) == pytest.approx(0.5 / (5 / 48) ** 0.5)
    assert chance_distance(label, np.zeros(4, np.float32)) == 0
    assert chance_distance(np.zeros(3, np.int8), np.zeros(3, np.float32)) is None
