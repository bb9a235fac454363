"""Distances: zero for equal windows, finite for empty bins, blind to how far an outlier is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy, norm

from ml.drift.distances import MEASURES, distances
from ml.drift.kl_divergence import kl_divergence
from ml.drift.ks_distance import ks_distance
from ml.drift.proportions import proportions
from ml.drift.psi import psi
from ml.drift.rules import DriftRules
from ml.drift.sketch import Float64, Int64
from tests.support.drift_windows import windows_of

ROWS = 200_000
COUNTS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=12).filter(
    lambda rows: any(r for r, _ in rows) and any(c for _, c in rows)
)


def _of(reference: Float64, current: Float64) -> dict[str, float]:
    ages = np.repeat([7, 0], [len(reference), len(current)])
    newest, before = windows_of(ages, np.concatenate([reference, current]), DriftRules(reference_windows=1))
    return dict(zip(MEASURES, distances(before, newest[None, :], before[None, :])[0].tolist(), strict=True))


def _columns(rows: list[tuple[int, int]]) -> tuple[Int64, Int64]:
    table = np.array(rows, dtype=np.int64)
    return table[:, 0], table[:, 1]


@given(COUNTS)
def test_psi_is_both_divergences_and_the_same_in_both_directions(rows: list[tuple[int, int]]) -> None:
    reference, current = _columns(rows)

    both = kl_divergence(reference, current) + kl_divergence(current, reference)

    assert float(psi(reference, current)) == pytest.approx(float(both), abs=1e-12)
    assert float(psi(current, reference)) == pytest.approx(float(both), abs=1e-12)


@given(COUNTS)
def test_divergence_is_the_one_of_scipy_and_never_infinite(rows: list[tuple[int, int]]) -> None:
    reference, current = _columns(rows)

    found = float(kl_divergence(reference, current))

    assert found == pytest.approx(float(entropy(proportions(current), proportions(reference))), abs=1e-12)
    assert np.isfinite(found)


@given(COUNTS)
def test_a_window_like_the_reference_has_no_distance(rows: list[tuple[int, int]]) -> None:
    reference = np.cumsum(_columns(rows)[0], dtype=np.float64)

    assert distances(reference, reference[None, :], reference[None, :]).tolist() == [[0.0, 0.0, 0.0]]


def test_direction_of_the_divergence_is_current_from_reference() -> None:
    reference, current = np.array([98, 1, 1]), np.array([50, 25, 25])

    assert float(kl_divergence(reference, current)) > float(kl_divergence(current, reference))


@pytest.mark.parametrize("shift", [0.2, 0.5, 0.8])
def test_shifts_of_normal_windows_have_the_distances_of_theory(shift: float) -> None:
    rng = np.random.default_rng(3)

    found = _of(rng.normal(0, 1, ROWS), rng.normal(shift, 1, ROWS))

    assert found["ks"] == pytest.approx(2 * norm.cdf(shift / 2) - 1, abs=0.01)
    assert found["psi"] == pytest.approx(shift**2, rel=0.1)
    assert found["kl"] == pytest.approx(shift**2 / 2, rel=0.1)


def test_how_far_an_outlier_is_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    reference, current = rng.normal(0, 1, 50_000), rng.normal(0.5, 1, 5_000)
    near, far = (_of(reference, np.append(current, outlier)) for outlier in (10.0, 1e300))

    assert near == far
    assert near["psi"] > 0.2


def test_cumulative_distance_of_windows_is_computed_window_by_window() -> None:
    reference, windows = np.array([4.0, 8.0]), np.array([[1.0, 1.0], [1.0, 2.0]])

    assert ks_distance(reference, windows).tolist() == [0.5, 0.0]
