"""The bench of the challenger's gate: its simulated pairs are what they say, and worse models hardly ever pass."""

from __future__ import annotations

import numpy as np
import pytest

from bench.gate import FAILURES, MACHINE_YEARS, Case, cases, main, pair, promoted
from ml.policy import Policy


def test_simulated_pairs_have_the_recalls_the_shared_outcomes_and_the_false_alarms_that_they_say() -> None:
    rng, case = np.random.default_rng(5), Case("half", 0.75, 6.0, 3.0)

    pairs = [pair(case, rng) for _ in range(400)]

    caught = [(each.champion.caught, each.challenger.caught) for each in pairs]
    old, new, differing = np.mean([(a.mean(), b.mean(), (a != b).mean()) for a, b in caught], axis=0)
    alarms = np.mean([(each.champion.false_episodes, each.challenger.false_episodes) for each in pairs], axis=0)
    assert (old.round(2), new.round(2)) == (0.85, 0.75)
    # 0.8 x 0.1 where the draw is one, 0.2 x (0.85 x 0.25 + 0.15 x 0.75) where it is not.
    assert abs(differing - 0.145) < 0.01
    assert np.abs(alarms / MACHINE_YEARS - (6.0, 3.0)).max() < 0.2


def test_a_worse_model_is_hardly_ever_promoted_and_an_equal_one_with_half_the_alarms_mostly() -> None:
    worse, quieter, *_ = cases(6.0, is_aimed=True)

    assert promoted(worse, 60, Policy()).hits <= 3
    assert promoted(quieter, 60, Policy()).hits >= 45


def test_the_bench_prints_each_case_with_its_denominator(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--small"]) == 0

    printed = capsys.readouterr().out
    assert printed.count("/40 = ") == 5
    assert f"{FAILURES} failures" in printed
