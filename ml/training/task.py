"""What every trainer of one training gets, and who may become a trainer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ml.candidates.anomaly_model import AnomalyParams
from ml.candidates.candidate_model import CandidateModel
from ml.data.dataset import Dataset, FeatureList
from ml.data.failure_events import FailureEvents
from ml.data.healthy import HealthyRows
from ml.errors import ModelError
from ml.evaluation.booster_choice import IsOver, never
from ml.gates.readiness import Readiness
from ml.models.failure_model import FailureParams
from ml.policy import Policy
from ml.training.listener import Notify


@dataclass(frozen=True, slots=True)
class TrainingParams:
    """Parameters of the models; part of a version's name."""

    failure: FailureParams = field(default_factory=FailureParams)
    anomaly: AnomalyParams = field(default_factory=AnomalyParams)


@dataclass(frozen=True, slots=True)
class HorizonData:
    """What a horizon has of its own: the labels of the same rows, and all that follows from its length."""

    dataset: Dataset
    policy: Policy
    readiness: Readiness
    embargo_us: int


@dataclass(frozen=True, slots=True)
class TrainingTask:
    """The data of one training, checked and in order, and what is asked of its models.

    Attributes:
        dataset: Rows with the labels of the leading horizon: its alarms are the version's, and gates compare it.
        policy: Of the leading horizon.
        beside: What is different for each further horizon, in the order in which models are listed.
        is_over: Whether the time for trying alternatives to the stated parameters is over.
    """

    dataset: Dataset
    maintenance: FailureEvents
    healthy: HealthyRows
    features: FeatureList
    policy: Policy
    params: TrainingParams
    readiness: Readiness
    embargo_us: int
    notify: Notify
    beside: tuple[HorizonData, ...] = ()
    is_over: IsOver = never


Trainer = Callable[[TrainingTask], tuple[CandidateModel, ...]]
"""Models of one kind, one for each horizon; none where the data cannot carry one."""

_trainers: dict[str, Trainer] = {}


def register(kind: str, trainer: Trainer) -> Callable[[], None]:
    """Let every training make models of a kind; the function that is returned takes it back.

    Raises:
        ModelError: The kind has a trainer already.
    """
    if kind in _trainers:
        raise ModelError(f"kind {kind!r} has a trainer already; register each kind once")
    _trainers[kind] = trainer

    def forget() -> None:
        del _trainers[kind]

    return forget


def trainers() -> tuple[Trainer, ...]:
    """Trainers in the order in which models are listed."""
    return tuple(_trainers.values())
