"""Rows with the scores that every engine must reproduce, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xgboost as xgb

from ml.data.dataset import Dataset, Float32, Float64
from ml.data.failure_events import Int64
from ml.models.failure_model import margins
from ml.models.forest import Forest, path_lengths

TOP_SHARE = 4
"""One row in four is one of the highest margins: where alarms are decided."""


@dataclass(frozen=True, slots=True)
class Golden:
    """Feature rows and their scores.

    Attributes:
        rows: float64, shape (n, f), NaN for null; engines cast to float32.
        margins: float32, shape (n,), None without a failure model.
        path_lengths: float64, shape (n,), None without an anomaly model.
    """

    rows: Float64
    margins: Float32 | None
    path_lengths: Float64 | None


def golden_rows(dataset: Dataset, booster: xgb.Booster | None, forest: Forest | None, count: int) -> Golden:
    """Up to ``count`` rows: the highest margins, and the rest evenly over time, the first included."""
    scores = np.zeros(len(dataset), np.float32) if booster is None else margins(booster, dataset.values)
    rows = dataset.values[_places(scores, count)]
    return Golden(
        rows=rows,
        margins=None if booster is None else margins(booster, rows),
        path_lengths=None if forest is None else path_lengths(forest, rows.astype(np.float32)),
    )


def _places(scores: Float32, count: int) -> Int64:
    top = np.argsort(-scores, kind="stable")[: count // TOP_SHARE]
    even = np.linspace(0, len(scores) - 1, count - len(top)).astype(np.int64)
    return np.union1d(top, even).astype(np.int64)
