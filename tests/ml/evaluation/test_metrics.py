"""Row-level figures against hand-computed cases and scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss

from ml.evaluation.metrics import (
    Share,
    average_precision,
    brier_score,
    expected_calibration_error,
    reliability_bins,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(6, 7, 0.4869, 0.9743), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
    ids=["six of seven", "none", "all", "no case"],
)
def test_wilson_interval_gives_the_published_values(hits: int, total: int, low: float, high: float) -> None:
    assert wilson_interval(hits, total) == pytest.approx((low, high), abs=5e-5)


def test_share_without_cases_is_unknown_and_not_zero() -> None:
    assert Share(0, 0).value is None
    assert str(Share(0, 0)) == "unknown (0 cases)"


def test_average_precision_equals_scikit_learn_with_ties() -> None:
    rng = np.random.default_rng(1)
    label = (rng.random(2000) < 0.05).astype(np.int8)
    score = np.round(rng.normal(size=2000) + label, 1).astype(np.float32)

    assert average_precision(label, score) == pytest.approx(average_precision_score(label, score))


def test_average_precision_without_positives_is_unknown() -> None:
    assert average_precision(np.zeros(3, np.int8), np.zeros(3, np.float32)) is None


def test_brier_score_equals_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    label, probability = (rng.random(500) < 0.3).astype(np.int8), rng.random(500)

    assert brier_score(label, probability) == pytest.approx(brier_score_loss(label, probability))


def test_calibration_error_weighs_bins_by_rows() -> None:
    label = np.array([1, 0, 0, 0], np.int8)
    probability = np.array([0.95, 0.05, 0.05, 0.45])

    # Gaps 0.05, 0.05 twice, 0.45, each a quarter of the rows.
    assert expected_calibration_error(label, probability) == pytest.approx(0.15)


def test_probability_one_falls_into_the_last_bin() -> None:
    bins = reliability_bins(np.array([1], np.int8), np.array([1.0]))

    assert (bins[0].low, bins[0].high, bins[0].rows) == (0.9, 1.0, 1)
