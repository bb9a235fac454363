"""Paired comparison: the same failures, or none."""

from __future__ import annotations

import numpy as np
import pytest

from ml.errors import LeakError
from ml.evaluation.paired import Pair, paired_lower_bound, recall_difference_bound
from tests.support.event_outcomes import outcome


def bound(champion: tuple[int, int], challenger: tuple[int, int]) -> float:
    pair = Pair(outcome(*champion, 0), outcome(*challenger, 0))
    rng = np.random.default_rng(0)
    return recall_difference_bound(pair, confidence=0.95, rounds=4_000, rng=rng)


def test_other_failures_are_not_a_pair() -> None:
    with pytest.raises(LeakError, match="same rows"):
        Pair(outcome(3, 0, 0), outcome(2, 0, 0))


def test_other_time_under_watch_is_not_a_pair() -> None:
    with pytest.raises(LeakError, match="same rows"):
        Pair(outcome(3, 0, 0, machine_years=1.0), outcome(3, 0, 0, machine_years=2.0))


def test_identical_outcomes_leave_no_doubt() -> None:
    assert bound((40, 10), (40, 10)) == 0.0


def test_bound_agrees_with_the_normal_approximation() -> None:
    # 20 of 200 pairs lost: mean -0.1, deviation sqrt(0.1 - 0.01), 1.645 deviations of the mean down.
    expected = -0.1 - 1.645 * np.sqrt(0.09 / 200)

    assert bound((180, 20), (160, 40)) == pytest.approx(expected, abs=0.006)


def test_pairing_is_tighter_than_two_independent_shares() -> None:
    rng = np.random.default_rng(1)
    champion = rng.random(200) < 0.85
    challenger = champion.copy()
    apart = rng.permutation(challenger)

    paired = paired_lower_bound(champion, challenger, 0.95, 2_000, np.random.default_rng(2))
    unpaired = paired_lower_bound(champion, apart, 0.95, 2_000, np.random.default_rng(2))

    assert paired > unpaired


def test_no_failure_gives_no_confidence() -> None:
    assert bound((0, 0), (0, 0)) == -1.0
