"""The threshold that costs least on held-out episodes, with the whole curve."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from expectations.plant.plant_profile import Costs
from ml.data.dataset import Float32
from ml.errors import TooLittleDataError
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.outcome import EventOutcome, event_cost

Real = TypeVar("Real", np.float32, np.float64)

CURVE_POINTS, FINE_POINTS = 150, 40
"""Candidates over all scores, and in the gap round the cheapest of them."""


@dataclass(frozen=True, slots=True)
class CostPoint:
    """What one threshold would have cost.

    Attributes:
        threshold: Alarm when the score is at or above it (a margin in practice).
        caught: Failures caught; a fraction is legal in reference cases.
        missed: Failures missed.
        false_alarms: Alarms that ended with neither failure nor intervention.
        cost: Money over the period evaluated.
        vain_calls: Raises and repeats that are paid as inspections.
        intervened: Alarms that ended by an intervention.
    """

    threshold: float
    caught: float
    missed: float
    false_alarms: float
    cost: float
    vain_calls: float = 0.0
    intervened: float = 0.0


@dataclass(frozen=True, slots=True)
class CostCurve:
    """Costs of all candidate thresholds, ascending, beside the two policies without a model."""

    points: tuple[CostPoint, ...]
    never: float
    always: float

    @property
    def best(self) -> CostPoint:
        """The cheapest point; of the longest run of equally cheap ones the middle."""
        return cheapest(self.points)


def cost_point(threshold: float, caught: float, missed: float, false_alarms: float, costs: Costs) -> CostPoint:
    """The point of the curve at one threshold."""
    cost = event_cost(caught, missed, false_alarms, costs)
    return CostPoint(threshold, caught, missed, false_alarms, cost)


def cheapest(points: Sequence[CostPoint]) -> CostPoint:
    """The point of least cost; in the middle of the longest run of neighbours with that cost.

    The middle of a plateau is the farthest from where the held-out rows say it gets dearer.
    """
    if not points:
        raise TooLittleDataError("a cost curve without points has no cheapest one")
    least = min(point.cost for point in points)
    runs: list[list[CostPoint]] = [[]]
    for point in points:
        if point.cost == least:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    longest = max(runs, key=len)
    return longest[len(longest) // 2]


def cost_curve(evaluator: EpisodeEvaluator, margins: Float32, costs: Costs) -> CostCurve:
    """Cost of each candidate threshold on the rows that ``evaluator`` holds, dense round the cheapest.

    Candidates first lie at ranks of the rows, which leaves gaps where alarms are rare; the gap round the cheapest is
    then filled.
    """

    def priced(found: Float32) -> tuple[CostPoint, ...]:
        return tuple(outcome_point(float(at), evaluator.evaluate(margins >= at), costs) for at in found)

    points = priced(candidates(margins))
    place = points.index(cheapest(points))
    low, high = points[max(place - 1, 0)].threshold, points[min(place + 1, len(points) - 1)].threshold
    points = tuple(sorted((*points, *priced(between(margins, low, high))), key=lambda point: point.threshold))
    nobody = np.zeros(len(margins), dtype=np.bool_)
    return CostCurve(points, evaluator.evaluate(nobody).cost(costs), evaluator.evaluate(~nobody).cost(costs))


def cost_at(threshold: float, curve: CostCurve) -> CostPoint:
    """The point of the least candidate that is no lower than a threshold; the last where none is."""
    place = bisect_left([point.threshold for point in curve.points], threshold)
    return curve.points[min(place, len(curve.points) - 1)]


def candidates(margins: NDArray[Real]) -> NDArray[Real]:
    """Distinct scores at ranks that lie dense at the top, where alarms are; ascending."""
    ranks = np.geomspace(1, len(margins), CURVE_POINTS).astype(np.int64)
    return np.unique(-np.sort(-margins)[np.unique(ranks) - 1])


def between(margins: Float32, low: float, high: float) -> Float32:
    """At most `FINE_POINTS` of the distinct scores strictly between two, at even ranks; ascending.

    >>> between(np.array([3, 1, 2, 2, 5], np.float32), 1.0, 5.0).tolist()
    [2.0, 3.0]
    """
    inside = np.unique(margins[(margins > low) & (margins < high)])
    if len(inside) <= FINE_POINTS:
        return inside
    return inside[np.linspace(0, len(inside) - 1, FINE_POINTS).astype(np.int64)]


def formula_probability(costs: Costs, prevented: float = 1.0) -> float:
    """Probability from which one alarm pays: C_i / (C_i + e C_f - C_p).

    Act if and only if p (e C_f - C_p) > (1 - p) C_i; e is the fraction of failures that acting prevents.
    At the plant's own prices: used where failures are too few to price thresholds by.
    Source: expected cost of the two acts; Elkan, The foundations of cost-sensitive learning, IJCAI 2001.

    >>> formula_probability(Costs())
    0.04
    """
    gain = prevented * costs.missed_failure - costs.planned_repair
    return costs.false_alarm / (costs.false_alarm + gain)


def outcome_point(threshold: float, outcome: EventOutcome, costs: Costs) -> CostPoint:
    """The point of the curve of an outcome, at the prices of each machine's model."""
    hits = int(outcome.caught.sum())
    missed = len(outcome.caught) - hits
    counts = outcome.counts
    return CostPoint(threshold, hits, missed, counts.false, outcome.cost(costs), counts.vain_calls, counts.intervened)
