"""One training from frames to a judged model: pure, and the same result for the same frames."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import xgboost as xgb

from ml.ablation import Ablation, ablate
from ml.anomaly_model import AnomalyModel, AnomalyParams, train_anomaly_model
from ml.calibration import UNCALIBRATED, Calibrator, fit_calibrator
from ml.comparison import Candidate, Champion, decide
from ml.dataset import Dataset, FeatureList, Float64, TrainingFrames, build_dataset
from ml.episodes import EventOutcome
from ml.errors import TooLittleDataError
from ml.evaluation import (
    Evaluation,
    episode_judge,
    evaluate,
    held_out_margins,
    machines_left_out,
)
from ml.failure_events import to_us
from ml.failure_model import FailureParams, contributions, margins, train_failure_model
from ml.forest import path_lengths
from ml.gates import GateReport, Verdict
from ml.golden import Golden, golden_rows
from ml.healthy import HealthyRows, healthy_rows, maintenance_events
from ml.policy import Policy
from ml.readiness import Readiness, assess_readiness
from ml.reference import Histogram, feature_histograms, histogram
from ml.splits import rolling_origins
from ml.threshold import CostPoint, cost_point, formula_probability

IMPORTANCE_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class TrainingParams:
    """Parameters of both models; part of a version's name."""

    failure: FailureParams = field(default_factory=FailureParams)
    anomaly: AnomalyParams = field(default_factory=AnomalyParams)


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


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What one training leaves behind; `artifact` turns it into files.

    Attributes:
        features: Ordered feature list.
        policy: Policy it was made and judged under.
        params: Parameters of both models.
        readiness: What the data can carry.
        healthy_rule: How healthy rows were chosen.
        failure: None where the data cannot carry a failure model.
        anomaly: None where the data cannot carry an anomaly model.
        gate: The gate's answer; None where nothing was trained.
        references: Histograms of features and scores over all rows.
        golden: Rows with scores to prove a compiled model.
        trained_from_us: First time of any row.
        trained_until_us: Last time of any row.
    """

    features: FeatureList
    policy: Policy
    params: TrainingParams
    readiness: Readiness
    healthy_rule: str
    failure: FailureResult | None
    anomaly: AnomalyModel | None
    gate: GateReport | None
    references: tuple[Histogram, ...]
    golden: Golden
    trained_from_us: int
    trained_until_us: int


def train(
    frames: TrainingFrames,
    features: FeatureList,
    policy: Policy,
    params: TrainingParams,
    *,
    champion: Champion | None = None,
    approved_by: str | None = None,
) -> TrainedModel:
    """Train, judge by rolling origins, and put the result before the gate.

    Args:
        frames: Gold as pandas frames.
        features: Ordered feature columns of ``frames.features``.
        policy: Costs, minimum evidence, limits.
        params: Parameters of both models.
        champion: Model in force, None for the first training of a plant.
        approved_by: Person who takes the small-plant decision; asks for that gate.

    Raises:
        FrameError: The frames are malformed or hold no row.
        LeakError: Labels contradict the failures.
    """
    dataset = build_dataset(frames, features, policy)
    if not len(dataset):
        raise TooLittleDataError("the feature frame holds no row: build gold.machine_features first")
    embargo_us = policy.embargo_us(features.longest_window_s)
    healthy = _healthy(dataset, frames, policy)
    readiness = assess_readiness(dataset, healthy.mask, policy)
    failure = _failure(dataset, features, policy, params, readiness)
    anomaly = _anomaly(dataset, healthy, features, policy, params, readiness)
    candidate = Candidate(
        dataset=dataset,
        healthy=healthy.mask,
        evaluation=failure.evaluation if failure else None,
        ablation=failure.ablation if failure else None,
        anomaly=anomaly,
        embargo_us=embargo_us,
    )
    booster = failure.booster if failure else None
    forest = anomaly.forest if anomaly else None
    return TrainedModel(
        features=features,
        policy=policy,
        params=params,
        readiness=readiness,
        healthy_rule=healthy.rule,
        failure=failure,
        anomaly=anomaly,
        gate=decide(candidate, champion, approved_by, policy),
        references=_references(dataset, features, failure, anomaly),
        golden=golden_rows(dataset, booster, forest, policy.golden_rows),
        trained_from_us=int(dataset.scored_us.min()),
        trained_until_us=int(dataset.scored_us.max()),
    )


def _healthy(dataset: Dataset, frames: TrainingFrames, policy: Policy) -> HealthyRows:
    serviced = frames.maintenance
    events = maintenance_events(
        serviced["machine_id"].astype(str).to_numpy(dtype=np.str_), to_us(serviced["occurred_at"])
    )
    return healthy_rows(dataset, events, policy)


def _failure(
    dataset: Dataset,
    features: FeatureList,
    policy: Policy,
    params: TrainingParams,
    readiness: Readiness,
) -> FailureResult | None:
    origins = rolling_origins(dataset, policy, policy.embargo_us(features.longest_window_s))
    if readiness.failure_model is Verdict.INSUFFICIENT_DATA or not origins:
        return None
    held_out = held_out_margins(dataset, origins, params.failure)
    evaluation = evaluate(held_out, origins, policy)
    rows = dataset.keep(dataset.labelled)
    booster = train_failure_model(rows, params.failure)
    threshold, calibrator = _final_choice(evaluation, policy)
    limits = [
        calibrator.margin_for(probability) for probability in (policy.maintenance_probability, policy.stop_probability)
    ]
    sample = rows.values[:: max(1, len(rows) // IMPORTANCE_ROWS)]
    return FailureResult(
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
        ablation=ablate(dataset, features, evaluation, params.failure, policy),
        left_out_machines=machines_left_out(dataset, params.failure, policy, threshold),
        importance=contributions(booster, sample),
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
    hits = int(outcome.caught.sum())
    missed = len(outcome.caught) - hits
    return cost_point(margin, hits, missed, outcome.false_episodes, policy.costs)


def _anomaly(
    dataset: Dataset,
    healthy: HealthyRows,
    features: FeatureList,
    policy: Policy,
    params: TrainingParams,
    readiness: Readiness,
) -> AnomalyModel | None:
    if readiness.anomaly_model is Verdict.INSUFFICIENT_DATA:
        return None
    telemetry = features.indices(telemetry=True)
    positions = telemetry if len(telemetry) else features.indices(telemetry=False)
    embargo_us = policy.embargo_us(features.longest_window_s)
    return train_anomaly_model(dataset, healthy, positions, policy, params.anomaly, embargo_us)


def _references(
    dataset: Dataset,
    features: FeatureList,
    failure: FailureResult | None,
    anomaly: AnomalyModel | None,
) -> tuple[Histogram, ...]:
    found = feature_histograms(dataset, features.names)
    if failure:
        found += (histogram("margin", margins(failure.booster, dataset.values)),)
    if anomaly:
        found += (histogram("path_length", path_lengths(anomaly.forest, dataset.matrix)),)
    return found
