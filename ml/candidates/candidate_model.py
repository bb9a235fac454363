"""What a training and its gates ask of a trained model, of whatever kind it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from expectations.model_folder.documents import CalibrationMap, OutlookTable, Threshold
from expectations.model_folder.models import Model
from ml.data.dataset import Float64
from ml.gates.failure_gate import Check

M = TypeVar("M")


class CandidateModel(Protocol):
    """One model of a training: a version holds any number of them, of any kinds and horizons."""

    @property
    def kind(self) -> str:
        """Kind as gold.model_versions names it: ``failure``, ``anomaly``."""

    @property
    def entry(self) -> Model:
        """Its entry in ``models.json``: name, scorer, files and horizon."""

    @property
    def column(self) -> str:
        """Name of its scores where people see them, as ``margin``."""

    @property
    def trained_until_us(self) -> int:
        """Last time of a row that trained it, UTC microseconds."""

    def score(self, rows: Float64) -> NDArray[np.floating]:
        """Scores of feature rows, shape (n, f) to (n,), the bits that every other engine must reproduce."""

    def files(self) -> Mapping[str, bytes]:
        """Content of its files by name; the files of its entry are among them."""

    def thresholds(self) -> tuple[Threshold, ...]:
        """Scores at which something is requested."""

    def calibrations(self) -> tuple[CalibrationMap, ...]:
        """Its map from scores to probabilities; empty where it has none."""

    def outlooks(self) -> tuple[OutlookTable, ...]:
        """Its table of the time to the next failure; empty where it has none."""

    def checks(self) -> tuple[Check, ...]:
        """What it must show on its own, beside the gates of failure models and of anomaly models."""

    def figures(self) -> Mapping[str, Any]:
        """Figures for ``metrics.json`` beside those of the summary."""


def first(models: Iterable[object], of: type[M]) -> M | None:
    """The first of the models that is of a class; None where there is none."""
    return next((model for model in models if isinstance(model, of)), None)
