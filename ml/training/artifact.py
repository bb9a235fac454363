"""The model folder: XGBoost's own JSON, plain arrays and canonical JSON. No pickle, no clock.

| file | holds |
|---|---|
| ``failure_<horizon>.json`` | the booster, XGBoost's JSON |
| ``anomaly.npz`` | the isolation forest, arrays of `forest.Forest` |
| ``features.json`` | ordered features with unit, telemetry or not, range seen |
| ``calibration.json`` | map from margin to probability |
| ``outlook.json`` | the time that is left, by margin; no table where failures were too few |
| ``thresholds.json`` | scores at which something is asked for |
| ``reference.json`` | histograms of features and scores with frozen edges |
| ``held_out.npz`` | scores of held-out rows with the threshold in force, for stories and audits |
| ``golden.npz`` | ``rows`` float64, ``margins`` float32, ``path_lengths`` float64 |
| ``metrics.json`` | every figure and the readiness report |
| ``training.json`` | policy, parameters, times of the rows, versions of the libraries |
| ``model_card.html`` | the card for people, where the caller adds it |

The gate's answer depends on the champion of the day, so it is no part of the folder's digest, and neither
is the card, which shows it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from ml.candidates.failure_result import FailureResult
from ml.canonical import canonical_json
from ml.errors import ArtifactError
from ml.models.champion import AnomalyChampion, Champion, FailureChampion
from ml.models.failure_model import load_booster, model_bytes
from ml.models.fixed_zip import npz_bytes
from ml.models.forest import forest_bytes, load_forest
from ml.models.golden import Golden
from ml.training.summary import summarise
from ml.training.train import TrainedModel

ANOMALY = "anomaly"
CARD_FILE = "model_card.html"

ALWAYS = float(np.finfo(np.float32).min)
"""Threshold that every margin reaches: minus infinity, as JSON can hold it. Margins are finite float32."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A score at which something is asked for.

    Attributes:
        name: ``alarm``, ``maintenance``, ``safe_stop`` or ``anomaly``.
        model: ``failure_<horizon>`` (margin >= value) or ``anomaly`` (path length < value).
        value: The score.
        probability: Calibrated probability there, for people; None for the anomaly model.
    """

    name: str
    model: str
    value: float
    probability: float | None


def artifact_files(model: TrainedModel) -> dict[str, bytes]:
    """Content of the model folder by file name; the same model gives the same bytes."""
    files = {
        "features.json": _json({"features": _features(model)}),
        "calibration.json": _json({"calibrations": _calibrations(model)}),
        "outlook.json": _json({"outlooks": _outlooks(model), "coverage": model.outlook and model.outlook.coverage}),
        "thresholds.json": _json({"thresholds": thresholds(model)}),
        "reference.json": _json({"histograms": model.references}),
        "golden.npz": _golden_bytes(model.golden),
        "metrics.json": _json({"summary": summarise(model), "readiness": model.readiness}),
        "training.json": _json(_training(model)),
    }
    if model.failure:
        files[f"{failure_name(model)}.json"] = model_bytes(model.failure.booster)
        files["held_out.npz"] = _held_out_bytes(model.failure)
    if model.anomaly:
        files["anomaly.npz"] = forest_bytes(model.anomaly.forest)
    return files


def failure_name(model: TrainedModel) -> str:
    """Name of the failure model, as ``failure_24h``."""
    return f"failure_{model.policy.horizon}"


def thresholds(model: TrainedModel) -> tuple[Threshold, ...]:
    """All thresholds; a probability that no margin reaches gives none, one that every margin reaches `ALWAYS`."""
    found: list[Threshold] = []
    if model.failure:
        found += _failure_thresholds(model, model.failure)
    if model.anomaly:
        found.append(Threshold("anomaly", ANOMALY, model.anomaly.threshold, None))
    return tuple(found)


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files into ``folder``, which is made where it is absent."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def read_folder(folder: Path) -> dict[str, bytes]:
    """Content of a model folder by file name."""
    if not folder.is_dir():
        raise ArtifactError(f"{folder} is no model folder: train a model, or restore the folder")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def files_sha256(files: Mapping[str, bytes]) -> str:
    """Digest over names and contents of all files but the card."""
    digest = hashlib.sha256()
    for name in sorted(set(files) - {CARD_FILE}):
        digest.update(f"{name} {hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return digest.hexdigest()


def load_champion(version: str, files: Mapping[str, bytes]) -> Champion:
    """The version in force from its folder, for the comparison with a challenger.

    Raises:
        ArtifactError: A file or a field is missing.
    """
    training = _read_json(files, "training.json")
    values = {each["name"]: each["value"] for each in _read_json(files, "thresholds.json")["thresholds"]}
    names = tuple(each["name"] for each in _read_json(files, "features.json")["features"])
    try:
        horizon = training["policy"]["horizon"]
        failure = anomaly = None
        if f"failure_{horizon}.json" in files:
            booster = load_booster(files[f"failure_{horizon}.json"])
            failure = FailureChampion(booster, values["alarm"], training["failure_until_us"], names)
        if "anomaly.npz" in files:
            anomaly = AnomalyChampion(load_forest(files["anomaly.npz"]), values["anomaly"], names)
        return Champion(version, horizon, names, training["rows_until_us"], failure, anomaly)
    except KeyError as exc:
        raise ArtifactError(f"version {version} lacks {exc} in its folder: restore it") from exc


def _failure_thresholds(model: TrainedModel, failure: FailureResult) -> list[Threshold]:
    policy, calibrator = model.policy, failure.calibrator
    asked = (
        ("alarm", failure.threshold, calibrator.probability_of(failure.threshold)),
        ("maintenance", failure.maintenance_margin, policy.maintenance_probability),
        ("safe_stop", failure.stop_margin, policy.stop_probability),
    )
    name = failure_name(model)
    return [Threshold(what, name, max(value, ALWAYS), p) for what, value, p in asked if value < inf]


def _features(model: TrainedModel) -> list[dict[str, object]]:
    units = model.features.units or ("",) * len(model.features.names)
    ranges = {each.name: each for each in model.references}
    return [
        {
            "name": name,
            "unit": unit,
            "telemetry": name in model.features.telemetry,
            "minimum": ranges[name].minimum,
            "maximum": ranges[name].maximum,
        }
        for name, unit in zip(model.features.names, units, strict=True)
    ]


def _calibrations(model: TrainedModel) -> list[dict[str, object]]:
    if model.failure is None:
        return []
    fitted = model.failure.calibrator
    return [
        {
            "model": failure_name(model),
            "kind": fitted.kind,
            "slope": fitted.slope,
            "intercept": fitted.intercept,
            "knot_scores": fitted.knot_margins,
            "knot_probabilities": fitted.knot_probabilities,
            "fitted_rows": fitted.fitted_rows,
            "fitted_positives": fitted.fitted_positives,
        }
    ]


def _outlooks(model: TrainedModel) -> list[dict[str, object]]:
    if model.outlook is None or not model.outlook.bins:
        return []
    bins = model.outlook.bins
    return [
        {
            "model": failure_name(model),
            "knots": [one.margin_from for one in bins[1:]],
            "bins": [{**asdict(one), "confidence_frac": one.confidence_frac} for one in bins],
        }
    ]


def _training(model: TrainedModel) -> dict[str, object]:
    return {
        "policy": model.policy,
        "params": model.params,
        "rows_from_us": model.trained_from_us,
        "rows_until_us": model.trained_until_us,
        "failure_until_us": model.failure.trained_until_us if model.failure else None,
        "anomaly_until_us": model.anomaly.trained_until_us if model.anomaly else None,
        "anomaly_healthy_quantiles": model.anomaly.healthy_quantiles if model.anomaly else None,
        "longest_window_s": model.features.longest_window_s,
        "libraries": dict(model.libraries),
    }


def _golden_bytes(golden: Golden) -> bytes:
    arrays = {
        "rows": golden.rows,
        "margins": golden.margins,
        "path_lengths": golden.path_lengths,
    }
    return npz_bytes({name: array for name, array in arrays.items() if array is not None})


def _held_out_bytes(failure: FailureResult) -> bytes:
    """Scores of the rolling origins: what a model said that had not seen the row, and the threshold in force then."""
    evaluation = failure.evaluation
    arrays = {
        "machine_ids": evaluation.held_out.rows.machine_ids,
        "scored_us": evaluation.held_out.rows.scored_us,
        "margins": evaluation.held_out.margins,
        "probabilities": evaluation.probabilities,
        "thresholds": np.array([choice.threshold for choice in evaluation.choices])[evaluation.held_out.block],
    }
    return npz_bytes(arrays)


def _json(value: object) -> bytes:
    return canonical_json(value).encode() + b"\n"


def _read_json(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    if name not in files:
        raise ArtifactError(f"model folder lacks {name}, it holds {sorted(files)}: restore it")
    content: dict[str, Any] = json.loads(files[name])
    return content
