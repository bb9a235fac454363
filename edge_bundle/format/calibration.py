"""From a score to a probability for people. Alarms never compare it: ``exp`` differs between libcs."""

import math
from bisect import bisect_right
from dataclasses import dataclass

from edge_bundle.format.bounds import MAX_KNOTS

PLATT = "platt"
ISOTONIC = "isotonic"
KINDS = (PLATT, ISOTONIC)


@dataclass(frozen=True)
class Calibration:
    """A map from one model's score to probability, fitted by the trainer.

    Attributes:
        model: Name of the model.
        kind: ``platt``: 1 / (1 + exp(-(slope * score + intercept))); ``isotonic``: straight lines
            between the knots, flat outside them.
        slope: Of platt; 0 otherwise.
        intercept: Of platt; 0 otherwise.
        knot_scores: Of isotonic, never falling; empty otherwise.
        knot_probabilities: One per knot, 0 to 1.
    """

    model: str
    kind: str
    slope: float
    intercept: float
    knot_scores: tuple[float, ...]
    knot_probabilities: tuple[float, ...]

    def is_legal(self) -> bool:
        """Whether the fields hold what ``kind`` asks for."""
        scores, shares = self.knot_scores, self.knot_probabilities
        rising = all(scores[at - 1] <= scores[at] for at in range(1, len(scores)))
        if len(scores) > MAX_KNOTS or not all(map(_is_steep_at_most, scores, scores[1:], shares, shares[1:])):
            return False
        knots = len(scores) == len(shares) and rising and all(0.0 <= share <= 1.0 for share in shares)
        if self.kind == PLATT:
            return not scores and not shares
        return self.kind == ISOTONIC and knots and len(scores) >= 1 and self.slope == self.intercept == 0.0

    def probability(self, score: float) -> float:
        """The calibrated probability of ``score``."""
        if self.kind == PLATT:
            return sigmoid(self.slope * score + self.intercept)
        if score < self.knot_scores[0]:
            return self.knot_probabilities[0]
        at = bisect_right(self.knot_scores, score) - 1
        if at + 1 == len(self.knot_scores):
            return self.knot_probabilities[-1]
        rise = self.knot_probabilities[at + 1] - self.knot_probabilities[at]
        steepness = rise / (self.knot_scores[at + 1] - self.knot_scores[at])
        return steepness * (score - self.knot_scores[at]) + self.knot_probabilities[at]


def _is_steep_at_most(score: float, next_score: float, share: float, next_share: float) -> bool:
    """Whether a line between two knots has a slope that is a number; two knots at one score have no line."""
    run = next_score - score
    return run == 0.0 or math.isfinite((next_share - share) / run)


def sigmoid(value: float) -> float:
    """1 / (1 + exp(-value)) without overflow."""
    if value >= 0.0:
        return 1.0 / (1.0 + math.exp(-value))
    grown = math.exp(value)
    return grown / (1.0 + grown)
