"""Comparisons: not enough data is said as such, limits are the policy's or the feature's own."""

from __future__ import annotations

import numpy as np
import pytest

from expectations.features import Feature
from expectations.tables.gold_drift import DRIFT_REASONS
from ml.drift.comparison import Comparison, compare
from ml.drift.left_out import DAY_S, REASONS, why_left_out
from ml.drift.rules import DriftRules
from ml.drift.sketch import Float64, bins_of
from ml.drift.verdict import Verdict
from ml.policy import Policy
from tests.support.drift_windows import windows_of

RULES = DriftRules()
HOURS = 24 * RULES.days


def _compare(values: Float64, rules: DriftRules = RULES) -> Comparison:
    """Hourly values of all windows, the oldest first; NaN is no value."""
    ages = (len(values) - 1 - np.arange(len(values))) // 24
    present = np.isfinite(values)
    return compare(windows_of(ages[present], values[present], rules), rules)


def _noise(seed: int = 1) -> Float64:
    return np.random.default_rng(seed).normal(70.0, 1.0, HOURS)


def test_the_same_process_does_not_drift() -> None:
    found = _compare(_noise())

    assert (found.verdict, found.reasons) == (Verdict.NO_DRIFT, ())
    assert (found.rows, found.reference_rows) == (168, 12 * 168)


def test_a_week_shifted_by_0_8_deviations_drifts_with_its_reasons() -> None:
    values = _noise()
    values[-168:] += 0.8

    found = _compare(values)

    assert found.verdict is Verdict.DRIFT
    assert {"ks", "psi"} <= set(found.reasons)
    assert found.limits == RULES.limits


def test_a_feature_whose_weeks_differ_anyway_has_wider_limits() -> None:
    values = _noise() + np.repeat(np.random.default_rng(2).normal(0, 1.5, RULES.days // 7), 168)

    found = _compare(values)

    assert found.limits is not None
    assert found.limits.psi > RULES.limits.psi
    assert found.verdict is Verdict.NO_DRIFT


def test_the_limit_is_the_quantile_of_each_week_against_the_others() -> None:
    values = np.concatenate([np.zeros(168), np.ones(3 * 168), np.zeros(168)])  # weeks 0, 1, 1, 1 then the newest

    found = _compare(values, DriftRules(reference_windows=4, minimum_windows=2, own_quantile=1.0))

    assert found.limits is not None
    assert found.limits.ks == 1.0  # the first week against three weeks of ones


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.append(_noise()[168:], np.full(168, np.nan)), "no_values"),
        (np.append(_noise()[168:], np.append(np.full(100, np.nan), np.full(68, 70.0))), "few_rows"),
        (_noise()[-168:], "no_reference"),
        (np.append(np.full(HOURS - 168, np.nan), _noise()[:168]), "no_reference"),
        (_noise()[-4 * 168 :], "few_weeks"),
        (np.append(np.full(HOURS - 168, 3.0), _noise()[:168]), "constant_reference"),
        (np.full(HOURS, 3.0), "constant_reference"),
    ],
    ids=["all missing", "most missing", "young", "reference missing", "four weeks", "constant before", "constant"],
)
def test_too_little_is_insufficient_and_has_no_distance(values: Float64, reason: str) -> None:
    found = _compare(values)

    assert (found.verdict, found.reasons) == (Verdict.INSUFFICIENT_DATA, (reason,))
    assert (found.found, found.limits) == (None, None)
    assert reason in DRIFT_REASONS


def test_no_row_at_all_is_insufficient() -> None:
    found = _compare(np.full(HOURS, np.nan))

    assert (found.verdict, found.reasons, found.rows) == (Verdict.INSUFFICIENT_DATA, ("no_values",), 0)


def test_bins_far_apart_and_bins_near_are_counted_alike() -> None:
    values = np.random.default_rng(5).normal(0, 1, 500)  # both signs: a range of bins too wide to look up
    ages = np.arange(500) // 24 % 14

    wide = np.diff(windows_of(ages, values, DriftRules(reference_windows=1)), prepend=0.0)

    expected = [np.unique(bins_of(values[ages // 7 == window]), return_counts=True)[1] for window in (0, 1)]
    assert [row[row > 0].tolist() for row in wide] == [counts.tolist() for counts in expected]
    assert wide.sum() == 500


@pytest.mark.parametrize(
    ("kind", "window_s", "reason"),
    [
        ("hours_since", 0, "grows"),
        ("attribute", 0, "master_data"),
        ("level", 0, "master_data"),
        ("window", 28 * DAY_S, "long_window"),
        ("event_count", 7 * DAY_S, "long_window"),
        ("window", 3 * DAY_S, ""),
        ("window", 3600, ""),
    ],
)
def test_features_that_drift_by_nature_are_left_out_by_rule(kind: str, window_s: int, reason: str) -> None:
    assert why_left_out(Feature("x", kind, "1", window_s=window_s), 7) == reason
    assert reason in (*REASONS, "")


def test_the_rules_are_the_policy_s() -> None:
    rules = DriftRules.of(Policy(drift_window_days=14, drift_kl_limit=0.1))

    assert (rules.window_days, rules.limits.kl, rules.days) == (14, 0.1, 182)
