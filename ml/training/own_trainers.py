"""The trainers of the kinds that every plant gets: failure model and anomaly model."""

from __future__ import annotations

from dataclasses import replace

from ml.candidates.anomaly_model import AnomalyModel, train_anomaly_model
from ml.candidates.failure_result import FailureResult
from ml.candidates.failure_training import evaluated_failure_model
from ml.data.healthy import healthy_split
from ml.data.metric_columns import metric_columns
from ml.data.missing import can_be_scored, missing_rule
from ml.evaluation.incidents import incidents_found
from ml.evaluation.power import measure_power
from ml.evaluation.splits import rolling_origins
from ml.gates.failure_gate import Verdict
from ml.training.task import TrainingTask, register


def _failure(task: TrainingTask) -> tuple[FailureResult, ...]:
    if task.readiness.failure_model is Verdict.INSUFFICIENT_DATA:
        return ()
    dataset, policy = task.dataset, task.policy
    origins = rolling_origins(dataset, policy, task.embargo_us)
    made = evaluated_failure_model(
        dataset, task.maintenance, task.features, origins, policy, task.params.failure, notify=task.notify
    )
    return (made,)


def _anomaly(task: TrainingTask) -> tuple[AnomalyModel, ...]:
    if task.readiness.anomaly_model is Verdict.INSUFFICIENT_DATA:
        return ()
    task.notify("anomaly model")
    telemetry = task.features.indices(telemetry=True)
    positions = telemetry if len(telemetry) else task.features.indices(telemetry=False)
    split = healthy_split(task.dataset, task.healthy, task.embargo_us)
    missing = missing_rule(task.dataset.keep(split.growing), telemetry) if len(telemetry) else None
    usable = split.only(can_be_scored(missing, task.dataset.values))
    made = train_anomaly_model(task.dataset, usable, positions, task.policy, task.params.anomaly)
    growing, testing = task.dataset.keep(usable.growing), task.dataset.keep(usable.testing)
    power = measure_power(growing, testing, metric_columns(task.features), made.flags, task.policy)
    scored = task.dataset.keep(can_be_scored(missing, task.dataset.values))
    known = incidents_found(scored, made.flags(scored.values), task.policy) if len(scored.incidents) else None
    return (replace(made, missing=missing, power=power, incidents=known),)


register("failure", _failure)
register("anomaly", _anomaly)
