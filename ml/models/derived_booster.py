"""A booster with the residual columns that it was trained on: one file, and rows as gold has them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xgboost as xgb

from expectations.model_folder.derived import DERIVED, Derived, DerivedColumn, LevelFit, fault_of
from ml.canonical import canonical_json
from ml.data.dataset import Float32, Float64
from ml.errors import ArtifactError
from ml.models.derived import derived_columns


def carry(booster: xgb.Booster, derived: Derived | None) -> xgb.Booster:
    """The booster itself, which from now on carries the columns; XGBoost stores them with its trees."""
    if derived is not None:
        booster.set_attr(**{DERIVED: canonical_json(derived)})
    return booster


def derived_of(booster: xgb.Booster) -> Derived | None:
    """The columns that a booster carries; None where it takes rows as they are.

    Raises:
        ArtifactError: They are not of their form.
    """
    text = booster.attr(DERIVED)
    if text is None:
        return None
    try:
        document = json.loads(text)
        columns = tuple(map(_column, document["columns"]))
        found = Derived(int(document["n_features"]), tuple(document["levels"]), columns)
        fault = fault_of(found)
    except (ValueError, KeyError, TypeError) as exc:
        raise _damaged(f"{type(exc).__name__} {exc}") from exc
    if fault is None and found.n_features + len(found.columns) != booster.num_features():
        fault = f"{found.n_features} features and {len(found.columns)} columns, trees of {booster.num_features()}"
    if fault is not None:
        raise _damaged(fault)
    return found


def _damaged(why: str) -> ArtifactError:
    return ArtifactError(f"attribute {DERIVED} of a booster is damaged ({why}); restore the model folder")


def whole_rows(booster: xgb.Booster, values: Float64 | Float32) -> Float32:
    """The columns that a booster splits, float32: those of the rows and the residual ones behind them.

    Raises:
        ArtifactError: The residual columns are damaged or missing, or the rows are of other features.
    """
    derived = derived_of(booster)
    found = values.shape[1] + (0 if derived is None else len(derived.columns))
    if found != booster.num_features():
        raise ArtifactError(
            f"rows of {values.shape[1]} features have {found} columns, the booster splits {booster.num_features()}; "
            "give rows of its features, or restore the model folder"
        )
    return with_derived(derived, values)


def with_derived(derived: Derived | None, values: Float64 | Float32) -> Float32:
    """Rows with their residual columns behind them, float32."""
    rows = np.asarray(values, dtype=np.float32)
    return rows if derived is None else np.column_stack([rows, derived_columns(derived, rows)])


def _column(found: dict[str, Any]) -> DerivedColumn:
    fits = (
        None if fit is None else LevelFit(**{**fit, "coefficients": tuple(fit["coefficients"])})
        for fit in found["fits"]
    )
    return DerivedColumn(found["target"], tuple(found["columns"]), tuple(found["powers"]), tuple(fits))
