"""The Kolmogorov-Smirnov distance of two windows, as a size of effect: never its p-value.

Telemetry is autocorrelated: with hourly rows nearly every week without drift has p < 0.05, while the distance stays
small.
"""

from __future__ import annotations

import numpy as np

from ml.drift.sketch import Float64


def ks_distance(reference: Float64, current: Float64) -> Float64:
    """Greatest distance of the two cumulative distributions, 0 to 1: ``max |F_reference(x) - F_current(x)|``.

    For normal windows whose means are d standard deviations apart it is ``2 Phi(d / 2) - 1``: 0.31 for d = 0.8.

    >>> float(ks_distance(np.array([2.0, 4.0, 4.0]), np.array([0.0, 2.0, 4.0])))
    0.5

    Args:
        reference: Rows at or below each bin, bins ascending along the last axis; at least one row.
        current: Rows at or below the same bins.

    Source: Massey, The Kolmogorov-Smirnov Test for Goodness of Fit, JASA 46, 1951.
    """
    gap = reference / reference[..., -1:] - current / current[..., -1:]
    return np.asarray(np.abs(gap, out=gap).max(axis=-1), dtype=np.float64)
