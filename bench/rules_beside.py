"""Every plain rule beside a model, on the failures that tested it: by limits of the past, and by one of hindsight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from ml.data.dataset import Dataset, FeatureList
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.plain_rules import PlainRule, beyond, cheapest_point, plain_rules
from ml.evaluation.rule_figures import Figure, event_figures
from ml.evaluation.splits import Origin
from ml.evaluation.threshold import CostPoint, cost_curve
from ml.policy import Policy

_SHOWN, _LOOKED_INTO, _MOST_CODES = 5, 8, 6
Rule = tuple[Figure, float]
"""A figure, and 1 where high values alarm, -1 where low ones do."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Plain rules on held-out rows.

    Attributes:
        rules: One of each feature and of each figure of events, limits chosen before each block; cheapest first.
        chosen: In each block the rule that was cheapest before it, among these and the sets of codes.
        hindsight: Words and costs of the rule and limit that would have cost least on the held-out rows themselves.
        policy: Prices and alarms.
    """

    rules: tuple[PlainRule, ...]
    chosen: EventOutcome
    hindsight: tuple[str, CostPoint]
    policy: Policy

    def lines(self, model: EventOutcome) -> Iterator[str]:
        """The model, then the rules, as they come out."""
        cost, point = model.cost(self.policy.costs), self.hindsight[1]
        as_cheap = sum(rule.cost <= cost for rule in self.rules)
        yield f"the model: {self.in_words(model)}; {as_cheap} of {len(self.rules)} plain rules cost as little or less"
        for rule in self.rules[:_SHOWN]:
            yield f"  limits by the past, {rule.words} in the last block: {self.in_words(rule.outcome)}"
        yield f"  the cheapest rule of each past, sets of codes among them: {self.in_words(self.chosen)}"
        yield (
            f"  best in hindsight, {self.hindsight[0]}: {point.caught:.0f}/{point.caught + point.missed:.0f} caught, "
            f"{point.false_alarms:.0f} false, ${point.cost:,.0f}"
        )

    def in_words(self, outcome: EventOutcome) -> str:
        """Failures caught, false alarms and money: ``19/22 caught, 52 false in 3.6 machine-years, $130,500``."""
        recall = outcome.recall
        return (
            f"{recall.hits}/{recall.total} caught, {outcome.false_episodes} false in {outcome.machine_years:.1f} "
            f"machine-years, ${outcome.cost(self.policy.costs):,.0f}"
        )


def rules_beside(rows: Dataset, features: FeatureList, origins: tuple[Origin, ...], policy: Policy) -> Beside:
    """Every feature and every figure of events as a plain rule, on the blocks of these origins.

    Whether high or low values alarm is chosen before the first block, each limit before its own block. Hindsight and
    the cheapest rule of each past choose among both directions, and among any set of codes as well: hours since one of
    them. Hindsight has its limit of the rows that test.
    """
    every = replace(policy, plain_rules=2 * len(features.names) + len(features.events))
    rules = plain_rules(rows, features, origins, every)
    tried = [(figure, sign) for figure in (*_figures(features), *_sets(features)) for sign in (1.0, -1.0)]
    held = rows.keep(np.logical_or.reduce([origin.test(rows) for origin in origins]))
    return Beside(rules, _chosen(rows, held, tried, origins, policy), _hindsight(held, tried, policy), policy)


def _figures(features: FeatureList) -> Sequence[Figure]:
    of_events = event_figures(features.names, features.events)
    known = {figure.name for figure in of_events}
    alone = (Figure(name, np.array([place]), True) for place, name in enumerate(features.names) if name not in known)
    return (*of_events, *alone)


def _sets(features: FeatureList) -> Iterator[Figure]:
    """Hours since one of some codes of an event, of each set of more than one and less than all."""
    for figure in event_figures(features.names, features.events):
        if not figure.is_count and len(figure.columns) <= _MOST_CODES:
            for size in range(2, len(figure.columns)):
                for columns in combinations(figure.columns.tolist(), size):
                    name = " or ".join(features.names[place] for place in columns)
                    yield Figure(name, np.array(columns), is_count=False)


def _chosen(
    rows: Dataset, held: Dataset, tried: Sequence[Rule], origins: tuple[Origin, ...], policy: Policy
) -> EventOutcome:
    flags, tested = np.zeros(len(rows), dtype=np.bool_), np.zeros(len(rows), dtype=np.bool_)
    for origin in origins:
        past, test = rows.keep(origin.past(rows)), origin.test(rows)
        evaluator = EpisodeEvaluator(past, policy)
        points = [cheapest_point(sign * figure.values(past.values), evaluator, policy) for figure, sign in tried]
        place = min(range(len(tried)), key=lambda one: points[one].cost)
        figure, sign = tried[place]
        flags |= test & beyond(sign * figure.values(rows.values), points[place].threshold)
        tested |= test
    return EpisodeEvaluator(held, policy).evaluate(flags[tested])


def _hindsight(held: Dataset, tried: Sequence[Rule], policy: Policy) -> tuple[str, CostPoint]:
    """Of the rules that are cheapest by a few limits, all limits that a model's threshold could have."""
    evaluator = EpisodeEvaluator(held, policy)
    coarse = [cheapest_point(sign * figure.values(held.values), evaluator, policy).cost for figure, sign in tried]
    found = list[tuple[str, CostPoint]]()
    for place in np.argsort(coarse, kind="stable")[:_LOOKED_INTO]:
        figure, sign = tried[place]
        values = sign * figure.values(held.values)
        known = np.where(np.isnan(values), np.nanmin(values) - 1, values).astype(np.float32)
        point = cost_curve(evaluator, known, policy.costs).best
        found.append((f"{figure.name} {'>=' if sign > 0 else '<='} {sign * point.threshold:.4g}", point))
    return min(found, key=lambda one: one[1].cost)
