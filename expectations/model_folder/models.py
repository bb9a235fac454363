"""The files of a model folder and the models in it: names, kinds, arrays."""

from __future__ import annotations

from dataclasses import dataclass

XGBOOST_MARGIN, IFOREST_DEPTH, PCA_T2, PCA_Q = "xgboost-margin", "iforest-depth", "pca-t2", "pca-q"
"""Kinds of model that the training makes, as a bundle's manifest names them."""

XGBOOST_DERIVED = "xgboost-margin-derived"
"""Kind of a booster that carries residual columns, see `derived`."""

FAILURE_KINDS = (XGBOOST_MARGIN, XGBOOST_DERIVED)
"""Kinds of failure models: their files are XGBoost's own."""

ANOMALY_NAME, ANOMALY_FILE = "anomaly", "anomaly.npz"
REFERENCE_FILE, GOLDEN_FILE = "reference.json", "golden.npz"
OLD_HELD_OUT_FILE = "held_out.npz"
"""Held-out scores of the one failure model, in folders of before each model had a file of its own."""
CARD_FILE = "model_card.html"

GOLDEN_ROWS, GOLDEN_PATH_LENGTHS = "rows", "path_lengths"
OLD_GOLDEN_MARGINS = "margins"
"""Array of the one failure model, in folders of before ``models.json`` named it."""
HELD_OUT_ARRAYS = ("machine_ids", "scored_us", "margins", "probabilities", "thresholds")
"""Machine, UTC microseconds, float32 margin, calibrated probability, threshold in force; shape (n,) each."""


def failure_name(horizon: str) -> str:
    """Name of the failure model of a horizon, as ``failure_24h``."""
    return f"failure_{horizon}"


def failure_file(horizon: str) -> str:
    """File of the failure model of a horizon."""
    return f"{failure_name(horizon)}.json"


def held_out_file(model: str) -> str:
    """File of the held-out scores of a model, by its name, as ``failure_24h_held_out.npz``."""
    return f"{model}_held_out.npz"


@dataclass(frozen=True, slots=True)
class MissingRule:
    """Which rows a model scores: those whose missing windows are usual; the fields are those of the bundle's rule.

    Attributes:
        columns: Positions of the windows that it looks at, ascending.
        usual: Each set of them, ascending, that may be missing together.
    """

    columns: tuple[int, ...]
    usual: tuple[tuple[int, ...], ...]


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
        missing: Which rows it scores; None: all, as models did before there was a rule.
    """

    name: str
    kind: str
    files: tuple[str, ...]
    library: str
    golden: str
    horizon: str | None = None
    missing: MissingRule | None = None


def failure_model(horizon: str, kind: str = XGBOOST_MARGIN) -> Model:
    """The entry of a failure model; all that it writes carries its name, so several horizons share a folder."""
    name = failure_name(horizon)
    return Model(name, kind, (failure_file(horizon),), "xgboost", name, horizon)


def anomaly_model(missing: MissingRule | None = None) -> Model:
    """The entry of the anomaly model; `missing` as of `Model`."""
    return Model(ANOMALY_NAME, IFOREST_DEPTH, (ANOMALY_FILE,), "scikit-learn", GOLDEN_PATH_LENGTHS, missing=missing)


def residual_model(kind: str, missing: MissingRule | None) -> Model:
    """The entry of ``residual_t2`` or ``residual_q``, by its kind; `missing` as of `Model`."""
    name = f"residual_{kind.rpartition('-')[2]}"
    return Model(name, kind, (f"{name}.npz",), "numpy", name, missing=missing)
