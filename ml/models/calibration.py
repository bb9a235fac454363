"""From margins to probabilities: Platt's line or an isotonic step function, stored as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from ml.data.dataset import Float64
from ml.errors import TooLittleDataError

ISOTONIC_POSITIVES = 1_000
"""Fewer positives make isotonic steps overfit. Source: Niculescu-Mizil & Caruana, ICML 2005."""

NEWTON_STEPS = 100


@dataclass(frozen=True, slots=True)
class Calibrator:
    """A rising map from margin to probability.

    ``platt``: 1 / (1 + exp(-(slope * margin + intercept))).
    ``isotonic``: straight lines between the knots, flat outside them.

    A slope of 0 says that the margins carry no information: every row gets the base rate.
    """

    kind: str
    slope: float = 1.0
    intercept: float = 0.0
    knot_margins: tuple[float, ...] = ()
    knot_probabilities: tuple[float, ...] = ()
    fitted_rows: int = 0
    fitted_positives: int = 0

    def probability(self, margins: NDArray[np.float32]) -> Float64:
        """Calibrated probabilities, float64, shape (n,)."""
        wide = margins.astype(np.float64)
        if self.kind == "isotonic":
            return np.interp(wide, self.knot_margins, self.knot_probabilities)
        return sigmoid(self.slope * wide + self.intercept)

    def probability_of(self, margin: float) -> float:
        """Calibrated probability at one margin."""
        return float(self.probability(np.array([margin], dtype=np.float32))[0])

    def margin_for(self, probability: float) -> float:
        """Least margin whose probability reaches ``probability``; inf where none does."""
        if self.kind == "isotonic":
            return self._knot_margin_for(probability)
        if self.slope == 0:
            return -inf if sigmoid(np.array([self.intercept]))[0] >= probability else inf
        return (log(probability / (1 - probability)) - self.intercept) / self.slope

    def _knot_margin_for(self, probability: float) -> float:
        reached = np.flatnonzero(np.asarray(self.knot_probabilities) >= probability)
        if not reached.size:
            return inf
        above = int(reached[0])
        if above == 0:
            return -inf
        x, y = self.knot_margins, self.knot_probabilities
        part = (probability - y[above - 1]) / (y[above] - y[above - 1])
        return x[above - 1] + part * (x[above] - x[above - 1])


UNCALIBRATED = Calibrator("platt")
"""The booster's own probability: what there is before any held-out block is known."""


def fit_calibrator(margins: NDArray[np.float32], label: NDArray[np.int8]) -> Calibrator:
    """Platt or isotonic by the number of positives, of the rows with a label; later than the training rows.

    Raises:
        TooLittleDataError: One class is missing.
    """
    margins, label = margins[label >= 0], label[label >= 0]
    positives = int((label == 1).sum())
    if positives in (0, len(label)):
        raise TooLittleDataError(
            f"{positives} positives in {len(label)} rows cannot calibrate: both classes are needed"
        )
    fit = fit_isotonic if positives >= ISOTONIC_POSITIVES else fit_platt
    return fit(margins, label)


def fit_platt(margins: NDArray[np.float32], label: NDArray[np.int8]) -> Calibrator:
    """Platt's line by Newton's method on smoothed targets.

    Source: Platt 1999; Lin, Lin & Weng, Machine Learning 68 (2007).
    """
    positives = int((label == 1).sum())
    negatives = len(label) - positives
    target = np.where(label == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    design = np.column_stack([margins.astype(np.float64), np.ones(len(label))])
    weights = np.array([0.0, log((positives + 1) / (negatives + 1))])
    for _ in range(NEWTON_STEPS):
        step = _newton_step(design, target, weights)
        weights = weights + step
        if np.abs(step).max() < 1e-10:
            break
    slope, intercept = (float(weight) for weight in weights)
    if slope <= 0:
        slope, intercept = 0.0, log((positives + 1) / (negatives + 1))
    return Calibrator("platt", slope, intercept, (), (), len(label), positives)


def fit_isotonic(margins: NDArray[np.float32], label: NDArray[np.int8]) -> Calibrator:
    """Isotonic steps by pooling adjacent violators, one knot at each end of each step.

    Source: Ayer et al., Annals of Mathematical Statistics 26 (1955), as scikit-learn fits it.
    """
    fitted = IsotonicRegression().fit(margins.astype(np.float64), label)
    margins_at, probabilities = tuple(fitted.X_thresholds_.tolist()), tuple(fitted.y_thresholds_.tolist())
    return Calibrator("isotonic", 0.0, 0.0, margins_at, probabilities, len(label), int(label.sum()))


def sigmoid(x: Float64) -> Float64:
    """1 / (1 + exp(-x)) without overflow.

    >>> sigmoid(np.array([0.0, -1000.0])).tolist()
    [0.5, 0.0]
    """
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def _newton_step(design: Float64, target: Float64, weights: Float64) -> Float64:
    """Newton step of the logistic likelihood, halved until it does not lose likelihood."""
    probability = sigmoid(design @ weights)
    gradient = design.T @ (target - probability)
    curvature = (design * (probability * (1 - probability))[:, None]).T @ design
    step = np.linalg.solve(curvature + 1e-12 * np.eye(2), gradient)
    here = _log_likelihood(design @ weights, target)
    while _log_likelihood(design @ (weights + step), target) < here - 1e-12 * abs(here):
        step = step / 2
    return np.asarray(step, dtype=np.float64)


def _log_likelihood(x: Float64, target: Float64) -> float:
    return float(np.sum(target * x - np.logaddexp(0.0, x)))
