"""The three distances of windows from a reference, and the least of them that counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.drift.kl_divergence import kl_divergence
from ml.drift.ks_distance import ks_distance
from ml.drift.psi import psi
from ml.drift.sketch import Float64
from ml.drift.tenths import ends_of_tenths, rows_by_end

MEASURES = ("ks", "psi", "kl")


@dataclass(frozen=True, slots=True)
class Distances:
    """One number for each distance: of a window, or the limit beyond which one counts.

    Attributes:
        ks: Kolmogorov-Smirnov distance, 0 to 1.
        psi: Population stability index, nats.
        kl: KL(current || reference), nats.
    """

    ks: float
    psi: float
    kl: float

    def beyond(self, limits: Distances) -> tuple[str, ...]:
        """The distances that are greater than their limit.

        >>> Distances(0.3, 0.2, 0.1).beyond(Distances(0.2, 0.25, 0.3))
        ('ks',)
        """
        return tuple(name for name in MEASURES if getattr(self, name) > getattr(limits, name))


def distances(reference: Float64, windows: Float64, expected: Float64) -> Float64:
    """Distances of each window from what is expected of it, shape (w, 3) in the order of `MEASURES`.

    Args:
        reference: Rows at or below each bin, which give the tenths, shape (b,).
        windows: Rows at or below the same bins, shape (w, b); at least one row in each.
        expected: What each window is compared with, shape (w, b); at least one row in each.
    """
    ends = ends_of_tenths(reference)
    few_expected, few_windows = rows_by_end(expected, ends), rows_by_end(windows, ends)
    found = (
        ks_distance(expected, windows),
        psi(few_expected, few_windows),
        kl_divergence(few_expected, few_windows),
    )
    return np.stack(found, axis=1)
