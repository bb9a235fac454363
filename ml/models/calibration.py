"""From margins to probabilities: Platt's line or an isotonic step function, stored as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, log

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from ml.data.dataset import Float64
from ml.errors import TooLittleDataError

NEWTON_STEPS = 100

LEAST_SLOPE = 1e-3
"""Below, the greatest margins move a probability by less than it can be shown: the margins carry no information."""

LEAST_LOGIT, KNOTS = -12.0, 129
"""Where the knots of a bounded line begin, and their number: between them it differs by less than 0.001."""


@dataclass(frozen=True, slots=True)
class Calibrator:
    """A rising map from margin to probability.

    ``platt``: 1 / (1 + exp(-(slope * margin + intercept))).
    ``isotonic``: straight lines between the knots, flat outside them.

    A slope of 0 says that the margins carry no information: every row gets the base rate.

    Attributes:
        kind: How a probability is computed.
        slope: Of the line.
        intercept: Of the line.
        knot_margins: Of the steps; a line that is bounded is written as knots too.
        knot_probabilities: One for each knot.
        fitted_rows: Rows that it was fitted on.
        fitted_positives: Rows with label 1 among them.
        fitted_failures: Distinct failures among them.
        method: How it was fitted: ``platt``, ``isotonic``, or ``none`` for the booster's own probability.
    """

    kind: str
    slope: float = 1.0
    intercept: float = 0.0
    knot_margins: tuple[float, ...] = ()
    knot_probabilities: tuple[float, ...] = ()
    fitted_rows: int = 0
    fitted_positives: int = 0
    fitted_failures: int = 0
    method: str = "none"

    def bounded(self, failures: int) -> Calibrator:
        """The same with no probability above `greatest_probability`, fitted on as many distinct failures."""
        most = greatest_probability(failures)
        if self.kind == "isotonic":
            knots = tuple(min(one, most) for one in self.knot_probabilities)
            return replace(self, knot_probabilities=knots, fitted_failures=failures)
        logit = log(most / (1 - most))
        if self.slope == 0:
            return replace(self, intercept=min(self.intercept, logit), fitted_failures=failures)
        at = np.linspace(LEAST_LOGIT, logit, KNOTS)
        return replace(
            self,
            kind="isotonic",
            slope=0.0,
            intercept=0.0,
            knot_margins=tuple(((at - self.intercept) / self.slope).tolist()),
            knot_probabilities=tuple(sigmoid(at).tolist()),
            fitted_failures=failures,
        )

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


def greatest_probability(failures: int) -> float:
    """The greatest probability that so many failures, all of them predicted, support.

    Source: Laplace's rule of succession, (n + 1) / (n + 2).

    >>> greatest_probability(20), greatest_probability(0)
    (0.9545454545454546, 0.5)
    """
    return (failures + 1) / (failures + 2)


def uncalibrated(failures: int) -> Calibrator:
    """The booster's own probability, bounded by the failures on record: too few to fit anything."""
    return UNCALIBRATED.bounded(failures)


def fit_calibrator(
    margins: NDArray[np.float32], label: NDArray[np.int8], failures: int, isotonic_failures: int
) -> Calibrator:
    """Platt's line or isotonic steps by the number of failures, bounded by it.

    Rows of one failure are nearly one observation, so failures count, not rows.

    Args:
        margins: Of rows that the booster has not learnt from, shape (n,).
        label: 1, 0, or less where it is unknown: such rows are left out, shape (n,).
        failures: Distinct failures among the rows.
        isotonic_failures: From so many on the steps are isotonic.

    Raises:
        TooLittleDataError: One class is missing.
    """
    margins, label = margins[label >= 0], label[label >= 0]
    positives = int((label == 1).sum())
    if positives in (0, len(label)):
        raise TooLittleDataError(
            f"{positives} positives in {len(label)} rows cannot calibrate: both classes are needed"
        )
    is_isotonic = failures >= isotonic_failures
    fitted = fit_isotonic(margins, label) if is_isotonic else fit_platt(margins, label, failures)
    return fitted.bounded(failures)


def fit_platt(margins: NDArray[np.float32], label: NDArray[np.int8], failures: int) -> Calibrator:
    """Platt's line by Newton's method; the booster's own probability counts as one failure beside those seen.

    With few failures the line is drawn towards the booster's own, with many it is Platt's.

    Source: Platt 1999; Lin, Lin & Weng, Machine Learning 68 (2007). Targets of theirs are smoothed by the number of
    rows, which are no independent observations here.
    """
    own = sigmoid(margins.astype(np.float64))
    target = (failures * (label == 1) + own) / (failures + 1)
    mean = float(target.mean())
    design = np.column_stack([margins.astype(np.float64), np.ones(len(label))])
    base = log(mean / (1 - mean))
    weights = np.array([0.0, base])
    for _ in range(NEWTON_STEPS):
        step = _newton_step(design, target, weights)
        weights = weights + step
        if np.abs(step).max() < 1e-10:
            break
    slope, intercept = (float(weight) for weight in weights)
    if slope <= LEAST_SLOPE:
        slope, intercept = 0.0, base
    return Calibrator("platt", slope, intercept, (), (), len(label), int((label == 1).sum()), failures, "platt")


def fit_isotonic(margins: NDArray[np.float32], label: NDArray[np.int8]) -> Calibrator:
    """Isotonic steps by pooling adjacent violators, one knot at each end of each step.

    Source: Ayer et al., Annals of Mathematical Statistics 26 (1955), as scikit-learn fits it.
    """
    fitted = IsotonicRegression().fit(margins.astype(np.float64), label)
    margins_at, probabilities = tuple(fitted.X_thresholds_.tolist()), tuple(fitted.y_thresholds_.tolist())
    positives = int((label == 1).sum())
    return Calibrator("isotonic", 0.0, 0.0, margins_at, probabilities, len(label), positives, method="isotonic")


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
