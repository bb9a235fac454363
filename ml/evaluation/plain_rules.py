"""Plain rules beside the model: one figure beyond a limit, chosen on what lay before each block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from sklearn.metrics import roc_auc_score

from ml.data.dataset import Dataset, FeatureList, Float64, Mask
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.rule_figures import Figure, event_figures
from ml.evaluation.splits import Origin
from ml.evaluation.threshold import CostPoint, outcome_point
from ml.policy import Policy

TAIL_HALVINGS = 12
"""Limits of a rule lie where a half, a quarter, ... of the rows are beyond them; the last 1 row in 4,096."""


@dataclass(frozen=True, slots=True)
class PlainRule:
    """One figure against a limit, evaluated on the held-out blocks.

    Attributes:
        name: The feature, or a pattern of features of events; see `Figure`.
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
    dataset: Dataset, features: FeatureList, origins: tuple[Origin, ...], policy: Policy
) -> tuple[PlainRule, ...]:
    """The rules that look best before the first block, cheapest on the held-out rows first.

    They are the features that separate best, and half as many figures of events whose alarms cost least: any event of
    a code, or of all codes, within a window or the last hours. Which, and whether high or low values alarm, is chosen
    on what lies before the first block; each limit by the cost of its alarms on the rows before its own block. So a
    rule knows what the model of its block knew.

    Args:
        dataset: All rows.
        features: Names of the columns, and which are of events.
        origins: Of the evaluation; none gives no rule.
        policy: Number of rules, prices, alarms.
    """
    if not origins:
        return ()
    tests = [origin.test(dataset) for origin in origins]
    pasts = [dataset.keep(origin.past(dataset)) for origin in origins]
    blocks = _Blocks(tests, pasts, [EpisodeEvaluator(past, policy) for past in pasts])
    evaluator = EpisodeEvaluator(dataset.keep(np.logical_or.reduce(tests)), policy)
    first = dataset.keep(origins[0].train(dataset))
    tried = [*_separating(first, features.names, policy.plain_rules), *_of_events(blocks, features, policy)]
    found = {
        (figure.name, sign): _evaluated(figure, sign, dataset, blocks, evaluator, policy) for figure, sign in tried
    }
    return tuple(sorted(found.values(), key=lambda rule: rule.cost))


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Of each origin the rows that it tests, and those that lie before."""

    tests: list[Mask]
    pasts: list[Dataset]
    evaluators: list[EpisodeEvaluator]


def _separating(first: Dataset, names: Sequence[str], number: int) -> list[tuple[Figure, float]]:
    """The features that separate best, each with 1 where high values alarm, -1 where low ones do."""
    areas = np.array([_area(first.values[:, place], first.label) for place in range(len(names))])
    chosen = np.argsort(-np.abs(areas - 0.5), kind="stable")[:number].tolist()
    signs = [1.0 if areas[place] >= 0.5 else -1.0 for place in chosen]
    # Of one column sum and minimum are the column.
    return [(Figure(names[place], np.array([place]), True), sign) for place, sign in zip(chosen, signs, strict=True)]


def _of_events(blocks: _Blocks, features: FeatureList, policy: Policy) -> list[tuple[Figure, float]]:
    """The figures of events whose alarms cost least before the first block: many events, or few hours since one."""
    number, past, evaluator = policy.plain_rules // 2, blocks.pasts[0], blocks.evaluators[0]
    if not number:
        return []
    tried = [(each, 1.0 if each.is_count else -1.0) for each in event_figures(features.names, features.events)]
    costs = [cheapest_point(sign * each.values(past.values), evaluator, policy).cost for each, sign in tried]
    return [tried[place] for place in np.argsort(costs, kind="stable")[:number].tolist()]


def _evaluated(
    figure: Figure, sign: float, dataset: Dataset, blocks: _Blocks, evaluator: EpisodeEvaluator, policy: Policy
) -> PlainRule:
    """One rule on all held-out blocks, its limit chosen again before each."""
    values = sign * figure.values(dataset.values)
    limits = [
        cheapest_point(sign * figure.values(past.values), each, policy).threshold
        for past, each in zip(blocks.pasts, blocks.evaluators, strict=True)
    ]
    flags = np.zeros(len(dataset), dtype=np.bool_)
    for limit, test in zip(limits, blocks.tests, strict=True):
        flags |= test & beyond(values, limit)
    outcome = evaluator.evaluate(flags[np.logical_or.reduce(blocks.tests)])
    return PlainRule(
        figure.name, sign > 0, tuple(sign * limit for limit in limits), outcome, outcome.cost(policy.costs)
    )


def cheapest_point(values: Float64, evaluator: EpisodeEvaluator, policy: Policy) -> CostPoint:
    """The limit whose alarms at or above it cost least, of those in the tail of the values; inf where none is known."""
    known = values[~np.isnan(values)]
    if not len(known):
        return outcome_point(inf, evaluator.evaluate(np.zeros(len(values), dtype=np.bool_)), policy.costs)
    tails = np.unique(np.quantile(known, 1.0 - 0.5 ** np.arange(1, TAIL_HALVINGS + 1), method="higher"))
    points = [outcome_point(float(at), evaluator.evaluate(beyond(values, float(at))), policy.costs) for at in tails]
    return min(points, key=lambda point: point.cost)


def beyond(values: Float64, limit: float) -> Mask:
    """Whether each value is at or above the limit; a missing one is not."""
    return np.asarray(values >= limit, dtype=np.bool_)


def _area(values: Float64, label: np.ndarray) -> float:
    """Area under the ROC curve of one feature, missing values left out; 0.5 where it separates nothing."""
    known = ~np.isnan(values)
    if len(np.unique(label[known])) < 2:
        return 0.5
    return float(roc_auc_score(label[known], values[known]))
