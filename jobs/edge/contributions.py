"""What each feature of a vector, and each residual column that the booster makes of it, adds to a margin."""

from collections.abc import Sequence

import numpy as np

from expectations.model_folder.derived import DerivedColumn
from expectations.residuals import residual_name
from gold.alarm_reasons import Named, Vector
from ml.models.derived import derived_columns
from ml.models.derived_booster import derived_of
from ml.models.failure_model import load_booster, row_contributions


def explained_by(booster: bytes, features: Sequence[Named], vectors: Vector) -> tuple[Sequence[Named], Vector, Vector]:
    """Features and residual columns behind them, their values, and what each adds to the margin, shape (n, f + d).

    Args:
        booster: The failure model as XGBoost's JSON.
        features: Of the vectors.
        vectors: Shape (n, f), NaN for a missing value.
    """
    model = load_booster(booster)
    added = row_contributions(model, vectors).astype(np.float64)
    derived = derived_of(model)
    if derived is None:
        return features, vectors, added
    residual = (_residual(features, column) for column in derived.columns)
    values = np.column_stack([vectors, derived_columns(derived, vectors).astype(np.float64)])
    return (*features, *residual), values, added


def _residual(features: Sequence[Named], column: DerivedColumn) -> Named:
    name = features[column.target].name
    by = tuple(dict.fromkeys(features[place].name for place in column.columns))
    return Named(residual_name(name), "1", name, by)
