"""Splits: nothing of the test block is known to the training rows."""

from __future__ import annotations

import numpy as np
import pytest

from ml.errors import LeakError
from ml.evaluation.splits import Origin, check_embargo, machine_folds, rolling_origins
from ml.policy import Policy
from tests.support.plant_frames import HOUR_US, plant_dataset

POLICY = Policy(minimum_train_failures=4, origin_step_days=10)
EMBARGO_US = POLICY.embargo_us(6 * 3600)


def test_embargo_is_horizon_plus_longest_window() -> None:
    assert 30 * HOUR_US == EMBARGO_US


def test_no_training_label_or_test_window_crosses_an_origin() -> None:
    dataset = plant_dataset()

    for origin in rolling_origins(dataset, POLICY, EMBARGO_US):
        last_seen = dataset.scored_us[origin.train(dataset)].max() + POLICY.horizon_us
        first_used = dataset.scored_us[origin.test(dataset)].min() - 6 * HOUR_US
        assert last_seen <= first_used


def test_every_labelled_row_after_the_first_origin_is_held_out_exactly_once() -> None:
    dataset = plant_dataset()

    origins = rolling_origins(dataset, POLICY, EMBARGO_US)
    times_tested = sum(origin.test(dataset).astype(int) for origin in origins)

    later = dataset.labelled & (dataset.scored_us >= origins[0].test_from_us)
    assert len(origins) >= 3
    assert np.array_equal(times_tested, later.astype(int))


def test_each_origin_has_learned_from_enough_failures() -> None:
    dataset = plant_dataset()

    first = rolling_origins(dataset, POLICY, EMBARGO_US)[0]

    assert len(dataset.failures.until(first.train_until_us)) >= POLICY.minimum_train_failures


def test_a_shorter_distance_than_the_embargo_is_refused() -> None:
    origin = Origin(train_until_us=HOUR_US, test_from_us=30 * HOUR_US, test_until_us=40 * HOUR_US)

    with pytest.raises(LeakError, match="29 h before"):
        check_embargo(origin, EMBARGO_US)


def test_too_few_failures_give_no_origin() -> None:
    assert rolling_origins(plant_dataset(), Policy(minimum_train_failures=999), EMBARGO_US) == ()


def test_machine_folds_share_no_machine_and_cover_all() -> None:
    dataset = plant_dataset()
    tested = np.zeros(len(dataset), dtype=int)

    for train, test in machine_folds(dataset, 3):
        tested += test
        assert not set(dataset.machine_ids[train]) & set(dataset.machine_ids[test])

    assert np.array_equal(tested, dataset.labelled.astype(int))
