"""Windows as rows of one data set, newest row first, so that whatever takes rows takes windows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml.data.dataset import Dataset, Float64, Mask
from ml.data.failure_events import Int64
from ml.data.metric_columns import MetricColumns
from ml.models.pca import Int32
from ml.sequence.windows import Windows


def windowed(rows: Dataset, windows: Windows, columns: Int32) -> Dataset:
    """The last row of each window, with the columns of all its rows beside each other, shape (n, length x c)."""
    chosen = only_last(rows, windows)
    return replace(chosen, values=flat(rows.values, windows.rows, columns), derived=None, fitted=None)


def only_last(rows: Dataset, windows: Windows) -> Dataset:
    """The rows that have a window, in the order of the windows."""
    mask = np.zeros(len(rows), dtype=np.bool_)
    mask[windows.last] = True
    return rows.keep(mask)


def flat(values: Float64, places: Int64, columns: Int32) -> Float64:
    """Columns of the rows at places, shape (n, length), beside each other, the newest row first.

    >>> flat(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0, 1]]), np.array([0, 1])).tolist()
    [[3.0, 4.0, 1.0, 2.0]]
    """
    return values[places[:, ::-1, None], columns].reshape(len(places), places.shape[1] * len(columns))


def windowed_metrics(metrics: tuple[MetricColumns, ...], columns: Int32, length: int) -> tuple[MetricColumns, ...]:
    """The columns of each metric in all rows of a window; a metric without a level among the columns is left out."""
    found = []
    for metric in metrics:
        levels, changes = (_places(each, columns, length) for each in (metric.levels, metric.changes))
        if len(levels):
            found.append(MetricColumns(metric.metric, levels, changes))
    return tuple(found)


def first_of_each(rows: Dataset, most: int) -> Mask:
    """Of each machine its first rows, as many of one as of another and not more than so many together."""
    machine_ids, number = np.unique(rows.machine_ids, return_inverse=True)
    each = most // max(len(machine_ids), 1)
    mask = np.zeros(len(rows), dtype=np.bool_)
    for machine in range(len(machine_ids)):
        mask[np.flatnonzero(number == machine)[:each]] = True
    return mask


def _places(positions: Int64, columns: Int32, length: int) -> Int64:
    """Where positions of the feature list are in the rows of `flat`, the newest row's first."""
    at = {int(column): place for place, column in enumerate(columns)}
    newest = [at[int(each)] for each in positions if int(each) in at]
    lags = np.arange(length)[:, None] * len(columns)
    return (lags + np.array(newest, dtype=np.int64)).ravel()
