"""Plain rules beside the model: alarm where one figure is beyond a limit, chosen on what lay before each block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from ml.data.dataset import Dataset, Float64, Mask
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.splits import Origin
from ml.evaluation.threshold import outcome_point
from ml.policy import Policy

TAIL_HALVINGS = 12
"""Limits of a rule lie where a half, a quarter, ... of the rows are beyond them; the last 1 row in 4,096."""


@dataclass(frozen=True, slots=True)
class PlainRule:
    """One figure against a limit, evaluated on the held-out blocks.

    Attributes:
        name: The feature.
        is_above: Whether it alarms at or above its limit; else at or below.
        limits: Limit of each block, in the feature's unit.
        outcome: What its alarms did on the held-out rows.
        cost: Their money.
    """

    name: str
    is_above: bool
    limits: tuple[float, ...]
    outcome: EventOutcome
    cost: float

    @property
    def words(self) -> str:
        """The rule of the last block, for people."""
        return f"{self.name} {'>=' if self.is_above else '<='} {self.limits[-1]:.4g}"


def plain_rules(
    dataset: Dataset, names: Sequence[str], origins: tuple[Origin, ...], policy: Policy
) -> tuple[PlainRule, ...]:
    """The rules of the features that separate best before the first block, cheapest on the held-out rows first.

    Which features, and whether high or low values alarm, is chosen on the training rows of the first origin; each
    limit by the cost of its alarms on the rows before its block. So a rule knows what the model of its block knew.

    Args:
        dataset: All rows.
        names: Of the columns.
        origins: Of the evaluation; none gives no rule.
        policy: Number of rules, prices, alarms.
    """
    if not origins:
        return ()
    first = dataset.keep(origins[0].train(dataset))
    areas = np.array([_area(first.values[:, place], first.label) for place in range(len(names))])
    chosen = np.argsort(-np.abs(areas - 0.5), kind="stable")[: policy.plain_rules]
    tests = [origin.test(dataset) for origin in origins]
    tested = np.logical_or.reduce(tests)
    evaluator = EpisodeEvaluator(dataset.keep(tested), policy)
    pasts = [dataset.keep(origin.past(dataset)) for origin in origins]
    evaluators = [EpisodeEvaluator(past, policy) for past in pasts]
    rules = []
    for place in chosen.tolist():
        sign = 1.0 if areas[place] >= 0.5 else -1.0
        limits = [
            cheapest_limit(sign * past.values[:, place], each, policy)
            for past, each in zip(pasts, evaluators, strict=True)
        ]
        flags = np.zeros(len(dataset), dtype=np.bool_)
        for limit, test in zip(limits, tests, strict=True):
            flags |= test & beyond(sign * dataset.values[:, place], limit)
        outcome = evaluator.evaluate(flags[tested])
        written = tuple(sign * limit for limit in limits)
        rules.append(PlainRule(names[place], sign > 0, written, outcome, outcome.cost(policy.costs)))
    return tuple(sorted(rules, key=lambda rule: rule.cost))


def cheapest_limit(values: Float64, evaluator: EpisodeEvaluator, policy: Policy) -> float:
    """The limit whose alarms at or above it cost least, of those in the tail of the values; inf where none is known."""
    known = values[~np.isnan(values)]
    if not len(known):
        return float("inf")
    tails = np.unique(np.quantile(known, 1.0 - 0.5 ** np.arange(1, TAIL_HALVINGS + 1), method="higher"))
    points = [outcome_point(float(at), evaluator.evaluate(beyond(values, float(at))), policy.costs) for at in tails]
    return min(points, key=lambda point: point.cost).threshold


def beyond(values: Float64, limit: float) -> Mask:
    """Whether each value is at or above the limit; a missing one is not."""
    return np.asarray(values >= limit, dtype=np.bool_)


def _area(values: Float64, label: np.ndarray) -> float:
    """Area under the ROC curve of one feature, missing values left out; 0.5 where it separates nothing."""
    known = ~np.isnan(values)
    if len(np.unique(label[known])) < 2:
        return 0.5
    return float(roc_auc_score(label[known], values[known]))
