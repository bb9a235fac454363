"""Counts of bins as proportions that are never zero, so that every logarithm of their ratio exists."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.drift.sketch import Float64

PSEUDOCOUNT = 0.5
"""Added to each bin. Source: the Jeffreys prior of a multinomial, Jeffreys 1946; also called Krichevsky-Trofimov."""


def proportions(counts: NDArray[np.number]) -> Float64:
    """Proportions along the last axis; each bin has half a row more, and they add up to 1.

    >>> proportions(np.array([1, 0])).tolist()
    [0.75, 0.25]
    """
    smoothed = np.asarray(counts, dtype=np.float64) + PSEUDOCOUNT
    return np.asarray(smoothed / smoothed.sum(axis=-1, keepdims=True), dtype=np.float64)
