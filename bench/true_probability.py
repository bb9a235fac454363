"""How good the probabilities of a simulated plant's failure model are, beside the best that its true state allows.

Brier skill, and positives predicted by observed of each held-out block with its interval: rows of one failure are
nearly one observation, so the count of failures alone says how often such rows come. Beside them the best probabilities
that rise with the model's margin, and with the true damage: isotonic steps fitted on these very rows in hindsight have
the least Brier score of all rising maps, so no calibration of the margins does better, nor does any model that knows
the greatest damage of what signals show and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from ml.data.dataset import Float64
from ml.evaluation.block_frequency import BlockFrequency, block_frequencies
from ml.evaluation.held_out import Evaluation
from ml.evaluation.metrics import brier_skill
from ml.policy import Policy


def best_rising(score: NDArray[np.float32], label: NDArray[np.int8]) -> Float64:
    """The probabilities of least Brier score among all that rise with a score, fitted on the rows that have a label.

    Source: isotonic regression is the least squares fit of a rising map; Ayer et al., 1955.

    >>> best_rising(np.array([1, 2, 3, 4], np.float32), np.array([0, 1, 0, 1], np.int8)).tolist()
    [0.0, 0.5, 0.5, 1.0]
    """
    known = label >= 0
    fitted = IsotonicRegression(out_of_bounds="clip").fit(score[known].astype(np.float64), label[known])
    return np.asarray(fitted.predict(score.astype(np.float64)), dtype=np.float64)


def lines_of_probability(found: Evaluation, damage: NDArray[np.float32], policy: Policy) -> Iterator[str]:
    """Two lines: skill, and ratios of the blocks whose calibration knew enough failures.

    Args:
        found: Of the model.
        damage: True of each held-out row, shape (n,).
        policy: Names those blocks, and the ratios that are legal.
    """
    held = found.held_out
    label, known = held.rows.label, np.array([block.failures_known for block in found.blocks])
    of_margin, of_truth = (best_rising(score, label) for score in (held.margins, damage))
    later = (known >= policy.transfer_failures)[held.block] & (label >= 0)
    texts = []
    for name, rows in (("all blocks", label >= 0), (f"blocks with {policy.transfer_failures} failures known", later)):
        skills = (brier_skill(label[rows], each[rows]) for each in (found.probabilities, of_margin, of_truth))
        model, margin, truth = ("unknown" if skill is None else f"{skill:.2f}" for skill in skills)
        texts.append(f"{model} over {name} (by the margins in hindsight {margin}, by the true state {truth})")
    yield f"    Brier skill {', '.join(texts)}"
    of_state = block_frequencies(held.rows, held.block, of_truth, tuple(known.tolist()))
    counted = [
        pair for pair in zip(found.blocks, of_state, strict=True) if pair[0].failures_known >= policy.transfer_failures
    ]
    yield (
        f"    predicted by observed, by the failures that each count: {_ratios([one for one, _ in counted], policy)}; "
        f"true state: {_ratios([other for _, other in counted], policy)}"
    )


def _ratios(blocks: list[BlockFrequency], policy: Policy) -> str:
    low, high = policy.least_predicted_ratio, policy.most_predicted_ratio
    known = [(block, block.interval, block.ratio) for block in blocks]
    texts = [
        f"{ratio:.2f} [{interval[0]:.2f}, {interval[1]:.2f}] of {block.failures}"
        for block, interval, ratio in known
        if interval is not None and ratio is not None
    ]
    within = sum(ratio is not None and low <= ratio <= high for _, _, ratio in known)
    return f"{', '.join(texts)}: {within} of {len(texts)} within {low:g} to {high:g}"
