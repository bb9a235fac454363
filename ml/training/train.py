"""One training from frames to a judged model: pure, and the same result for the same frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ml.candidates.anomaly_model import AnomalyModel, AnomalyParams, train_anomaly_model
from ml.candidates.failure_result import FailureResult, judged_failure_model
from ml.data.dataset import Dataset, FeatureList, TrainingFrames, build_dataset
from ml.data.failure_events import FailureEvents, to_us
from ml.data.healthy import HealthyRows, healthy_rows, healthy_split, maintenance_events
from ml.data.reference import Histogram, feature_histograms, histogram
from ml.errors import TooLittleDataError
from ml.evaluation.splits import rolling_origins
from ml.gates.comparison import Candidate, decide
from ml.gates.failure_gate import GateReport, Verdict
from ml.gates.readiness import Readiness, assess_readiness
from ml.models.champion import Champion
from ml.models.failure_model import FailureParams, margins
from ml.models.forest import path_lengths
from ml.models.golden import Golden, golden_rows
from ml.models.libraries import library_versions
from ml.outlook.fit import OutlookFit, fit_outlook
from ml.policy import Policy
from ml.training.listener import Tell, tell_nobody


@dataclass(frozen=True, slots=True)
class TrainingParams:
    """Parameters of both models; part of a version's name."""

    failure: FailureParams = field(default_factory=FailureParams)
    anomaly: AnomalyParams = field(default_factory=AnomalyParams)


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
        outlook: The time that is left, by margin; None without a failure model.
        libraries: Versions of the libraries that made it.
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
    outlook: OutlookFit | None
    libraries: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Task:
    """What the steps of one training share."""

    dataset: Dataset
    maintenance: FailureEvents
    healthy: HealthyRows
    features: FeatureList
    policy: Policy
    params: TrainingParams
    readiness: Readiness
    embargo_us: int
    tell: Tell


def train(  # noqa: PLR0913 (the data, what is asked of them, and who judges and listens)
    frames: TrainingFrames,
    features: FeatureList,
    policy: Policy,
    params: TrainingParams,
    *,
    champion: Champion | None = None,
    approved_by: str | None = None,
    tell: Tell = tell_nobody,
) -> TrainedModel:
    """Train, judge by rolling origins, and put the result before the gate.

    Args:
        frames: Gold as pandas frames.
        features: Ordered feature columns of ``frames.features``.
        policy: Costs, minimum evidence, limits.
        params: Parameters of both models.
        champion: Model in force, None for the first training of a plant.
        approved_by: Person who takes the small-plant decision; asks for that gate.
        tell: Who is told what is being done; it changes no result.

    Raises:
        FrameError: The frames are malformed.
        LeakError: Labels contradict the failures.
        TooLittleDataError: There is no row at all.
    """
    task = _task(frames, features, policy, params, tell)
    failure, anomaly = _failure(task), _anomaly(task)
    tell("gate and references")
    candidate = Candidate(
        dataset=task.dataset,
        features=features.names,
        healthy=task.healthy.mask,
        evaluation=failure.evaluation if failure else None,
        ablation=failure.ablation if failure else None,
        anomaly=anomaly,
        embargo_us=task.embargo_us,
    )
    return _result(task, failure, anomaly, decide(candidate, champion, approved_by, policy))


def _task(frames: TrainingFrames, features: FeatureList, policy: Policy, params: TrainingParams, tell: Tell) -> _Task:
    tell("rows and labels")
    dataset = build_dataset(frames, features, policy)
    if not len(dataset):
        raise TooLittleDataError("the feature frame holds no row: build gold.machine_features first")
    embargo_us = policy.embargo_us(features.longest_window_s)
    serviced = frames.maintenance
    events = maintenance_events(
        serviced["machine_id"].astype(str).to_numpy(dtype=np.str_), to_us(serviced["occurred_at"])
    )
    healthy = healthy_rows(dataset, events, policy)
    readiness = assess_readiness(dataset, healthy.mask, policy, embargo_us)
    return _Task(dataset, events, healthy, features, policy, params, readiness, embargo_us, tell)


def _failure(task: _Task) -> FailureResult | None:
    if task.readiness.failure_model is Verdict.INSUFFICIENT_DATA:
        return None
    origins = rolling_origins(task.dataset, task.policy, task.embargo_us)
    return judged_failure_model(task.dataset, task.features, origins, task.policy, task.params.failure, tell=task.tell)


def _anomaly(task: _Task) -> AnomalyModel | None:
    if task.readiness.anomaly_model is Verdict.INSUFFICIENT_DATA:
        return None
    task.tell("anomaly model")
    telemetry = task.features.indices(telemetry=True)
    positions = telemetry if len(telemetry) else task.features.indices(telemetry=False)
    split = healthy_split(task.dataset, task.healthy, task.embargo_us)
    return train_anomaly_model(task.dataset, split, positions, task.policy, task.params.anomaly)


def _result(
    task: _Task,
    failure: FailureResult | None,
    anomaly: AnomalyModel | None,
    gate: GateReport | None,
) -> TrainedModel:
    booster = failure.booster if failure else None
    forest = anomaly.forest if anomaly else None
    return TrainedModel(
        features=task.features,
        policy=task.policy,
        params=task.params,
        readiness=task.readiness,
        healthy_rule=task.healthy.rule,
        failure=failure,
        anomaly=anomaly,
        gate=gate,
        references=_references(task, failure, anomaly),
        golden=golden_rows(task.dataset, booster, forest, task.policy.golden_rows),
        trained_from_us=int(task.dataset.scored_us.min()),
        trained_until_us=int(task.dataset.scored_us.max()),
        outlook=fit_outlook(task.dataset, failure.evaluation, task.maintenance, task.policy) if failure else None,
        libraries=library_versions(),
    )


def _references(task: _Task, failure: FailureResult | None, anomaly: AnomalyModel | None) -> tuple[Histogram, ...]:
    found = feature_histograms(task.dataset, task.features.names)
    if failure:
        found += (histogram("margin", margins(failure.booster, task.dataset.values)),)
    if anomaly:
        lengths = path_lengths(anomaly.forest, task.dataset.matrix)
        found += (histogram("path_length", lengths),)
    return found
