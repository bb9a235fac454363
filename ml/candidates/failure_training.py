"""The failure model of one training: trained on all labelled rows, evaluated on the held-out ones."""

from __future__ import annotations

from ml.candidates.failure_result import FailureResult
from ml.data.dataset import Dataset, FeatureList
from ml.data.failure_events import FailureEvents
from ml.evaluation.ablation import ablate
from ml.evaluation.held_out import (
    Evaluation,
    episode_evaluator,
    evaluate,
    held_out_margins,
    machines_left_out,
)
from ml.evaluation.splits import Origin
from ml.evaluation.threshold import CostPoint, formula_probability, outcome_point
from ml.models.calibration import UNCALIBRATED, Calibrator, fit_calibrator
from ml.models.failure_model import FailureParams, contributions, train_failure_model
from ml.outlook.fit import fit_outlook
from ml.policy import Policy
from ml.training.listener import Notify, notify_nobody

IMPORTANCE_ROWS = 2_000


def evaluated_failure_model(  # noqa: PLR0913 (the data, what is asked of them, and who listens)
    dataset: Dataset,
    maintenance: FailureEvents,
    features: FeatureList,
    origins: tuple[Origin, ...],
    policy: Policy,
    params: FailureParams,
    *,
    notify: Notify = notify_nobody,
) -> FailureResult:
    """The model of all labelled rows, with threshold, calibration and figures from the held-out ones."""
    evaluation = evaluate(held_out_margins(dataset, origins, params, notify), origins, policy)
    notify("model of all rows")
    rows = dataset.keep(dataset.labelled)
    booster = train_failure_model(rows, params)
    threshold, calibrator = _final_choice(evaluation, policy)
    limits = tuple(map(calibrator.margin_for, (policy.maintenance_probability, policy.stop_probability)))
    return FailureResult(
        policy=policy,
        booster=booster,
        calibrator=calibrator,
        threshold=threshold,
        maintenance_margin=limits[0],
        stop_margin=limits[1],
        policy_points=tuple(_point_at(evaluation, margin, policy) for margin in limits),
        trained_until_us=int(rows.scored_us.max()),
        trained_rows=len(rows),
        trained_positives=int((rows.label == 1).sum()),
        evaluation=evaluation,
        ablation=ablate(dataset, features, evaluation, params, policy, notify=notify),
        left_out_machines=machines_left_out(dataset, params, policy, threshold, notify),
        importance=contributions(booster, rows.values[:: max(1, len(rows) // IMPORTANCE_ROWS)]),
        outlook=fit_outlook(dataset, evaluation, maintenance, policy),
    )


def _final_choice(evaluation: Evaluation, policy: Policy) -> tuple[float, Calibrator]:
    """Threshold and calibration from all held-out rows; the cost formula where failures are few."""
    if len(evaluation.outcome.caught) < policy.minimum_tuning_failures:
        return UNCALIBRATED.margin_for(formula_probability(policy.costs)), UNCALIBRATED
    held_out = evaluation.held_out
    return evaluation.curve.best.threshold, fit_calibrator(held_out.margins, held_out.rows.label)


def _point_at(evaluation: Evaluation, margin: float, policy: Policy) -> CostPoint:
    held_out = evaluation.held_out
    outcome = episode_evaluator(held_out.rows, policy).evaluate(held_out.margins >= margin)
    return outcome_point(margin, outcome, policy.costs)
