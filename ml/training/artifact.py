"""A trained model as the files of its folder; their form is `expectations.model_folder`."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from math import inf
from typing import Any

import numpy as np

from expectations.model_folder.documents import (
    CalibrationMap,
    Calibrations,
    Check,
    FeatureColumn,
    Features,
    Metrics,
    Models,
    OutlookBin,
    Outlooks,
    OutlookTable,
    Readiness,
    Threshold,
    Thresholds,
    Training,
)
from expectations.model_folder.models import (
    ANOMALY_FILE,
    ANOMALY_NAME,
    GOLDEN_FILE,
    GOLDEN_MARGINS,
    GOLDEN_PATH_LENGTHS,
    GOLDEN_ROWS,
    HELD_OUT_ARRAYS,
    HELD_OUT_FILE,
    REFERENCE_FILE,
    Model,
    anomaly_model,
    failure_file,
    failure_model,
)
from expectations.model_folder.models import failure_name as name_of_horizon
from ml.candidates.failure_result import FailureResult
from ml.canonical import canonical_json
from ml.models.failure_model import model_bytes
from ml.models.fixed_zip import npz_bytes
from ml.models.forest import forest_bytes
from ml.models.golden import Golden
from ml.training.picture_numbers import picture_numbers
from ml.training.summary import summarise
from ml.training.train import TrainedModel

ALWAYS = float(np.finfo(np.float32).min)
"""Threshold that every margin reaches: minus infinity, as JSON can hold it. Margins are finite float32."""


def artifact_files(model: TrainedModel) -> dict[str, bytes]:
    """Content of the model folder by file name; the same model gives the same bytes."""
    documents = (
        Models(models_of(model)),
        Features(_features(model)),
        Calibrations(_calibrations(model)),
        Outlooks(_outlooks(model), _plain(model.outlook.coverage) if model.outlook else None),
        Thresholds(thresholds(model)),
        Metrics(_plain(summarise(model)), _readiness(model)),
        _training(model),
    )
    files = {document.FILE: _json(document) for document in documents}
    if (pictures := picture_numbers(model)) is not None:
        files[pictures.FILE] = _json(pictures)
    files[REFERENCE_FILE] = _json({"histograms": model.references})
    files[GOLDEN_FILE] = _golden_bytes(model.golden)
    if model.failure:
        files[failure_file(model.policy.horizon)] = model_bytes(model.failure.booster)
        files[HELD_OUT_FILE] = _held_out_bytes(model.failure)
    if model.anomaly:
        files[ANOMALY_FILE] = forest_bytes(model.anomaly.forest)
    return files


def models_of(model: TrainedModel) -> tuple[Model, ...]:
    """The models that the training made."""
    failure = (failure_model(model.policy.horizon),) if model.failure else ()
    return (*failure, anomaly_model()) if model.anomaly else failure


def failure_name(model: TrainedModel) -> str:
    """Name of the failure model, as ``failure_24h``."""
    return name_of_horizon(model.policy.horizon)


def thresholds(model: TrainedModel) -> tuple[Threshold, ...]:
    """All thresholds; a probability that no margin reaches gives none, one that every margin reaches `ALWAYS`."""
    found: list[Threshold] = []
    if model.failure:
        found += _failure_thresholds(model, model.failure)
    if model.anomaly:
        found.append(Threshold("anomaly", ANOMALY_NAME, model.anomaly.threshold))
    return tuple(found)


def _failure_thresholds(model: TrainedModel, failure: FailureResult) -> list[Threshold]:
    policy, calibrator = model.policy, failure.calibrator
    asked = (
        ("alarm", failure.threshold, calibrator.probability_of(failure.threshold)),
        ("maintenance", failure.maintenance_margin, policy.maintenance_probability),
        ("safe_stop", failure.stop_margin, policy.stop_probability),
    )
    name = failure_name(model)
    return [Threshold(what, name, max(value, ALWAYS), p) for what, value, p in asked if value < inf]


def _features(model: TrainedModel) -> tuple[FeatureColumn, ...]:
    units = model.features.units or ("",) * len(model.features.names)
    ranges = {each.name: each for each in model.references}
    return tuple(
        FeatureColumn(name, unit, name in model.features.telemetry, ranges[name].minimum, ranges[name].maximum)
        for name, unit in zip(model.features.names, units, strict=True)
    )


def _calibrations(model: TrainedModel) -> tuple[CalibrationMap, ...]:
    if model.failure is None:
        return ()
    fitted = model.failure.calibrator
    return (
        CalibrationMap(
            model=failure_name(model),
            kind=fitted.kind,
            slope=fitted.slope,
            intercept=fitted.intercept,
            knot_scores=fitted.knot_margins,
            knot_probabilities=fitted.knot_probabilities,
            fitted_rows=fitted.fitted_rows,
            fitted_positives=fitted.fitted_positives,
        ),
    )


def _outlooks(model: TrainedModel) -> tuple[OutlookTable, ...]:
    if model.outlook is None or not model.outlook.bins:
        return ()
    bins = model.outlook.bins
    knots = tuple(one.margin_from for one in bins[1:] if one.margin_from is not None)
    written = tuple(OutlookBin(**asdict(one), confidence_frac=one.confidence_frac) for one in bins)
    return (OutlookTable(failure_name(model), knots, written),)


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
        anomaly_healthy_quantiles=model.anomaly.healthy_quantiles if model.anomaly else None,
        longest_window_s=model.features.longest_window_s,
        libraries=dict(model.libraries),
    )


def _golden_bytes(golden: Golden) -> bytes:
    arrays = {
        GOLDEN_ROWS: golden.rows,
        GOLDEN_MARGINS: golden.margins,
        GOLDEN_PATH_LENGTHS: golden.path_lengths,
    }
    return npz_bytes({name: array for name, array in arrays.items() if array is not None})


def _held_out_bytes(failure: FailureResult) -> bytes:
    """Scores of the rolling origins: what a model said that had not seen the row, and the threshold in force then."""
    evaluation = failure.evaluation
    arrays = (
        evaluation.held_out.rows.machine_ids,
        evaluation.held_out.rows.scored_us,
        evaluation.held_out.margins,
        evaluation.probabilities,
        np.array([choice.threshold for choice in evaluation.choices])[evaluation.held_out.block],
    )
    return npz_bytes(dict(zip(HELD_OUT_ARRAYS, arrays, strict=True)))


def _json(value: object) -> bytes:
    return canonical_json(value).encode() + b"\n"


def _plain(value: object) -> Any:
    """The document that `canonical_json` makes of a result: dicts, lists, texts and numbers."""
    return json.loads(canonical_json(value))
