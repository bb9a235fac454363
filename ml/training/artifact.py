"""A trained model as the files of its folder; their form is `expectations.model_folder`."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from expectations.model_folder.documents import (
    Calibrations,
    Check,
    FeatureColumn,
    Features,
    Metrics,
    Models,
    Outlooks,
    Readiness,
    Threshold,
    Thresholds,
    Training,
)
from expectations.model_folder.models import GOLDEN_FILE, GOLDEN_ROWS, REFERENCE_FILE
from ml.candidates.candidate_model import CandidateModel
from ml.canonical import canonical_json
from ml.errors import ArtifactError
from ml.models.fixed_zip import npz_bytes
from ml.models.golden import Golden
from ml.training.picture_numbers import picture_numbers
from ml.training.summary import summarise
from ml.training.train import TrainedModel


def artifact_files(model: TrainedModel) -> dict[str, bytes]:
    """Content of the model folder by file name; the same model gives the same bytes.

    Raises:
        ArtifactError: Two models want one file.
    """
    models, failure = model.models, model.failure
    coverage = _plain(failure.outlook.coverage) if failure else None
    documents = (
        Models(tuple(one.entry for one in models)),
        Features(_features(model)),
        Calibrations(tuple(each for one in models for each in one.calibrations())),
        Outlooks(tuple(each for one in models for each in one.outlooks()), coverage),
        Thresholds(thresholds(model)),
        Metrics(_plain(summarise(model)), _readiness(model)),
        _training(model),
    )
    files = {document.FILE: _json(document) for document in documents}
    if (pictures := picture_numbers(model)) is not None:
        files[pictures.FILE] = _json(pictures)
    files[REFERENCE_FILE] = _json({"histograms": model.references})
    files[GOLDEN_FILE] = _golden_bytes(model.golden)
    for one in models:
        _add(files, one)
    return files


def thresholds(model: TrainedModel) -> tuple[Threshold, ...]:
    """The thresholds of all models, in their order."""
    return tuple(each for one in model.models for each in one.thresholds())


def _add(files: dict[str, bytes], model: CandidateModel) -> None:
    own = model.files()
    twice = sorted(set(own) & set(files))
    if twice:
        raise ArtifactError(f"model {model.entry.name!r} writes {twice}, which the folder holds already; rename them")
    files.update(own)


def _features(model: TrainedModel) -> tuple[FeatureColumn, ...]:
    units = model.features.units or ("",) * len(model.features.names)
    ranges = {each.name: each for each in model.references}
    return tuple(
        FeatureColumn(name, unit, name in model.features.telemetry, ranges[name].minimum, ranges[name].maximum)
        for name, unit in zip(model.features.names, units, strict=True)
    )


def _readiness(model: TrainedModel) -> Readiness:
    """The report in the form of the folder: the same fields, with its checks and verdicts as texts."""
    found = model.readiness
    same = {one.name: getattr(found, one.name) for one in fields(Readiness) if one.name != "table"}
    verdicts = {"failure_model": found.failure_model.value, "anomaly_model": found.anomaly_model.value}
    return Readiness(**{**same, **verdicts}, table=tuple(Check(**_plain(check)) for check in found.table))


def _training(model: TrainedModel) -> Training:
    return Training(
        policy=_plain(model.policy),
        params=_plain(model.params),
        rows_from_us=model.trained_from_us,
        rows_until_us=model.trained_until_us,
        failure_until_us=model.failure.trained_until_us if model.failure else None,
        anomaly_until_us=model.anomaly.trained_until_us if model.anomaly else None,
        models_until_us={one.entry.name: one.trained_until_us for one in model.models},
        anomaly_healthy_quantiles=model.anomaly.healthy_quantiles if model.anomaly else None,
        longest_window_s=model.features.longest_window_s,
        event_delays=dict(model.features.delays),
        libraries=dict(model.libraries),
    )


def _golden_bytes(golden: Golden) -> bytes:
    return npz_bytes({GOLDEN_ROWS: golden.rows, **golden.scores})


def _json(value: object) -> bytes:
    return canonical_json(value).encode() + b"\n"


def _plain(value: object) -> Any:
    """The document that `canonical_json` makes of a result: dicts, lists, texts and numbers."""
    return json.loads(canonical_json(value))
