"""Calibration: rising maps from margins to probabilities, and back."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.data.dataset import Float32
from ml.errors import TooLittleDataError
from ml.models.calibration import (
    UNCALIBRATED,
    Calibrator,
    fit_calibrator,
    fit_isotonic,
    fit_platt,
    sigmoid,
)


def drawn(rows: int, slope: float, intercept: float) -> tuple[Float32, np.ndarray]:
    """Margins whose labels follow a known line."""
    rng = np.random.default_rng(3)
    margins = rng.normal(0, 2, rows).astype(np.float32)
    label = rng.random(rows) < sigmoid(slope * margins.astype(np.float64) + intercept)
    return margins, label.astype(np.int8)


def test_platt_finds_the_line_that_drew_the_labels() -> None:
    fitted = fit_platt(*drawn(40_000, 0.7, -2.0), failures=10_000)

    assert (fitted.slope, fitted.intercept) == pytest.approx((0.7, -2.0), abs=0.06)


def test_the_fewer_the_failures_the_nearer_is_the_line_to_the_boosters_own() -> None:
    slopes = [fit_platt(*drawn(40_000, 0.3, 0.0), failures=failures).slope for failures in (0, 3, 30, 3_000)]

    assert slopes[0] == pytest.approx(1.0, abs=1e-6)
    assert slopes == sorted(slopes, reverse=True)
    assert slopes[-1] == pytest.approx(0.3, abs=0.02)


def test_platt_stays_finite_where_margins_separate_the_classes() -> None:
    margins = np.linspace(-1, 1, 40).astype(np.float32)

    fitted = fit_platt(margins, (margins > 0).astype(np.int8), failures=20)

    assert 0 < fitted.probability_of(-1.0) < 0.1
    assert 0.9 < fitted.probability_of(1.0) < 1


def test_margins_that_rank_the_wrong_way_give_the_base_rate() -> None:
    margins, label = drawn(2_000, -1.0, -1.0)

    fitted = fit_platt(margins, label, failures=500)

    assert fitted.slope == 0.0
    assert fitted.probability_of(5.0) == pytest.approx(label.mean(), abs=0.01)
    assert fitted.margin_for(0.99) == inf


def pooled(margins: Float32, label: np.ndarray) -> dict[float, float]:
    """Adjacent violators pooled by hand, in whole numbers: each end of each step, and its share of positives."""
    blocks: list[tuple[float, float, int, int]] = []
    for value in np.unique(margins):
        rows = margins == value
        blocks.append((float(value), float(value), int(label[rows].sum()), int(rows.sum())))
        while len(blocks) > 1 and blocks[-2][2] * blocks[-1][3] >= blocks[-1][2] * blocks[-2][3]:
            upper, lower = blocks.pop(), blocks.pop()
            blocks.append((lower[0], upper[1], lower[2] + upper[2], lower[3] + upper[3]))
    return {end: hits / count for low, high, hits, count in blocks for end in (low, high)}


def test_isotonic_steps_are_those_of_pooling_by_hand() -> None:
    margins, label = drawn(3_000, 1.0, -1.0)
    by_hand = pooled(margins, label)

    fitted = fit_isotonic(margins, label)

    assert fitted.knot_margins == tuple(by_hand)
    assert fitted.knot_probabilities == pytest.approx(tuple(by_hand.values()), abs=1e-15)
    assert len(by_hand) > 10


def test_equal_margins_get_one_probability() -> None:
    fitted = fit_isotonic(np.array([0, 1, 1], np.float32), np.array([0, 0, 1], np.int8))

    assert fitted.knot_margins == (0.0, 1.0)
    assert fitted.knot_probabilities == (0.0, 0.5)


@pytest.mark.parametrize(("failures", "method"), [(200, "isotonic"), (199, "platt")])
def test_number_of_failures_decides_the_method_and_not_that_of_rows(failures: int, method: str) -> None:
    assert fit_calibrator(*drawn(4_000, 1.0, 0.0), failures, 200).method == method


@pytest.mark.parametrize("failures", [1, 20, 250])
def test_no_probability_is_greater_than_so_many_failures_support(failures: int) -> None:
    """By hand: all of 20 failures predicted gives 21 / 22."""
    margins = np.linspace(-1, 1, 400).astype(np.float32)

    fitted = fit_calibrator(margins, (margins > 0).astype(np.int8), failures, 200)

    assert fitted.probability_of(1e6) <= (failures + 1) / (failures + 2) < 1
    assert fitted.margin_for(0.9999) == inf


def test_a_bounded_line_is_the_line_below_its_bound() -> None:
    line = Calibrator("platt", 0.7, -2.0)
    margins = np.linspace(-12.0, 6.0, 1_001).astype(np.float32)

    bounded = line.bounded(20)

    free = line.probability(margins)
    assert np.abs(bounded.probability(margins) - np.minimum(free, 21 / 22)).max() < 1e-3
    assert bounded.margin_for(0.5) == pytest.approx(2.0 / 0.7, abs=1e-2)


def test_one_class_cannot_calibrate() -> None:
    with pytest.raises(TooLittleDataError, match="both classes"):
        fit_calibrator(np.zeros(5, np.float32), np.zeros(5, np.int8), 0, 200)


def test_uncalibrated_is_the_boosters_own_probability() -> None:
    assert UNCALIBRATED.probability_of(0.0) == 0.5


@given(st.floats(0.01, 0.99), st.floats(0.1, 5), st.floats(-3, 3))
def test_platt_margin_for_is_the_inverse_of_probability(probability: float, slope: float, intercept: float) -> None:
    fitted = Calibrator("platt", slope, intercept)

    margin = np.array([fitted.margin_for(probability)])

    assert sigmoid(slope * margin + intercept)[0] == pytest.approx(probability, abs=1e-9)


def test_isotonic_margin_for_is_the_least_margin_that_reaches_it() -> None:
    fitted = Calibrator("isotonic", 0.0, 0.0, (0.0, 1.0, 2.0), (0.1, 0.1, 0.9))

    assert fitted.margin_for(0.5) == pytest.approx(1.5)
    assert fitted.margin_for(0.05) == -inf
    assert fitted.margin_for(0.95) == inf
