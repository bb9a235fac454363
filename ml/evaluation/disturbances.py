"""Disturbances put into rows of features: a metric that shifted, a sensor that is stuck, a relation that broke."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.data.dataset import Float64
from ml.data.metric_columns import MetricColumns

SHIFT, STUCK, RELATION = "shift", "stuck", "relation"
KINDS = (SHIFT, STUCK, RELATION)
LEAST_ROWS = 24
"""Rows from which a correlation is known. Starting value: a day of hourly rows."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for one machine, by metric; NaN where unknown.

    Attributes:
        deviation: Sample deviation of the metric's first level, shape (metrics,).
        relation: Greatest absolute correlation of that level with another metric's, shape (metrics,).
    """

    deviation: Float64
    relation: Float64


def usual(values: Float64, metrics: tuple[MetricColumns, ...]) -> Usual:
    """What is usual in the healthy rows of one machine, shape (n, f).

    Source: Pearson's correlation, of the rows that have both metrics.
    """
    levels = pd.DataFrame(values[:, [int(metric.levels[0]) for metric in metrics]])
    related = levels.corr(min_periods=LEAST_ROWS).abs().to_numpy(copy=True)
    np.fill_diagonal(related, np.nan)
    strongest = np.where(np.isnan(related).all(axis=0), np.nan, np.nan_to_num(related).max(axis=0))
    return Usual(levels.std().to_numpy(), strongest)


def shifted(rows: Float64, metric: MetricColumns, by: float) -> Float64:
    """The rows as they would be had the metric been higher by this much for the longest window.

    >>> metric = MetricColumns("heat", np.array([0, 1]), np.array([2]))
    >>> shifted(np.array([[60.0, 64.0, 1.5, 7.0]]), metric, 10.0).tolist()
    [[70.0, 74.0, 1.5, 7.0]]
    """
    found = rows.copy()
    found[:, metric.levels] += by
    return found


def stuck(rows: Float64, metric: MetricColumns) -> Float64:
    """The rows as they would be had the sensor said its first level for the longest window and ever since.

    >>> metric = MetricColumns("heat", np.array([0, 1]), np.array([2]))
    >>> stuck(np.array([[60.0, 64.0, 1.5, 7.0], [61.0, np.nan, 1.2, 8.0]]), metric).tolist()
    [[60.0, 60.0, 0.0, 7.0], [60.0, nan, 0.0, 8.0]]
    """
    found = rows.copy()
    for columns, value in ((metric.levels, rows[0, metric.levels[0]]), (metric.changes, 0.0)):
        found[:, columns] = np.where(np.isnan(rows[:, columns]), np.nan, value)
    return found


def unrelated(rows: Float64, metric: MetricColumns, others: Float64) -> Float64:
    """The rows with the metric of other rows of the same machine: usual by itself, and alien to the other metrics.

    >>> metric = MetricColumns("heat", np.array([0]), np.array([1]))
    >>> unrelated(np.array([[60.0, 1.5, 7.0]]), metric, np.array([[50.0, 0.5, 3.0]])).tolist()
    [[50.0, 0.5, 7.0]]
    """
    found = rows.copy()
    found[:, metric.all] = others[:, metric.all]
    return found
