"""Row-level figures against hand-computed cases, and against their definitions written out."""

from __future__ import annotations

from math import exp, fsum

import numpy as np
import pytest
from scipy.stats import binomtest

from domain.wilson import wilson_interval
from ml.evaluation.metrics import (
    Proportion,
    average_precision,
    brier_score,
    expected_calibration_error,
    poisson_at_least,
    precision_recall,
    reliability_bins,
)


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(6, 7, 0.4869, 0.9743), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
    ids=["six of seven", "none", "all", "no case"],
)
def test_wilson_interval_gives_the_published_values(hits: int, total: int, low: float, high: float) -> None:
    assert wilson_interval(hits, total) == pytest.approx((low, high), abs=5e-5)


def test_share_without_cases_is_unknown_and_not_zero() -> None:
    assert Proportion(0, 0).value is None
    assert str(Proportion(0, 0)) == "unknown (0 cases)"


@pytest.mark.parametrize("total", [1, 7, 30, 400])
def test_wilson_interval_of_whole_hits_is_scipys(total: int) -> None:
    for hits in range(0, total + 1, max(1, total // 20)):
        theirs = binomtest(hits, total).proportion_ci(0.95, "wilson")

        assert wilson_interval(hits, total) == pytest.approx((theirs.low, theirs.high), abs=1e-15)


@pytest.mark.parametrize(("count", "mean"), [(1, 0.5), (3, 1.0), (8, 2.5), (60, 50.0), (40, 1.0)])
def test_poisson_tail_is_the_sum_of_its_terms(count: int, mean: float) -> None:
    term, terms = exp(-mean), []
    for number in range(count + 400):
        terms.append(term)
        term *= mean / (number + 1)

    # From the smallest up: a tail of 1e-48 is no difference of two numbers near 1.
    assert poisson_at_least(count, mean) == pytest.approx(fsum(terms[count:]), rel=1e-12, abs=0)


def with_ties() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    label = (rng.random(2000) < 0.05).astype(np.int8)
    return label, np.round(rng.normal(size=2000) + label, 1).astype(np.float32)


def test_precision_and_recall_are_those_of_each_threshold_with_ties_taken_together() -> None:
    label, score = with_ties()
    flagged = [score >= least for least in sorted(set(score.tolist()), reverse=True)]

    precision, recall = precision_recall(label, score)

    assert precision.tolist() == [label[rows].sum() / rows.sum() for rows in flagged]
    assert recall.tolist() == [label[rows].sum() / label.sum() for rows in flagged]


def test_average_precision_is_the_sum_of_recall_steps_by_precision() -> None:
    label, score = with_ties()
    precision, recall = precision_recall(label, score)
    by_hand = fsum(np.diff(recall, prepend=0.0) * precision)

    assert average_precision(label, score) == pytest.approx(by_hand, rel=1e-14)


def test_average_precision_without_positives_is_unknown() -> None:
    assert average_precision(np.zeros(3, np.int8), np.zeros(3, np.float32)) is None


@pytest.mark.parametrize("share", [0.3, 0.0, 1.0], ids=["both classes", "no positive", "no negative"])
def test_brier_score_is_the_mean_squared_error(share: float) -> None:
    rng = np.random.default_rng(2)
    label, probability = (rng.random(500) < share).astype(np.int8), rng.random(500)
    by_hand = fsum((p - y) ** 2 for p, y in zip(probability.tolist(), label.tolist(), strict=True)) / 500

    assert brier_score(label, probability) == pytest.approx(by_hand, rel=1e-14)


def test_calibration_error_weighs_bins_by_rows() -> None:
    label = np.array([1, 0, 0, 0], np.int8)
    probability = np.array([0.95, 0.05, 0.05, 0.45])

    # Gaps 0.05, 0.05 twice, 0.45, each a quarter of the rows.
    assert expected_calibration_error(label, probability) == pytest.approx(0.15)


def test_probability_one_falls_into_the_last_bin() -> None:
    bins = reliability_bins(np.array([1], np.int8), np.array([1.0]))

    assert (bins[0].low, bins[0].high, bins[0].rows) == (0.9, 1.0, 1)
