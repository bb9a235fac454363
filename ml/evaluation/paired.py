"""Champion and challenger on the same rows and failures, none of which either has seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.data.dataset import Float64, Mask
from ml.errors import LeakError
from ml.evaluation.outcome import EventOutcome


@dataclass(frozen=True, slots=True)
class Pair:
    """Two outcomes over one set of rows.

    Raises:
        LeakError: The outcomes are not of the same failures and the same observed time.
    """

    champion: EventOutcome
    challenger: EventOutcome

    def __post_init__(self) -> None:
        old, new = self.champion, self.challenger
        same = np.array_equal(old.failures.failed_us, new.failures.failed_us)
        if not same or old.machine_years != new.machine_years:
            raise LeakError(
                f"champion was evaluated on {len(old.caught)} failures in {old.machine_years:g} "
                f"machine-years, challenger on {len(new.caught)} in {new.machine_years:g}: evaluate "
                "both on the same rows"
            )

    @property
    def failures(self) -> int:
        """Number of failures both were tested on."""
        return len(self.champion.caught)

    @property
    def recall_difference(self) -> float:
        """Challenger's recall less the champion's; 0 without failures."""
        if not self.failures:
            return 0.0
        new, old = self.challenger.caught, self.champion.caught
        return float(new.mean() - old.mean())


def recall_difference_bound(pair: Pair, *, confidence: float, rounds: int, rng: np.random.Generator) -> float:
    """One-sided lower bound of the recall difference by resampling failures in pairs.

    Source: Efron & Tibshirani 1993, percentile bootstrap of paired differences. -1 without failures.
    """
    if not pair.failures:
        return -1.0
    return paired_lower_bound(pair.champion.caught, pair.challenger.caught, confidence, rounds, rng)


def paired_lower_bound(
    champion: Mask, challenger: Mask, confidence: float, rounds: int, rng: np.random.Generator
) -> float:
    """Lower ``confidence`` bound of mean(challenger - champion), arrays of shape (n,), n > 0."""
    difference: Float64 = challenger.astype(np.float64) - champion.astype(np.float64)
    picks = rng.integers(0, len(difference), size=(rounds, len(difference)))
    return float(np.quantile(difference[picks].mean(axis=1), 1 - confidence))
