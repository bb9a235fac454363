"""What the INT8 form of an autoencoder loses: order of its scores, and what it finds at as many false alarms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from ml.data.dataset import Float64


@dataclass(frozen=True, slots=True)
class Int8Loss:
    """The INT8 form beside the float form on the same rows, each with the threshold that its own scores chose.

    Attributes:
        rank_correlation: Spearman's, of the scores of the rows that neither was made from.
        rows: How many they are.
        found: What the float form finds: unusual rows, events or disturbances.
        found_int8: What the INT8 form finds of the same.
        tested: How many there are.
        most: Fraction of `found` that may be lost, excluded.
    """

    rank_correlation: float
    rows: int
    found: int
    found_int8: int
    tested: int
    most: float

    @property
    def lost_frac(self) -> float | None:
        """Fraction of what the float form finds that the other does not make up for; None where that finds nothing."""
        return max(0.0, (self.found - self.found_int8) / self.found) if self.found else None

    @property
    def is_legal(self) -> bool:
        """Whether the INT8 form may be used; one of which nothing is known may not."""
        return self.lost_frac is not None and self.lost_frac < self.most

    def __str__(self) -> str:
        lost = "unknown, for the float form finds nothing" if self.lost_frac is None else f"{self.lost_frac:.1%}"
        answer = "within its limit" if self.is_legal else "refused"
        return (
            f"INT8 form {answer}: finds {self.found_int8} where the float form finds {self.found} of {self.tested}, "
            f"loss {lost}, below {self.most:.0%} is legal; rank correlation {self.rank_correlation:.4f} on "
            f"{self.rows} rows"
        )


def rank_correlation(one: Float64, other: Float64) -> float:
    """Spearman's rank correlation, ties with the mean of their ranks; NaN for fewer than two rows or one value only.

    Source: Spearman, American Journal of Psychology 15, 1904.

    >>> rank_correlation(np.array([1.0, 5.0, 9.0]), np.array([2.0, 4.0, 3.0]))
    0.5
    """
    if len(one) < 2 or not (np.ptp(one) and np.ptp(other)):
        return float("nan")
    return float(spearmanr(one, other).statistic)
