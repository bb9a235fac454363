"""Probabilities beside the best that the truth allows."""

from __future__ import annotations

import numpy as np

from bench.true_probability import best_rising, lines_of_probability
from ml.evaluation.block_frequency import block_frequencies
from ml.evaluation.metrics import brier_score
from tests.support.plant_frames import POLICY, plant_model


def test_no_rising_map_of_a_score_has_a_lower_brier_score() -> None:
    rng = np.random.default_rng(5)
    score = rng.normal(size=3_000).astype(np.float32)
    label = (rng.random(3_000) < 1 / (1 + np.exp(-2 * score))).astype(np.int8)

    best = brier_score(label, best_rising(score, label))

    assert all(
        best <= brier_score(label, 1 / (1 + np.exp(-(slope * score.astype(np.float64) + shift))))
        for slope in (0.0, 0.5, 2.0, 4.0)
        for shift in (-1.0, 0.0, 1.0)
    )


def test_a_true_state_that_knows_everything_has_skill_one_and_every_block_right() -> None:
    failure = plant_model().failure
    assert failure is not None
    found = failure.evaluation
    rows = found.held_out.rows
    truth = (rows.label == 1).astype(np.float32)

    skill, ratios = lines_of_probability(found, truth, POLICY)

    assert "by the true state 1.00" in skill
    known = tuple(block.failures_known for block in found.blocks)
    exact = block_frequencies(rows, found.held_out.block, truth.astype(np.float64), known)
    assert all(block.predicted == block.observed for block in exact)
    later = sum(block.failures_known >= POLICY.transfer_failures and block.observed > 0 for block in exact)
    assert f"{later} of {later} within" in ratios.split("true state: ")[1]
