"""The one reader of model folders (form: `expectations.model_folder`)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from edge_bundle.compiler.errors import ModelFolderError
from edge_bundle.compiler.typed_json import read_json
from expectations.model_folder.documents import Calibrations, Features, Metrics, Models, Outlooks, Thresholds, Training
from expectations.model_folder.folder import ModelFolder
from expectations.model_folder.models import (
    ANOMALY_FILE,
    GOLDEN_FILE,
    GOLDEN_ROWS,
    HELD_OUT_ARRAYS,
    OLD_GOLDEN_MARGINS,
    Model,
    anomaly_model,
    failure_file,
    failure_model,
)
from expectations.model_folder.pictures import Pictures

__all__ = [
    "Golden",
    "HeldOut",
    "ModelFolderError",
    "read_document",
    "read_golden",
    "read_held_out",
    "read_model_folder",
]

Files = Mapping[str, bytes]


D = TypeVar("D", Models, Features, Calibrations, Outlooks, Thresholds, Metrics, Training, Pictures)


@dataclass(frozen=True, slots=True)
class Golden:
    """Rows with the trainer's scores.

    Attributes:
        rows: float64, shape (n, f), NaN for null.
        scores: By model name, shape (n,): the trainer's own bits, float32 margins or float64 path-length sums.
    """

    rows: NDArray[np.float64]
    scores: Mapping[str, NDArray[np.floating]]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores of the rolling origins: of models that had not seen the row; shape (n,) each.

    Attributes:
        machine_ids: Texts.
        scored_us: UTC microseconds.
        margins: float32.
        probabilities: Calibrated, float64.
        thresholds: Margin to alarm at that was in force then.
    """

    machine_ids: NDArray[np.str_]
    scored_us: NDArray[np.int64]
    margins: NDArray[np.float32]
    probabilities: NDArray[np.float64]
    thresholds: NDArray[np.float64]


def read_model_folder(files: Files) -> ModelFolder:
    """The folder with these files by name, whole and consistent.

    Raises:
        ModelFolderError: A document is missing or malformed, or names a model or file that is not there.
    """
    models = _models(files)
    training = read_document(files, Training)
    folder = ModelFolder(
        models=models,
        features=read_document(files, Features).features,
        thresholds=read_document(files, Thresholds).thresholds,
        calibrations=read_document(files, Calibrations).calibrations,
        outlooks=read_document(files, Outlooks).outlooks if Outlooks.FILE in files else (),
        training=training,
        horizon=_horizon(training),
        files=files,
    )
    _check_names(folder)
    return folder


def read_document(files: Files, kind: type[D]) -> D:
    """One document of a folder.

    Raises:
        ModelFolderError: The file is missing or is not of this form; the message has the place of the fault.
    """
    if kind.FILE not in files:
        raise ModelFolderError(f"the model folder lacks {kind.FILE}, it holds {sorted(files)}; restore it")
    return read_json(kind, files[kind.FILE], kind.FILE)


def read_golden(folder: ModelFolder) -> Golden:
    """The golden rows with the scores of every model.

    Raises:
        ModelFolderError: The file is no npz of plain arrays, or an array is missing or of another length.
    """
    names = {GOLDEN_ROWS, *(model.golden for model in folder.models)}
    arrays = _arrays(folder.files, GOLDEN_FILE, sorted(names))
    return Golden(arrays[GOLDEN_ROWS], {model.name: arrays[model.golden] for model in folder.models})


def read_held_out(files: Files, name: str) -> HeldOut:
    """The scores of held-out rows. Errors as `read_golden`."""
    arrays = _arrays(files, name, HELD_OUT_ARRAYS)
    return HeldOut(*(arrays[one] for one in HELD_OUT_ARRAYS))


def _models(files: Files) -> tuple[Model, ...]:
    """The models that the folder lists; an older folder names them by its files."""
    if Models.FILE in files:
        listed = read_document(files, Models).models
        for at, model in enumerate(listed):
            lacking = [name for name in model.files if name not in files]
            if lacking or not model.files:
                raise ModelFolderError(f"{Models.FILE}.models[{at}].files: the folder lacks {lacking}; restore it")
        return listed
    prefix, suffix = failure_file("|").split("|")
    horizons = [name[len(prefix) : -len(suffix)] for name in sorted(files) if _is_between(name, prefix, suffix)]
    found = [replace(failure_model(horizon), golden=OLD_GOLDEN_MARGINS) for horizon in horizons]
    return (*found, anomaly_model()) if ANOMALY_FILE in files else tuple(found)


def _is_between(name: str, prefix: str, suffix: str) -> bool:
    return name.startswith(prefix) and name.endswith(suffix)


def _horizon(training: Training) -> str:
    horizon = training.policy.get("horizon")
    if not isinstance(horizon, str):
        raise ModelFolderError(f"{Training.FILE}.policy.horizon: got {horizon!r}; legal is a text as 24h; restore it")
    return horizon


def _check_names(folder: ModelFolder) -> None:
    names = [model.name for model in folder.models]
    if len(set(names)) < len(names):
        raise ModelFolderError(f"{Models.FILE}: two models have one name among {names}; restore it")
    for place, model in _references(folder):
        if model not in names:
            raise ModelFolderError(f"{place}.model: got {model!r}; the folder has the models {names}; restore it")


def _references(folder: ModelFolder) -> Iterator[tuple[str, str]]:
    """Place and name of each model that a document names."""
    named = {
        f"{Thresholds.FILE}.thresholds": [each.model for each in folder.thresholds],
        f"{Calibrations.FILE}.calibrations": [each.model for each in folder.calibrations],
        f"{Outlooks.FILE}.outlooks": [each.model for each in folder.outlooks],
    }
    for document, models in named.items():
        yield from ((f"{document}[{at}]", model) for at, model in enumerate(models))


def _arrays(files: Files, name: str, wanted: Iterable[str]) -> dict[str, NDArray[Any]]:
    """The named arrays of an npz, of one length; never a pickle."""
    if name not in files:
        raise ModelFolderError(f"the model folder lacks {name}, it holds {sorted(files)}; restore it")
    try:
        with np.load(io.BytesIO(files[name]), allow_pickle=False) as archive:
            found = {one: archive[one] for one in archive.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as exc:
        raise ModelFolderError(f"{name}: no npz of plain arrays ({exc}); restore the model folder") from exc
    lacking = [one for one in wanted if one not in found]
    if lacking:
        raise ModelFolderError(f"{name}: {lacking[0]} is missing, it holds {sorted(found)}; restore the model folder")
    lengths = {one: len(found[one]) if found[one].ndim else 0 for one in wanted}
    if len(set(lengths.values())) > 1:
        raise ModelFolderError(f"{name}: arrays of different lengths {lengths}; restore the model folder")
    return found
