"""What would show that the evaluation leaks: checked at every training of a failure model."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from ml.data.dataset import Dataset, Mask
from ml.data.failure_events import NEVER_US, next_failure_us
from ml.evaluation.splits import Origin
from ml.gates.failure_gate import Check, Verdict, at_most, below, worded
from ml.models.failure_model import FailureParams, margins, train_failure_model
from ml.models.side_by_side import each
from ml.policy import Policy

SEED = 20150101
ROUNDS = 50
"""Boosting rounds of the two boosters that are trained for these checks alone: a tenth of the default."""


def leak_checks(
    dataset: Dataset, origins: tuple[Origin, ...], embargo_us: int, params: FailureParams, policy: Policy
) -> tuple[Check, ...]:
    """One failure in two splits, rows nearer than the embargo, shuffled labels, and a column of random numbers.

    The last two train a booster each of the newest origin's rows.

    Args:
        dataset: All rows.
        origins: At least one.
        embargo_us: Least time between rows that train and rows that test.
        params: Parameters of the booster; at most `ROUNDS` rounds are used.
        policy: Horizon and limits.
    """
    newest, few = origins[-1], replace(params, rounds=min(params.rounds, ROUNDS))
    trained = (
        partial(_shuffled_labels, dataset, newest, few, policy),
        partial(_random_column, dataset.keep(newest.train(dataset)), few, policy),
    )
    return (*split_checks(dataset, origins, embargo_us, policy), *each(lambda check: check(), trained, dataset))


def split_checks(dataset: Dataset, origins: tuple[Origin, ...], embargo_us: int, policy: Policy) -> tuple[Check, Check]:
    """Those that train nothing: one failure in two splits, rows nearer than the embargo."""
    return (
        at_most("failures_in_two_splits", float(failures_in_two_splits(dataset, origins, policy.horizon_us)), 0.0),
        at_most("rows_nearer_than_the_embargo", float(rows_too_near(dataset, origins, embargo_us)), 0.0),
    )


def failures_in_two_splits(dataset: Dataset, origins: tuple[Origin, ...], horizon_us: int) -> int:
    """Failures whose warning window, (T - horizon, T], holds rows that train and rows that test, over all origins."""
    following = next_failure_us(dataset.failures, dataset.machine_ids, dataset.scored_us)
    is_before = (following < NEVER_US) & (following - dataset.scored_us <= horizon_us)

    def failures(rows: Mask) -> set[tuple[str, int]]:
        found = rows & is_before
        return set(zip(dataset.machine_ids[found].tolist(), following[found].tolist(), strict=True))

    return sum(len(failures(one.train(dataset)) & failures(one.test(dataset))) for one in origins)


def rows_too_near(dataset: Dataset, origins: tuple[Origin, ...], embargo_us: int) -> int:
    """Training rows less than the embargo before the first row that tests, over all origins."""
    count = 0
    for origin in origins:
        test = dataset.scored_us[origin.test(dataset)]
        if len(test):
            count += int((dataset.scored_us[origin.train(dataset)] > test.min() - embargo_us).sum())
    return count


def chance_distance(label: NDArray[np.int8], score: NDArray[np.float32]) -> float | None:
    """How far the area under the ROC curve is from 1/2, in standard deviations of labels that say nothing.

    ``(AUC - 1/2) / sqrt((n1 + n0 + 1) / (12 n1 n0))`` for n1 ones and n0 zeros; None where there is one class only.
    Source: Mann and Whitney, Annals of Mathematical Statistics 18 (1947), with AUC = U / (n1 n0).

    >>> round(chance_distance(np.array([0, 1], np.int8), np.array([1.0, 2.0], np.float32)), 3)
    1.0
    """
    ones, zeros = int((label == 1).sum()), int((label == 0).sum())
    if not ones or not zeros:
        return None
    area = float(roc_auc_score(label == 1, score))
    return (area - 0.5) / sqrt((ones + zeros + 1) / (12 * ones * zeros))


def _shuffled_labels(dataset: Dataset, origin: Origin, params: FailureParams, policy: Policy) -> Check:
    """FAIL where a booster of labels dealt out at random predicts them on the rows that test.

    It may learn rows by heart, single ones too: what it knows of the rows that test then shows.
    """
    params = replace(params, max_depth=8, min_child_weight=0.0, gamma=0.0)
    rows = dataset.keep(dataset.labelled)
    shuffled = replace(rows, label=np.random.default_rng(SEED).permutation(rows.label))
    train, test = (shuffled.keep(mask) for mask in (origin.train(rows), origin.test(rows)))
    name = "shuffled_labels_distance_from_chance"
    if len(np.unique(train.label)) < 2:
        return worded(name, Verdict.PASS, "labels at random: not checked, the rows to train on are of one class")
    found = chance_distance(test.label, margins(train_failure_model(train, params), test.values))
    if found is None:
        return worded(name, Verdict.PASS, "labels at random: not checked, the rows to test on are of one class")
    return at_most(name, abs(found), policy.chance_deviations)


def _random_column(rows: Dataset, params: FailureParams, policy: Policy) -> Check:
    """FAIL where a booster gains from random numbers about what it gains from a feature: it learns noise."""
    return below("random_column_gain", random_column_gain(rows, params), policy.random_column_gain)


def random_column_gain(rows: Dataset, params: FailureParams) -> float:
    """Gain of a column of random numbers among the features, as a multiple of an equal share: 1 where all are noise.

    0 where the booster finds no split at all.
    """
    noise = np.random.default_rng(SEED).random(len(rows))
    places = np.append(np.arange(rows.values.shape[1]), -1).astype(np.int32)
    booster = train_failure_model(
        replace(rows, values=np.column_stack([rows.values, noise])), params.of_columns(places)
    )
    place, columns = rows.values.shape[1], booster.num_features()
    # Of unnamed features XGBoost speaks as f0, f1 and so on; those without a split are left out.
    gains = {name: float(gain) for name, gain in booster.get_score(importance_type="total_gain").items()}
    whole = sum(gains.values())
    return gains.get(f"f{place}", 0.0) / whole * columns if whole else 0.0
