"""The numbers behind the pictures of a trained failure model, bounded in size whatever the plant has."""

from __future__ import annotations

from collections import defaultdict
from math import isfinite

import numpy as np

from expectations.model_folder.pictures import (
    CalibrationBin,
    CostLine,
    CostMark,
    FeatureWeight,
    LeadTimes,
    Machine,
    Pictures,
    PrecisionRecall,
    Timeline,
)
from expectations.residuals import residual_name
from ml.candidates.failure_result import FailureResult
from ml.data.dataset import FeatureList
from ml.evaluation.alarms import alarms_of
from ml.evaluation.held_out import Evaluation
from ml.evaluation.metrics import precision_recall, reliability_bins
from ml.evaluation.threshold import cost_at
from ml.models.derived_booster import derived_of
from ml.policy import Policy
from ml.training.train import TrainedModel

RECALL_POINTS, TOP_FEATURES, MOST_MACHINES = 200, 15, 60
"""What a reader can distinguish in one picture."""


def picture_numbers(model: TrainedModel) -> Pictures | None:
    """What the pictures show; None without a failure model."""
    if model.failure is None:
        return None
    failure, evaluation = model.failure, model.failure.evaluation
    bins = reliability_bins(evaluation.held_out.rows.label, evaluation.probabilities)
    lead = np.sort(evaluation.outcome.lead_hours[evaluation.outcome.caught])[::-1]
    return Pictures(
        precision_recall=_precision_recall(failure),
        cost=_cost(failure, model.policy),
        calibration=tuple(CalibrationBin(b.low, b.high, b.rows, b.positives, b.mean_probability) for b in bins),
        importance=_importance(failure, model.features),
        lead_time=LeadTimes(tuple(lead.tolist()), len(evaluation.outcome.caught)),
        timeline=_timeline(evaluation, model.policy),
    )


def _precision_recall(failure: FailureResult) -> PrecisionRecall:
    fitted = failure.fitted
    known = fitted.rows.labelled
    positive, flagged = fitted.rows.label[known] == 1, fitted.margins[known] >= failure.threshold
    found, positives = int((flagged & positive).sum()), int(positive.sum())
    if not positives:
        return PrecisionRecall((), (), 0.0, 0.0, 0.0)
    precision, recall = precision_recall(fitted.rows.label, fitted.margins)
    wanted = np.searchsorted(recall, np.linspace(0.0, 1.0, RECALL_POINTS + 1))
    places = np.unique(np.append(np.minimum(wanted, len(recall) - 1), len(recall) - 1))
    return PrecisionRecall(
        recall=tuple(recall[places].tolist()),
        precision=tuple(precision[places].tolist()),
        prevalence=positives / len(positive),
        chosen_recall=found / positives,
        chosen_precision=found / int(flagged.sum()) if flagged.any() else 0.0,
    )


def _cost(failure: FailureResult, policy: Policy) -> CostLine:
    """Costs on the rows that chose the threshold; of the held-out rows where the cost formula did."""
    curve = failure.choice.curve or failure.evaluation.curve
    chosen = cost_at(failure.threshold, curve)
    probabilities = (policy.maintenance_probability, policy.stop_probability)
    return CostLine(
        margins=tuple(point.threshold for point in curve.points),
        costs=tuple(point.cost for point in curve.points),
        never=curve.never,
        always=curve.always,
        chosen=CostMark(chosen.threshold, chosen.cost),
        limits=tuple(
            CostMark(point.threshold, point.cost, probability)
            for point, probability in zip(failure.policy_points, probabilities, strict=True)
            if isfinite(point.threshold)
        ),
    )


def _importance(failure: FailureResult, features: FeatureList) -> tuple[FeatureWeight, ...]:
    order = np.argsort(-failure.importance, kind="stable")[:TOP_FEATURES].tolist()
    derived = derived_of(failure.booster)
    residual = () if derived is None else tuple(residual_name(features.names[one.target]) for one in derived.columns)
    names, telemetry = (*features.names, *residual), {*features.telemetry, *residual}
    return tuple(FeatureWeight(names[at], float(failure.importance[at]), names[at] in telemetry) for at in order)


def _timeline(evaluation: Evaluation, policy: Policy) -> Timeline:
    rows, outcome = evaluation.held_out.rows, evaluation.outcome
    failed: dict[bool, dict[str, list[int]]] = {True: defaultdict(list), False: defaultdict(list)}
    failures = zip(outcome.failures.machine_ids.tolist(), outcome.failures.failed_us.tolist(), strict=True)
    for (machine, at), caught in zip(failures, outcome.caught.tolist(), strict=True):
        failed[caught][machine].append(at)
    found = []
    for name in np.unique(rows.machine_ids).tolist():
        mine = np.asarray(rows.machine_ids == name, dtype=np.bool_)
        starts = tuple(alarms_of(rows.scored_us[mine], evaluation.flags[mine], policy.alarm_rule).calls_us.tolist())
        found.append(Machine(name, starts, tuple(sorted(failed[True][name])), tuple(sorted(failed[False][name]))))
    shown = sorted(found, key=lambda one: (-len(one.announced_us) - len(one.missed_us), -len(one.episodes_us)))
    return Timeline(
        first_us=int(rows.scored_us.min()),
        last_us=int(rows.scored_us.max()),
        horizon_us=policy.horizon_us,
        machines=tuple(sorted(shown[:MOST_MACHINES], key=lambda one: one.name)),
        machine_count=len(found),
    )
