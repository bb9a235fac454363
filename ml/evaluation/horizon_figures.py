"""Held-out figures of a failure model beside the leading one, flat, each beside its denominator."""

from __future__ import annotations

from dataclasses import dataclass

from ml.evaluation.held_out import Evaluation
from ml.evaluation.ranking import Ranking
from ml.policy import Policy


@dataclass(frozen=True, slots=True)
class HorizonFigures:
    """What a horizon's model did on its held-out rows; alarms are those that it would raise if it led.

    Attributes:
        ranked_right: How often a row before a failure has a higher margin than another row; None of one class.
        ranked_right_by_chance: The same for failures shifted in time.
    """

    horizon: str
    tested_failures: int
    caught_failures: int
    false_episodes: int
    machine_years: float
    cost: float
    never_alarming_cost: float
    rows: int
    positive_rows: int
    ranked_right: float | None
    ranked_right_by_chance: float
    average_precision: float | None
    brier: float


def horizon_figures(policy: Policy, evaluation: Evaluation, ranking: Ranking) -> HorizonFigures:
    """The figures of one evaluation."""
    outcome, rows = evaluation.outcome, evaluation.rows
    return HorizonFigures(
        horizon=policy.horizon,
        tested_failures=outcome.recall.total,
        caught_failures=outcome.recall.hits,
        false_episodes=outcome.false_episodes,
        machine_years=outcome.machine_years,
        cost=outcome.cost(policy.costs),
        never_alarming_cost=evaluation.never_cost,
        rows=rows.rows,
        positive_rows=rows.positives,
        ranked_right=ranking.area,
        ranked_right_by_chance=ranking.expected,
        average_precision=rows.average_precision,
        brier=rows.brier,
    )
