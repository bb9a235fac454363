"""The version in force, taken from its model folder: each model by the reader of its kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import TypeVar

from expectations.model_folder.folder import ModelFolder
from expectations.model_folder.models import FAILURE_KINDS, IFOREST_DEPTH, PCA_Q, PCA_T2, Model
from ml.errors import ArtifactError
from ml.models.champion import AnomalyChampion, Champion, ChampionModel, FailureChampion, ResidualChampion
from ml.models.failure_model import load_booster
from ml.models.forest import load_forest
from ml.models.pca import load_projection

N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class StoredModel:
    """One model of a stored version, as its reader gets it."""

    version: str
    folder: ModelFolder
    model: Model

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that the version was trained on, in its order."""
        return tuple(each.name for each in self.folder.features)

    @property
    def is_leading(self) -> bool:
        """Whether it is the first of its kind; a failure model beside it raises no alarm."""
        return self.folder.first(self.model.kind) == self.model

    def threshold(self, name: str) -> float:
        """Its threshold of a name.

        Raises:
            ArtifactError: The folder lacks it.
        """
        return _needed(self.version, f"threshold {name}", self.folder.threshold(self.model, name))


Reader = Callable[[StoredModel], ChampionModel]
_readers: dict[str, Reader] = {}


def register(kind: str, reader: Reader) -> Callable[[], None]:
    """Let stored models of a kind, as ``models.json`` names it, be compared; the result takes it back.

    Raises:
        ArtifactError: The kind has a reader already.
    """
    if kind in _readers:
        raise ArtifactError(f"model kind {kind!r} has a reader already; register each kind once")
    _readers[kind] = reader

    def forget() -> None:
        del _readers[kind]

    return forget


def load_champion(version: str, folder: ModelFolder) -> Champion:
    """The version in force from its folder, for the comparison with a challenger.

    Raises:
        ArtifactError: A threshold or a time is missing, a model's kind is unknown, or its file cannot be read.
    """
    unknown = sorted({model.kind for model in folder.models} - set(_readers))
    if unknown:
        raise ArtifactError(
            f"version {version} has models of the kinds {unknown}; this code reads {sorted(_readers)}: run the code "
            "that trained it, or a newer one"
        )
    seen_until_us = _needed(version, "rows_until_us", folder.training.rows_until_us)
    stored = [StoredModel(version, folder, model) for model in folder.models]
    names = tuple(each.name for each in folder.features)
    return Champion(
        version, folder.horizon, names, seen_until_us, tuple(_readers[one.model.kind](one) for one in stored)
    )


def _failure(stored: StoredModel) -> FailureChampion:
    model, training = stored.model, stored.folder.training
    until_us = training.models_until_us.get(model.name, training.failure_until_us)
    return FailureChampion(
        entry=model,
        booster=load_booster(stored.folder.source(model)),
        threshold=stored.threshold("alarm") if stored.is_leading else inf,
        trained_until_us=_needed(stored.version, "failure_until_us", until_us),
        features=stored.features,
    )


def _anomaly(stored: StoredModel) -> AnomalyChampion:
    forest = load_forest(stored.folder.source(stored.model))
    return AnomalyChampion(stored.model, forest, stored.threshold("anomaly"), stored.features)


def _residual(stored: StoredModel) -> ResidualChampion:
    projection = load_projection(stored.folder.source(stored.model))
    return ResidualChampion(stored.model, projection, stored.threshold("anomaly"), stored.features)


def _needed(version: str, name: str, value: N | None) -> N:
    if value is None:
        raise ArtifactError(f"version {version} lacks {name} in its folder: restore it")
    return value


for _kind in FAILURE_KINDS:
    register(_kind, _failure)
register(IFOREST_DEPTH, _anomaly)
register(PCA_T2, _residual)
register(PCA_Q, _residual)
