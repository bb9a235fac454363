"""Which missing windows are usual: rows that lack others say nothing of the machine to a model of healthy rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from expectations.model_folder.models import MissingRule
from ml.data.dataset import Dataset, Float64, Mask

Int32 = NDArray[np.int32]

USUAL_FRACTION = 0.1
"""A pattern is usual where so many of a machine's rows have it: a metric that the machine has not, or windows that were
not filled yet. Starting value; an outage is longer only where a tenth of all healthy time is one.
"""

MAX_PATTERNS = 64
"""Patterns of a rule at most, those of most rows first: a plant has a few for each machine model."""


def missing_rule(rows: Dataset, positions: Int32) -> MissingRule:
    """The patterns of missing windows that are usual on some machine.

    Args:
        rows: Healthy rows that grow the trees.
        positions: Columns of windows that the model may use.
    """
    lacking = np.isnan(rows.values[:, positions])
    patterns, of_row = np.unique(lacking, axis=0, return_inverse=True)
    of_row = of_row.reshape(-1)
    usual = np.zeros(len(patterns), dtype=np.bool_)
    for machine_id in np.unique(rows.machine_ids):
        counts = np.bincount(of_row[rows.machine_ids == machine_id], minlength=len(patterns))
        usual |= counts >= max(1.0, USUAL_FRACTION * counts.sum())
    frequent = np.argsort(-np.bincount(of_row, minlength=len(patterns)), kind="stable")
    chosen = [at for at in frequent.tolist() if usual[at] and not patterns[at].all()][:MAX_PATTERNS]
    sets = sorted(tuple(positions[patterns[at]].tolist()) for at in chosen)
    return MissingRule(tuple(positions.tolist()), tuple(sets))


def can_be_scored(rule: MissingRule | None, values: Float64) -> Mask:
    """Rows whose missing windows are usual, shape (n,); all of them without a rule.

    Args:
        rule: Of a model.
        values: Features in the model's order, shape (n, f), NaN for null.
    """
    if rule is None:
        return np.ones(len(values), dtype=np.bool_)
    columns = np.asarray(rule.columns, dtype=np.int64)
    lacking = np.isnan(values[:, columns])
    found = np.zeros(len(values), dtype=np.bool_)
    for usual in rule.usual:
        found |= (lacking == np.isin(columns, usual)).all(axis=1)
    return found
