"""Numbers that describe a model, each with its denominator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtrc
from sklearn.metrics import average_precision_score, brier_score_loss, precision_recall_curve

from domain.wilson import wilson_interval
from ml.data.dataset import Float64, Mask


@dataclass(frozen=True, slots=True)
class Proportion:
    """``hits`` of ``total`` with its Wilson interval; without cases the proportion is unknown (None)."""

    hits: int
    total: int

    @property
    def value(self) -> float | None:
        """The proportion, None when ``total`` is 0."""
        return self.hits / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson 95 % interval; (0, 1) when ``total`` is 0."""
        return wilson_interval(self.hits, self.total)

    def __str__(self) -> str:
        if not self.total:
            return "unknown (0 cases)"
        low, high = self.interval
        return f"{self.hits}/{self.total} = {self.hits / self.total:.3f} [{low:.3f}, {high:.3f}]"


@dataclass(frozen=True, slots=True)
class RowMetrics:
    """Row-level figures: for work on the model, not for decisions.

    Attributes:
        rows: Number of rows evaluated.
        positives: Rows with label 1.
        average_precision: None without positives.
        brier: Mean squared error of the calibrated probability.
        expected_calibration_error: See `expected_calibration_error`.
        precision: Alarmed rows that were positive.
        recall: Positive rows that were alarmed.
    """

    rows: int
    positives: int
    average_precision: float | None
    brier: float
    expected_calibration_error: float
    precision: Proportion
    recall: Proportion


def row_metrics(label: NDArray[np.int8], score: NDArray[np.float32], probability: Float64, flags: Mask) -> RowMetrics:
    """All row-level figures of the rows that have a label; arrays of shape (n,), with a label in one row at least."""
    known = label >= 0
    label, score, probability, flags = label[known], score[known], probability[known], flags[known]
    positive = label == 1
    found = int((flags & positive).sum())
    return RowMetrics(
        rows=len(label),
        positives=int(positive.sum()),
        average_precision=average_precision(label, score),
        brier=brier_score(label, probability),
        expected_calibration_error=expected_calibration_error(label, probability),
        precision=Proportion(found, int(flags.sum())),
        recall=Proportion(found, int(positive.sum())),
    )


def poisson_at_least(count: int, mean: float) -> float:
    """Probability of ``count`` or more where ``mean`` are expected.

    Source: Poisson's law; SciPy's `pdtrc` is the complement of its distribution function, exact in the far tail too.

    >>> round(poisson_at_least(3, 1.0), 4), poisson_at_least(0, 1.0), poisson_at_least(1, 0.0)
    (0.0803, 1.0, 0.0)
    """
    return float(pdtrc(count - 1, mean)) if count > 0 and mean > 0 else float(count == 0)


def average_precision(label: NDArray[np.int8], score: NDArray[np.float32]) -> float | None:
    """Area under the precision-recall steps, tied scores taken together; None without positives.

    Source: sum over thresholds of (recall step) x precision, scikit-learn's `average_precision_score`.

    >>> average_precision(np.array([0, 1, 1], np.int8), np.array([.1, .2, .9], np.float32))
    1.0
    """
    return float(average_precision_score(label, score)) if (label == 1).any() else None


def precision_recall(label: NDArray[np.int8], score: NDArray[np.float32]) -> tuple[Float64, Float64]:
    """Precision and recall at each distinct score of rows with a label, from the highest down; needs a positive."""
    label, score = label[label >= 0], score[label >= 0]
    # Scikit-learn's go from the lowest score up, and end with a point of no threshold.
    precision, recall, _ = precision_recall_curve(label, score)
    return precision[-2::-1], recall[-2::-1]


def brier_score(label: NDArray[np.int8], probability: Float64) -> float:
    """Mean of (probability - label)^2. Source: Brier, Monthly Weather Review 78 (1950).

    >>> brier_score(np.array([1, 0], np.int8), np.array([0.5, 0.5]))
    0.25
    """
    return float(brier_score_loss(label, probability, pos_label=1))


def brier_skill(label: NDArray[np.int8], probability: Float64) -> float | None:
    """1 for perfect probabilities, 0 for the base rate of these very rows at each; None where one class is missing.

    Source: Brier skill score against the sample's climatology; Wilks, Statistical Methods in the Atmospheric Sciences.

    >>> brier_skill(np.array([1, 0], np.int8), np.array([0.75, 0.25]))
    0.75
    """
    rate = float((label == 1).mean()) if len(label) else 0.0
    return 1 - brier_score(label, probability) / (rate * (1 - rate)) if 0 < rate < 1 else None


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """One bin of a reliability diagram: mean probability against the fraction that failed."""

    low: float
    high: float
    rows: int
    positives: int
    mean_probability: float


def reliability_bins(label: NDArray[np.int8], probability: Float64, bins: int = 10) -> tuple[ReliabilityBin, ...]:
    """Non-empty bins of equal width over [0, 1], the last one closed, of the rows with a label."""
    label, probability = label[label >= 0], probability[label >= 0]
    place = np.minimum((probability * bins).astype(np.int64), bins - 1)
    found = []
    for number in np.unique(place):
        rows = place == number
        found.append(
            ReliabilityBin(
                low=float(number) / bins,
                high=float(number + 1) / bins,
                rows=int(rows.sum()),
                positives=int((label[rows] == 1).sum()),
                mean_probability=float(probability[rows].mean()),
            )
        )
    return tuple(found)


def expected_calibration_error(label: NDArray[np.int8], probability: Float64) -> float:
    """Mean distance of probability and observed fraction over ten bins, weighted by rows.

    Source: Naeini et al., AAAI 2015.

    >>> expected_calibration_error(np.array([1, 0], np.int8), np.array([0.5, 0.5]))
    0.0
    """
    bins = reliability_bins(label, probability)
    gaps = (abs(b.positives - b.rows * b.mean_probability) for b in bins)
    return float(sum(gaps) / len(label))
