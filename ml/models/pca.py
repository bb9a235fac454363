"""Principal components of healthy rows: Hotelling's T2 and the squared prediction error Q, in a fixed order of sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Float64
from ml.errors import TooLittleDataError
from ml.models.array_fields import fields_bytes, load_fields
from ml.models.symmetric_eigen import symmetric_eigen

Int32 = NDArray[np.int32]

EXPLAINED_FRAC = 0.95
"""Least fraction of the variance that the components explain together: the rule for their number.

Source: cumulative percent variance; Jackson, A User's Guide to Principal Components, 1991, section 2.8. 90 and 95 % are
the usual values; measured on the Tennessee Eastman process with 70 to 95 %: docs/decisions, residual model.
"""

FARTHEST = 1e6
"""Standard deviations; a value beyond is as unusual as this one, and no sum overflows."""

ROWS_AT_ONCE = 4096
"""Rows that are projected together: their columns stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A sum of squares along axes: T2 over the components, or Q over the axes that they leave out.

    A score is the sum over the axes, in their order, of (sum over the columns, in their order, of axis entry x z)²,
    all in float64 without a fused multiplication; z = (x - center) / scale with x in float32, held within ± `farthest`.
    A row with a missing column has the score NaN.

    Attributes:
        columns: Positions in the feature list, ascending, shape (c,).
        centers: Mean of each column over the healthy rows, shape (c,).
        scales: Their standard deviation, above 0, shape (c,).
        axes: Shape (a, c).
        farthest: Largest deviation, standard deviations.
    """

    columns: Int32
    centers: Float64
    scales: Float64
    axes: Float64
    farthest: float = FARTHEST

    def scores(self, rows: Float64) -> Float64:
        """Scores of feature rows, shape (n, f) to (n,)."""
        found = [self._scores(rows[at : at + ROWS_AT_ONCE]) for at in range(0, len(rows), ROWS_AT_ONCE)]
        return np.concatenate([np.zeros(0), *found])

    def _scores(self, rows: Float64) -> Float64:
        values = rows[:, self.columns].astype(np.float32).astype(np.float64)
        deviations = np.clip((values - self.centers) / self.scales, -self.farthest, self.farthest)
        projected = np.zeros((len(rows), len(self.axes)))
        for column, weights in enumerate(self.axes.T):
            projected += deviations[:, column, None] * weights
        total = np.zeros(len(rows))
        for axis in range(len(self.axes)):
            total += projected[:, axis] * projected[:, axis]
        return np.where(np.isnan(values).any(axis=1), np.nan, total)


@dataclass(frozen=True, slots=True)
class Pca:
    """Components of healthy rows.

    Attributes:
        t2: Hotelling's T2: axes are the components, each divided by the square root of its variance.
        q: The squared prediction error: axes are the eigenvectors that are no components.
        variances: Eigenvalues of the correlation matrix, falling, shape (c,).
        rows: Rows that it was fitted on.
    """

    t2: Projection
    q: Projection
    variances: Float64
    rows: int

    @property
    def components(self) -> int:
        """Number of components."""
        return len(self.t2.axes)


def fit_pca(rows: Float64, positions: Int32, explained: float = EXPLAINED_FRAC) -> Pca:
    """Components of the rows without a missing value in these columns; columns that never change are left out.

    Each column is centred and divided by its standard deviation. The number of components is the least that explains
    the fraction, and leaves one axis for Q at least. T2 = Σ t_j² / λ_j over the components, t_j = p_j · z. Q = the
    squared distance of z from the components' plane, which is Σ t_j² over the other axes.

    Source: T2, Hotelling 1947; Q, Jackson & Mudholkar, Technometrics 21, 1979; both over one set of components,
    Chiang, Russell & Braatz, Fault Detection and Diagnosis in Industrial Systems, 2001, chapter 4.

    Args:
        rows: Feature rows, shape (n, f), NaN for null.
        positions: Columns that may be used, ascending.
        explained: Least fraction of the variance.

    Raises:
        TooLittleDataError: Fewer than two columns change, or there are no more whole rows than columns.
    """
    values = rows[:, positions].astype(np.float32).astype(np.float64)
    values = values[np.isfinite(values).all(axis=1)]
    centers = values.sum(axis=0) / max(len(values), 1)
    off = values - centers
    scales = np.sqrt((off * off).sum(axis=0) / max(len(values) - 1, 1))
    used = np.asarray(scales > np.abs(centers) * np.finfo(np.float32).eps, dtype=np.bool_)
    if used.sum() < 2 or len(values) <= used.sum():
        raise TooLittleDataError(
            f"{len(values)} whole healthy rows, {int(used.sum())} columns that change: principal components need two "
            "columns and more rows than columns; collect longer"
        )
    columns, centers, scales = positions[used].astype(np.int32), centers[used], scales[used]
    variances, vectors = symmetric_eigen(_correlation(off[:, used] / scales))
    count = min(int(np.searchsorted(np.cumsum(variances), explained * variances.sum())) + 1, len(variances) - 1)
    t2 = vectors[:count] / np.sqrt(variances[:count])[:, None]
    return Pca(
        t2=Projection(columns, centers, scales, t2),
        q=Projection(columns, centers, scales, vectors[count:]),
        variances=variances,
        rows=len(values),
    )


def _correlation(z: Float64) -> Float64:
    """Rows are added one after the other, so that no processor adds in another order."""
    whole = np.ascontiguousarray(z)
    return np.stack([(whole[:, at, None] * whole).sum(axis=0) for at in range(whole.shape[1])]) / (len(whole) - 1)


def projection_bytes(projection: Projection) -> bytes:
    """The projection as an npz of plain arrays; the same projection gives the same bytes."""
    return fields_bytes(projection)


def load_projection(content: bytes) -> Projection:
    """A projection from `projection_bytes`. Raises: as `load_fields`."""
    return load_fields(Projection, content)
