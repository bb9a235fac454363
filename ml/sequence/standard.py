"""Columns in deviations of healthy rows: what every column of a sequence is brought to before it is learnt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.data.dataset import Float64
from ml.errors import TooLittleDataError
from ml.models.pca import Int32

FARTHEST = 15.99
"""Deviations; a value beyond is as unusual as this one. Within ± 16, so that 16 bits hold it: `ml.sequence.int8`."""


@dataclass(frozen=True, slots=True)
class Standard:
    """Centre and deviation of each column that a sequence uses.

    Attributes:
        columns: Positions in the feature list, ascending, shape (c,).
        centers: Mean of each over the healthy rows that trained, shape (c,).
        scales: Their standard deviation, above 0, shape (c,).
    """

    columns: Int32
    centers: Float64
    scales: Float64

    def deviations(self, rows: Float64) -> Float64:
        """Feature rows, shape (..., f), in deviations within ± `FARTHEST`, shape (..., c); NaN stays NaN."""
        values = rows[..., self.columns].astype(np.float32).astype(np.float64)
        return np.clip((values - self.centers) / self.scales, -FARTHEST, FARTHEST)


def fit_standard(rows: Float64, positions: Int32) -> Standard:
    """Centre and deviation over the rows without a missing value; columns that never change are left out.

    Args:
        rows: Healthy feature rows that train, shape (n, f), NaN for null.
        positions: Columns that may be used, ascending.

    Raises:
        TooLittleDataError: No two rows are whole, or no column changes.
    """
    values = rows[:, positions].astype(np.float32).astype(np.float64)
    values = values[np.isfinite(values).all(axis=1)]
    centers = values.sum(axis=0) / max(len(values), 1)
    off = values - centers
    scales = np.sqrt((off * off).sum(axis=0) / max(len(values) - 1, 1))
    used = np.asarray(scales > np.abs(centers) * np.finfo(np.float32).eps, dtype=np.bool_)
    if len(values) < 2 or not used.any():
        raise TooLittleDataError(
            f"{len(values)} whole healthy rows, {int(used.sum())} of {len(positions)} columns change: a sequence needs "
            "two rows and a column that changes; collect longer, or look for sensors that are stuck"
        )
    return Standard(positions[used].astype(np.int32), centers[used], scales[used])
