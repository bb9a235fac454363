"""The files of a model folder and the models in it: names, kinds, arrays."""

from __future__ import annotations

from dataclasses import dataclass

XGBOOST_MARGIN, IFOREST_DEPTH = "xgboost-margin", "iforest-depth"
"""Kinds of model that the training makes, as a bundle's manifest names them."""

ANOMALY_NAME, ANOMALY_FILE = "anomaly", "anomaly.npz"
REFERENCE_FILE, GOLDEN_FILE, HELD_OUT_FILE = "reference.json", "golden.npz", "held_out.npz"
CARD_FILE = "model_card.html"

GOLDEN_ROWS, GOLDEN_MARGINS, GOLDEN_PATH_LENGTHS = "rows", "margins", "path_lengths"
HELD_OUT_ARRAYS = ("machine_ids", "scored_us", "margins", "probabilities", "thresholds")
"""Machine, UTC microseconds, float32 margin, calibrated probability, threshold in force; shape (n,) each."""


def failure_name(horizon: str) -> str:
    """Name of the failure model of a horizon, as ``failure_24h``."""
    return f"failure_{horizon}"


def failure_file(horizon: str) -> str:
    """File of the failure model of a horizon."""
    return f"{failure_name(horizon)}.json"


@dataclass(frozen=True, slots=True)
class Model:
    """One trained model.

    Attributes:
        name: How thresholds, calibrations and outlooks refer to it.
        kind: What scores it, as a bundle's manifest names it.
        files: Its files; the first is the trained model itself.
        library: Name of the library that trained it, a key of `Training.libraries`.
        golden: Array of ``golden.npz`` with its scores.
        horizon: How far ahead it predicts, as ``24h``; None where it predicts no failure.
    """

    name: str
    kind: str
    files: tuple[str, ...]
    library: str
    golden: str
    horizon: str | None = None


def failure_model(horizon: str) -> Model:
    """The entry of a failure model."""
    return Model(
        failure_name(horizon), XGBOOST_MARGIN, (failure_file(horizon),), "xgboost", GOLDEN_MARGINS, horizon
    )  # fmt: skip


def anomaly_model() -> Model:
    """The entry of the anomaly model."""
    return Model(ANOMALY_NAME, IFOREST_DEPTH, (ANOMALY_FILE,), "scikit-learn", GOLDEN_PATH_LENGTHS)
