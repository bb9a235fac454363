"""The failure model with its judgement: trained on everything, reported by what was held out."""

from __future__ import annotations

from dataclasses import dataclass

import xgboost as xgb

from ml.data.dataset import Dataset, FeatureList, Float64
from ml.evaluation.ablation import Ablation, ablate
from ml.evaluation.episodes import EventOutcome
from ml.evaluation.held_out import (
    Evaluation,
    episode_judge,
    evaluate,
    held_out_margins,
    machines_left_out,
)
from ml.evaluation.splits import Origin
from ml.evaluation.threshold import CostPoint, formula_probability, outcome_point
from ml.models.calibration import UNCALIBRATED, Calibrator, fit_calibrator
from ml.models.failure_model import FailureParams, contributions, train_failure_model
from ml.policy import Policy
from ml.training.listener import Tell, tell_nobody

IMPORTANCE_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class FailureResult:
    """The failure model with everything that was found out about it.

    Attributes:
        booster: Trained on all labelled rows.
        calibrator: Fitted on all held-out rows.
        threshold: Margin to alarm at, chosen by cost on all held-out episodes.
        maintenance_margin: Margin of the policy's maintenance probability, inf where out of reach.
        stop_margin: Margin of the policy's stop probability, inf where out of reach.
        policy_points: What alarming at those two would have cost on the held-out rows.
        trained_until_us: Last time of a training row.
        trained_rows: Labelled rows.
        trained_positives: Rows with label 1 among them.
        evaluation: Held-out judgement: the figures to report.
        ablation: The same without telemetry, None where it cannot be told apart.
        left_out_machines: Outcome on machines that the model never saw; None where not asked for.
        importance: Mean absolute contribution to the margin per feature, shape (f,).
    """

    booster: xgb.Booster
    calibrator: Calibrator
    threshold: float
    maintenance_margin: float
    stop_margin: float
    policy_points: tuple[CostPoint, ...]
    trained_until_us: int
    trained_rows: int
    trained_positives: int
    evaluation: Evaluation
    ablation: Ablation | None
    left_out_machines: EventOutcome | None
    importance: Float64


def judged_failure_model(
    dataset: Dataset,
    features: FeatureList,
    origins: tuple[Origin, ...],
    policy: Policy,
    params: FailureParams,
    *,
    tell: Tell = tell_nobody,
) -> FailureResult:
    """The model of all labelled rows, with threshold, calibration and figures from the held-out ones."""
    evaluation = evaluate(held_out_margins(dataset, origins, params, tell), origins, policy)
    tell("model of all rows")
    rows = dataset.keep(dataset.labelled)
    booster = train_failure_model(rows, params)
    threshold, calibrator = _final_choice(evaluation, policy)
    asked = (policy.maintenance_probability, policy.stop_probability)
    maintenance, stop = (calibrator.margin_for(probability) for probability in asked)
    return FailureResult(
        booster=booster,
        calibrator=calibrator,
        threshold=threshold,
        maintenance_margin=maintenance,
        stop_margin=stop,
        policy_points=tuple(_point_at(evaluation, margin, policy) for margin in (maintenance, stop)),
        trained_until_us=int(rows.scored_us.max()),
        trained_rows=len(rows),
        trained_positives=int((rows.label == 1).sum()),
        evaluation=evaluation,
        ablation=ablate(dataset, features, evaluation, params, policy, tell=tell),
        left_out_machines=machines_left_out(dataset, params, policy, threshold, tell),
        importance=contributions(booster, rows.values[:: max(1, len(rows) // IMPORTANCE_ROWS)]),
    )


def _final_choice(evaluation: Evaluation, policy: Policy) -> tuple[float, Calibrator]:
    """Threshold and calibration from all held-out rows; the cost formula where failures are few."""
    if len(evaluation.outcome.caught) < policy.minimum_tuning_failures:
        return UNCALIBRATED.margin_for(formula_probability(policy.costs)), UNCALIBRATED
    held_out = evaluation.held_out
    return evaluation.curve.best.threshold, fit_calibrator(held_out.margins, held_out.rows.label)


def _point_at(evaluation: Evaluation, margin: float, policy: Policy) -> CostPoint:
    held_out = evaluation.held_out
    outcome = episode_judge(held_out.rows, policy).judge(held_out.margins >= margin)
    return outcome_point(margin, outcome, policy.costs)
