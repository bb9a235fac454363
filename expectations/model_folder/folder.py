"""A whole model folder, as its reader gives it, and the digest that names its content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from expectations.model_folder.documents import CalibrationMap, FeatureColumn, OutlookTable, Threshold, Training
from expectations.model_folder.models import CARD_FILE, Model
from expectations.model_folder.pictures import Pictures

SHOWN = frozenset((CARD_FILE, Pictures.FILE))
"""What is made for people from a training and its gate; a change there is no other model."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A whole model folder, read and checked: names fit each other, and no file of a model is missing.

    Attributes:
        models: None where the records could carry no model; the first of a kind is the one that a gate compared.
        features: Places of the feature vector.
        thresholds: In order of the document.
        calibrations: At most one per model.
        outlooks: At most one per model.
        training: How it was made.
        horizon: Horizon that the training was asked for, as the profile writes it.
        files: Every file by name.
    """

    models: tuple[Model, ...]
    features: tuple[FeatureColumn, ...]
    thresholds: tuple[Threshold, ...]
    calibrations: tuple[CalibrationMap, ...]
    outlooks: tuple[OutlookTable, ...]
    training: Training
    horizon: str
    files: Mapping[str, bytes]

    def first(self, kind: str) -> Model | None:
        """The first model of a kind, None where there is none."""
        return next((model for model in self.models if model.kind == kind), None)

    def source(self, model: Model) -> bytes:
        """The trained model's own file."""
        return self.files[model.files[0]]

    def threshold(self, model: Model, name: str) -> float | None:
        """A model's threshold of that name, None where it has none."""
        found = (each.value for each in self.thresholds if (each.model, each.name) == (model.name, name))
        return next(found, None)


def files_sha256(files: Mapping[str, bytes]) -> str:
    """Digest over names and contents of all files that a model consists of: all but those of `SHOWN`."""
    digest = hashlib.sha256()
    for name in sorted(set(files) - SHOWN):
        digest.update(f"{name} {hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return digest.hexdigest()
