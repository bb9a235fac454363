"""Rows with the scores that every engine must reproduce, bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Dataset, Float64
from ml.data.failure_events import Int64

TOP_FRACTION = 4
"""One row in four is one of the highest margins: where alarms are decided."""

Score = Callable[[Float64], NDArray[np.floating]]
"""Scores of feature rows, shape (n, f) to (n,)."""


@dataclass(frozen=True, slots=True)
class Golden:
    """Feature rows and their scores.

    Attributes:
        rows: float64, shape (n, f), NaN for null; engines cast to float32.
        scores: By array name of ``golden.npz``, shape (n,): each model's own type and bits.
    """

    rows: Float64
    scores: Mapping[str, NDArray[np.floating]]


def golden_rows(dataset: Dataset, models: Mapping[str, Score], risk: Score | None, count: int) -> Golden:
    """Up to ``count`` rows: those of the highest risk, and the rest evenly over time, the first included.

    Args:
        dataset: All rows.
        models: How each model scores, by array name.
        risk: Score that rises with the risk of a failure; None without a failure model.
        count: Most rows.
    """
    order = np.zeros(len(dataset), np.float32) if risk is None else risk(dataset.values)
    rows = dataset.values[_places(order, count)]
    return Golden(rows, {name: score(rows) for name, score in models.items()})


def _places(risk: NDArray[np.floating], count: int) -> Int64:
    top = np.argsort(-risk, kind="stable")[: count // TOP_FRACTION]
    even = np.linspace(0, len(risk) - 1, count - len(top)).astype(np.int64)
    return np.union1d(top, even).astype(np.int64)
