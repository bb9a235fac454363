"""The population stability index of two windows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.drift.proportions import proportions
from ml.drift.sketch import Float64


def psi(reference: NDArray[np.number], current: NDArray[np.number]) -> Float64:
    """``sum (c - r) ln(c / r)`` over bins, in nats: 0 for equal proportions, the same in both directions.

    It is KL(current || reference) + KL(reference || current). For normal windows whose means are d standard deviations
    apart it is about ``d ** 2``: 0.64 for d = 0.8.

    >>> round(float(psi(np.array([0, 1]), np.array([1, 0]))), 4)  # 2 (0.75 - 0.25) ln 3
    1.0986

    Args:
        reference: Rows by bin along the last axis.
        current: Rows by the same bins.

    Source: Siddiqi, Credit Risk Scorecards, Wiley 2006, chapter 8; Jeffreys' divergence, 1946.
    """
    expected, actual = proportions(reference), proportions(current)
    return np.asarray(((actual - expected) * np.log(actual / expected)).sum(axis=-1), dtype=np.float64)
