"""The trainers of the kinds that every plant gets: failure model and anomaly model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ml.candidates.anomaly_choice import Blocks, chosen
from ml.candidates.anomaly_model import AnomalyModel, train_anomaly_model
from ml.candidates.candidate_model import CandidateModel
from ml.candidates.failure_result import FailureResult
from ml.candidates.failure_training import FailureTask, beside_failure_model, evaluated_failure_model
from ml.candidates.residual_model import ResidualModel, fit_residuals
from ml.data.healthy import HealthySplit, healthy_split
from ml.data.metric_columns import metric_columns
from ml.data.missing import can_be_scored, missing_rule
from ml.errors import TooLittleDataError
from ml.evaluation.incidents import incidents_found
from ml.evaluation.power import Flags, Found, measure_power
from ml.evaluation.splits import rolling_origins
from ml.gates.failure_gate import Verdict
from ml.models.forest import Int32
from ml.second_stage.second_stage import second_stage
from ml.training.task import HorizonData, TrainingTask, register


def _failure(task: TrainingTask) -> tuple[FailureResult, ...]:
    """The model of the leading horizon first; none of the others without it, for nothing would raise alarms."""
    if task.readiness.failure_model is Verdict.INSUFFICIENT_DATA:
        return ()
    dataset, policy = task.dataset, task.policy
    origins = rolling_origins(dataset, policy, task.embargo_us)
    made = evaluated_failure_model(
        FailureTask(
            dataset, task.maintenance, task.features, origins, policy, task.params.failure, task.notify, task.is_over
        )
    )
    return (made, *(_beside(task, each) for each in task.beside if _is_carried(each)))


def _is_carried(horizon: HorizonData) -> bool:
    return horizon.readiness.failure_model is not Verdict.INSUFFICIENT_DATA


def _beside(task: TrainingTask, horizon: HorizonData) -> FailureResult:
    task.notify(f"failure model of {horizon.policy.horizon}")
    origins = rolling_origins(horizon.dataset, horizon.policy, horizon.embargo_us)
    return beside_failure_model(
        FailureTask(
            horizon.dataset, task.maintenance, task.features, origins, horizon.policy, task.params.failure, task.notify
        )
    )


def _anomaly(task: TrainingTask) -> tuple[CandidateModel, ...]:
    """The forest, and T2 and Q where the choice names them."""
    if task.readiness.anomaly_model is Verdict.INSUFFICIENT_DATA:
        return ()
    task.notify("anomaly model")
    telemetry = task.features.indices(telemetry=True)
    positions = telemetry if len(telemetry) else task.features.indices(telemetry=False)
    split = healthy_split(task.dataset, task.healthy, task.embargo_us, task.policy.healthy_periods)
    missing = missing_rule(task.dataset.keep(split.growing), telemetry) if len(telemetry) else None
    usable = split.only(can_be_scored(missing, task.dataset.values))
    forest = train_anomaly_model(task.dataset, usable, positions, task.policy, task.params.anomaly)
    made = _chosen(task, forest, usable, telemetry)
    scored = task.dataset.keep(can_be_scored(missing, task.dataset.values))
    known = incidents_found(scored, made.flags(scored.values), task.policy) if len(scored.incidents) else None
    return (replace(made, missing=missing, incidents=known), *made.beside)


def _chosen(task: TrainingTask, forest: AnomalyModel, usable: HealthySplit, telemetry: Int32) -> AnomalyModel:
    growing, testing = task.dataset.keep(usable.growing), task.dataset.keep(usable.testing)
    metrics = metric_columns(task.features)

    def power(flags: Flags) -> tuple[Found, ...]:
        return measure_power(growing, testing, metrics, flags, task.policy)

    task.notify("forest or residual model")
    try:
        residuals = fit_residuals(growing, telemetry)
    except TooLittleDataError as exc:
        task.notify(f"no residual model: {exc}")
        return replace(forest, power=power(forest.flags), without_second=_without(task, exc))
    made = chosen(forest, residuals, Blocks(task.dataset, usable), power, task.policy)
    return _with_second(task, made, residuals, usable) if task.policy.second_stage_epochs else made


def _with_second(
    task: TrainingTask, made: AnomalyModel, residuals: Sequence[ResidualModel], usable: HealthySplit
) -> AnomalyModel:
    """The chosen models with the second stage behind them, or with the reason why the rows carry none."""
    projections, metrics = [each.projection for each in residuals], metric_columns(task.features)
    try:
        second = second_stage(task.dataset, usable, projections, made.flags, metrics, task.policy, notify=task.notify)
    except TooLittleDataError as exc:
        return replace(made, without_second=_without(task, exc))
    return replace(made, second=second)


def _without(task: TrainingTask, why: TooLittleDataError) -> str:
    return f"no second stage: {why}" if task.policy.second_stage_epochs else ""


register("failure", _failure)
register("anomaly", _anomaly)
