"""One training from frames to models with the gate's answer: pure, and the same result for the same frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from expectations.model_folder.models import GOLDEN_ROWS
from ml.candidates.anomaly_model import AnomalyModel
from ml.candidates.candidate_model import CandidateModel, first
from ml.candidates.failure_result import FailureResult
from ml.data.dataset import Dataset, FeatureList, TrainingFrames, build_dataset, with_horizon
from ml.data.failure_events import to_us
from ml.data.healthy import healthy_rows, maintenance_events, with_readings
from ml.data.reference import Histogram, feature_histograms, histogram
from ml.errors import ArtifactError, TooLittleDataError
from ml.evaluation.booster_choice import IsOver, never
from ml.evaluation.horizon_figures import HorizonFigures, horizon_figures
from ml.gates.comparison import Candidate, decide
from ml.gates.failure_gate import GateReport
from ml.gates.readiness import Readiness, assess_readiness
from ml.models.champion import Champion
from ml.models.golden import Golden, Score, golden_rows
from ml.models.libraries import library_versions
from ml.policy import Policy
from ml.training import own_trainers
from ml.training.listener import Notify, notify_nobody
from ml.training.task import HorizonData, TrainingParams, TrainingTask, trainers

__all__ = ["TrainedModel", "TrainingParams", "own_trainers", "train"]


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What one training makes; `artifact` turns it into files.

    Attributes:
        features: Ordered feature list.
        policy: Policy it was made and evaluated under.
        params: Parameters of the models.
        readiness: What the data can carry, at the leading horizon.
        beside: Further horizons that were asked for, each with what the data say of its failure model.
        healthy_rule: How healthy rows were chosen.
        models: Those that the data can carry, in the order of the trainers; none where they carry no model.
        gate: The gate's answer; None where nothing was trained.
        references: Histograms of features and scores over all rows.
        golden: Rows with scores to prove a compiled model.
        trained_from_us: First time of any row.
        trained_until_us: Last time of any row.
        libraries: Versions of the libraries that made it.
    """

    features: FeatureList
    policy: Policy
    params: TrainingParams
    readiness: Readiness
    healthy_rule: str
    models: tuple[CandidateModel, ...]
    gate: GateReport | None
    references: tuple[Histogram, ...]
    golden: Golden
    trained_from_us: int
    trained_until_us: int
    libraries: Mapping[str, str]
    beside: tuple[tuple[str, str], ...] = ()

    @property
    def failure(self) -> FailureResult | None:
        """The first failure model, which the gate compared; None where the data cannot carry one."""
        return first(self.models, FailureResult)

    @property
    def horizons(self) -> tuple[HorizonFigures, ...]:
        """Figures of the failure models beside the first, in their order."""
        found = (each for each in self.models if isinstance(each, FailureResult))
        return tuple(horizon_figures(each.policy, each.evaluation, each.ranking) for each in found if each.ranking)

    @property
    def anomaly(self) -> AnomalyModel | None:
        """The first anomaly model; None where the data cannot carry one."""
        return first(self.models, AnomalyModel)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of its models, each once, as gold.model_versions names them."""
        return tuple(dict.fromkeys(model.kind for model in self.models))

    def with_model(self, model: CandidateModel) -> TrainedModel:
        """The same with a model in place of the one of its name."""
        models = tuple(model if one.entry.name == model.entry.name else one for one in self.models)
        return replace(self, models=models)


def train(  # noqa: PLR0913 (the data, what is asked of them, and who compares and listens)
    frames: TrainingFrames,
    features: FeatureList,
    policy: Policy,
    params: TrainingParams,
    *,
    beside: Sequence[Policy] = (),
    champion: Champion | None = None,
    approved_by: str | None = None,
    is_over: IsOver = never,
    notify: Notify = notify_nobody,
) -> TrainedModel:
    """Train every kind that has a trainer, evaluate by rolling origins, and put the result before the gate.

    Args:
        frames: Gold as pandas frames.
        features: Ordered feature columns of ``frames.features``.
        policy: Costs, minimum evidence, limits; its horizon leads: alarms are those of its model, and gates compare it.
        params: Parameters of the models.
        beside: The policy of each further horizon that gets a failure model where the data carry one.
        champion: Model in force, None for the first training of a plant.
        approved_by: Person who takes the small-plant decision; asks for that gate.
        is_over: Whether the time for trying alternatives to the parameters is over. `TrainedModel.params` says how
            many of them were tried; asked for so many, a training without limit gives the same model.
        notify: Who is notified of what is being done; it changes no result.

    Raises:
        FrameError: The frames are malformed.
        LeakError: Labels contradict the failures.
        TooLittleDataError: There is no row at all.
        ArtifactError: Two models give their golden scores one name.
    """
    task = _task(frames, features, policy, params, notify)
    further = (_horizon(task, frames, each) for each in beside if each.horizon != policy.horizon)
    task = replace(task, beside=tuple(further), is_over=is_over)
    models = tuple(model for trainer in trainers() for model in trainer(task))
    notify("gate and references")
    candidate = Candidate(task.dataset, features.names, task.healthy.mask, models, task.embargo_us)
    return _result(task, models, decide(candidate, champion, approved_by, policy))


def _task(
    frames: TrainingFrames, features: FeatureList, policy: Policy, params: TrainingParams, notify: Notify
) -> TrainingTask:
    notify("rows and labels")
    dataset = build_dataset(frames, features, policy)
    if not len(dataset):
        raise TooLittleDataError("the feature frame holds no row: build gold.machine_features first")
    embargo_us = policy.embargo_us(features.longest_window_s)
    serviced = frames.maintenance
    events = maintenance_events(
        serviced["machine_id"].astype(str).to_numpy(dtype=np.str_), to_us(serviced["occurred_at"])
    )
    healthy = with_readings(healthy_rows(dataset, events, policy), dataset, features.indices(telemetry=True))
    readiness = assess_readiness(dataset, healthy.mask, policy, embargo_us)
    params = replace(params, failure=replace(params.failure, constraints=features.constraints))
    return TrainingTask(dataset, events, healthy, features, policy, params, readiness, embargo_us, notify)


def _horizon(task: TrainingTask, frames: TrainingFrames, policy: Policy) -> HorizonData:
    dataset = with_horizon(task.dataset, frames, task.features, policy)
    embargo_us = policy.embargo_us(task.features.longest_window_s)
    return HorizonData(dataset, policy, assess_readiness(dataset, task.healthy.mask, policy, embargo_us), embargo_us)


def _result(task: TrainingTask, models: tuple[CandidateModel, ...], gate: GateReport | None) -> TrainedModel:
    scores = _scores(models)
    failure = first(models, FailureResult)
    return TrainedModel(
        features=task.features,
        policy=task.policy,
        params=_tried(task.params, failure),
        readiness=task.readiness,
        healthy_rule=task.healthy.rule,
        models=models,
        gate=gate,
        references=_references(task.dataset, task.features.names, models),
        golden=golden_rows(task.dataset, scores, failure.score if failure else None, task.policy.golden_rows),
        trained_from_us=int(task.dataset.scored_us.min()),
        trained_until_us=int(task.dataset.scored_us.max()),
        libraries=library_versions(),
        beside=tuple((each.policy.horizon, each.readiness.reasons[0]) for each in task.beside),
    )


def _tried(params: TrainingParams, failure: FailureResult | None) -> TrainingParams:
    """The parameters with the number of alternatives that were tried; none where there is no failure model."""
    tried = max(len(failure.tried) - 1, 0) if failure else 0
    return replace(params, failure=replace(params.failure, alternatives=tried))


def _scores(models: tuple[CandidateModel, ...]) -> dict[str, Score]:
    """What scores the golden rows for each array; one array holds the scores of one model."""
    found: dict[str, Score] = {}
    for model in models:
        name = model.entry.golden
        if name in found or name == GOLDEN_ROWS:
            raise ArtifactError(
                f"model {model.entry.name!r} writes golden scores {name!r}, which are another's; name them by the model"
            )
        found[name] = model.score
    return found


def _references(dataset: Dataset, names: tuple[str, ...], models: tuple[CandidateModel, ...]) -> tuple[Histogram, ...]:
    """Histograms of the features, and of each model's scores: the first of a column under its name."""
    found = {one.name: one for one in feature_histograms(dataset, names)}
    for model in models:
        name = model.entry.name if model.column in found else model.column
        found[name] = histogram(name, model.score(dataset.values))
    return tuple(found.values())
