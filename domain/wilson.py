"""The interval of a proportion: one formula for models and for gold."""

from __future__ import annotations

from math import sqrt

Z_95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""


def wilson_interval(hits: float, total: float, z: float = Z_95) -> tuple[float, float]:
    """Interval of a proportion that stays inside [0, 1] and works for few cases, also of weighted ones.

    Source: Wilson, JASA 22 (1927). SciPy's `binomtest` takes whole hits only, and a millisecond.

    >>> tuple(round(bound, 3) for bound in wilson_interval(6, 7))
    (0.487, 0.974)
    >>> wilson_interval(0, 0)
    (0.0, 1.0)
    """
    if total == 0:
        return 0.0, 1.0
    rate = hits / total
    centre = rate + z * z / (2 * total)
    half = z * sqrt(rate * (1 - rate) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)
