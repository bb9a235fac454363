"""The version in force, taken from its model folder."""

from __future__ import annotations

from typing import TypeVar

from expectations.model_folder.folder import ModelFolder
from expectations.model_folder.models import IFOREST_DEPTH, XGBOOST_MARGIN
from ml.errors import ArtifactError
from ml.models.champion import AnomalyChampion, Champion, FailureChampion
from ml.models.failure_model import load_booster
from ml.models.forest import load_forest

N = TypeVar("N", int, float)


def load_champion(version: str, folder: ModelFolder) -> Champion:
    """The version in force from its folder, for the comparison with a challenger.

    Raises:
        ArtifactError: A threshold or a time is missing, or a model's file cannot be read.
    """
    names = tuple(each.name for each in folder.features)
    seen_until_us = _needed(version, "rows_until_us", folder.training.rows_until_us)
    failure = _failure_champion(version, folder, names)
    anomaly = _anomaly_champion(version, folder, names)
    return Champion(version, folder.horizon, names, seen_until_us, failure, anomaly)


def _failure_champion(version: str, folder: ModelFolder, names: tuple[str, ...]) -> FailureChampion | None:
    model = folder.first(XGBOOST_MARGIN)
    if model is None:
        return None
    alarm = _needed(version, "threshold alarm", folder.threshold(model, "alarm"))
    until_us = _needed(version, "failure_until_us", folder.training.failure_until_us)
    return FailureChampion(load_booster(folder.source(model)), alarm, until_us, names)


def _anomaly_champion(version: str, folder: ModelFolder, names: tuple[str, ...]) -> AnomalyChampion | None:
    model = folder.first(IFOREST_DEPTH)
    if model is None:
        return None
    threshold = _needed(version, "threshold anomaly", folder.threshold(model, "anomaly"))
    return AnomalyChampion(load_forest(folder.source(model)), threshold, names)


def _needed(version: str, name: str, value: N | None) -> N:
    if value is None:
        raise ArtifactError(f"version {version} lacks {name} in its folder: restore it")
    return value
