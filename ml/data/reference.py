"""What the training rows looked like, with frozen edges: the yardstick of drift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Dataset, Float64

DECILES = np.linspace(0.1, 0.9, 9)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of one column over its own deciles.

    Bin i holds ``edges[i-1] <= x < edges[i]``, the outer ones are open; a column with few values has
    fewer edges. Nulls have their own bin.

    Attributes:
        name: Feature, ``margin`` or ``path_length``.
        edges: Ascending, at most nine.
        counts: One more than edges.
        nulls: Rows without a value.
        minimum: Least value seen, None where there was none.
        maximum: Greatest value seen, None where there was none.
    """

    name: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    nulls: int
    minimum: float | None
    maximum: float | None


def histogram(name: str, values: NDArray[np.floating]) -> Histogram:
    """The reference histogram of one column, shape (n,), NaN for null.

    >>> histogram("x", np.array([1.0, 1.0, 2.0, np.nan])).counts
    (0, 2, 1)
    """
    present: Float64 = np.sort(values[~np.isnan(values)].astype(np.float64))
    nulls = len(values) - len(present)
    if not len(present):
        return Histogram(name, (), (0,), nulls, None, None)
    edges = np.unique(np.quantile(present, DECILES, method="lower"))
    if len(edges) == 1 and edges[0] != present[-1]:
        edges = np.append(edges, present[-1])
    counts = np.bincount(np.searchsorted(edges, present, side="right"), minlength=len(edges) + 1)
    return Histogram(
        name,
        tuple(edges.tolist()),
        tuple(counts.tolist()),
        nulls,
        float(present[0]),
        float(present[-1]),
    )


def feature_histograms(rows: Dataset, names: tuple[str, ...]) -> tuple[Histogram, ...]:
    """Reference histograms of all features, in order."""
    return tuple(histogram(name, rows.values[:, place]) for place, name in enumerate(names))
