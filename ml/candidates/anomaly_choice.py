"""Which anomaly models a version raises alarms by: a forest, a residual model or both, by power within one budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.candidates.anomaly_model import SILENT, AnomalyModel, outcome_of
from ml.candidates.residual_model import ResidualModel
from ml.data.dataset import Dataset, Float64, Mask
from ml.data.healthy import HealthySplit
from ml.evaluation.common_rank import common_rank_thresholds
from ml.evaluation.held_out import episode_evaluator
from ml.evaluation.metrics import poisson_at_least
from ml.evaluation.power import Found
from ml.policy import Policy

FOREST, RESIDUAL, BOTH = "forest", "residual model", "forest and residual model"

LEAST_GAIN = 0.05
"""How much more another option must find, in the mean fraction. Start value: two standard errors of 600 disturbances.
"""

Power = Callable[[Callable[[Float64], Mask]], tuple[Found, ...]]
"""What flags find of disturbances of held-out healthy rows, by kind."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """The healthy rows in their three blocks, of rows that the forest scores.

    Attributes:
        dataset: All rows.
        split: The blocks.
    """

    dataset: Dataset
    split: HealthySplit

    @property
    def choosing(self) -> Dataset:
        """Rows that choose thresholds."""
        return self.dataset.keep(self.split.choosing)


def chosen(
    forest: AnomalyModel, residuals: Sequence[ResidualModel], blocks: Blocks, power: Power, policy: Policy
) -> AnomalyModel:
    """The anomaly models that find most, of those whose alarms stay within the budget on rows that nothing chose.

    Each option has thresholds of its own for the same budget, and is measured by the mean of the fractions that it
    finds of shifts, stuck values and broken relations. The forest, the residual model and both are looked at in this
    order; a later one is taken where it finds more by `LEAST_GAIN`.
    An option beyond the budget by more than chance explains is left out, unless it is the forest alone. Where nothing
    can be disturbed, nothing is known, and the forest alone stays.

    Args:
        forest: The forest with the threshold of the whole budget.
        residuals: T2 and Q; none where they could not be fitted.
        blocks: Rows that choose thresholds and rows that test.
        power: What flags find.
        policy: Budget of alarms.
    """
    options = {FOREST: forest}
    if residuals:
        options |= {name: with_residuals(name, forest, residuals, blocks, policy) for name in (RESIDUAL, BOTH)}
    measured = {name: replace(each, power=power(each.flags)) for name, each in options.items()}
    legal = [name for name, each in measured.items() if name == FOREST or is_within_budget(each, policy)]
    best = FOREST
    for name in legal:
        if mean_power(measured[name].power) >= mean_power(measured[best].power) + LEAST_GAIN:
            best = name
    figures = {
        name: {
            "power": mean_power(each.power),
            **{one.kind: one.found.value for one in each.power},
            "held_out_alarms_per_machine_year": each.tested.calls_per_machine_year,
            "is_within_budget": name in legal,
        }
        for name, each in measured.items()
    }
    return replace(measured[best], choice=best, options=figures)


def with_residuals(
    name: str, forest: AnomalyModel, residuals: Sequence[ResidualModel], blocks: Blocks, policy: Policy
) -> AnomalyModel:
    """The option `RESIDUAL` or `BOTH`: thresholds at one rank of all its scores, and what they do on later rows.

    Where k alarms are found among these rows, as many later ones expect k and one more for each score: each of them
    may lie beyond the highest one here by itself (as `budget_threshold`, with the union bound).
    """
    rows = blocks.choosing
    evaluator, scores_together = episode_evaluator(rows, policy), len(residuals) + (name == BOTH)

    def allows(flags: Mask) -> bool:
        outcome = evaluator.evaluate(flags)
        return outcome.counts.calls + scores_together <= policy.anomaly_alarms_per_machine_year * outcome.machine_years

    scores = [each.score(rows.values) for each in residuals]
    if name == BOTH:
        longest, *reached = common_rank_thresholds([-forest.score(rows.values), *scores], allows)
        below = float(np.nextafter(-longest, np.inf))
    else:
        below, reached = SILENT, list(common_rank_thresholds(scores, allows))
    beside = tuple(each.at(threshold) for each, threshold in zip(residuals, reached, strict=True))
    made = replace(forest, threshold=below, beside=beside)
    dataset, split = blocks.dataset, blocks.split
    evaluated = dataset.keep(split.testing_time & dataset.evaluated)
    return replace(
        made,
        choosing_alarms_per_machine_year=outcome_of(rows, made, policy).calls_per_machine_year,
        tested=outcome_of(dataset.keep(split.testing), made, policy),
        outcome=outcome_of(evaluated, made, policy) if len(evaluated) else None,
    )


def mean_power(found: Sequence[Found]) -> float:
    """Mean of the fractions found, of kinds that could be put in; 0 where none could."""
    values = [each.found.value for each in found if each.found.value is not None]
    return sum(values) / len(values) if values else 0.0


def is_within_budget(model: AnomalyModel, policy: Policy) -> bool:
    """Whether its alarms on rows that nothing chose are no more than the budget, or chance explains the excess."""
    budget = policy.anomaly_alarms_per_machine_year * model.tested.machine_years
    return poisson_at_least(model.tested.counts.calls, budget) >= 1 - policy.budget_confidence
