"""A residual model: one statistic of principal components of healthy rows, unusual at or above its threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from expectations.model_folder.documents import CalibrationMap, OutlookTable, Threshold
from expectations.model_folder.models import PCA_Q, PCA_T2, MissingRule, Model, residual_model
from ml.data.dataset import Dataset, Float64, Mask
from ml.data.missing import USUAL_FRACTION
from ml.errors import TooLittleDataError
from ml.gates.failure_gate import Check
from ml.models.pca import Int32, Pca, Projection, fit_pca, projection_bytes

MOST_COLUMNS = 120
"""Columns of a model that a device scores: `edge_bundle.format.bounds.MAX_RESIDUAL_COLUMNS`."""


@dataclass(frozen=True, slots=True)
class ResidualModel:
    """T2 or Q with its threshold, a `CandidateModel`.

    Attributes:
        scorer: Which of the two, as a manifest names it.
        projection: How a row is scored.
        threshold: Alarm where the score is at or above it.
        missing: Rows that it scores: those that lack no column of it.
        components: Number of principal components.
        explained_frac: Fraction of the variance that they explain.
        trained_until_us: Last time of a row that it was fitted on, UTC microseconds.
        trained_rows: Healthy rows that it was fitted on.
    """

    scorer: str
    projection: Projection
    threshold: float
    missing: MissingRule
    components: int
    explained_frac: float
    trained_until_us: int
    trained_rows: int

    @property
    def kind(self) -> str:
        """As gold.model_versions names it."""
        return "anomaly"

    @property
    def entry(self) -> Model:
        """Its entry in ``models.json``."""
        return residual_model(self.scorer, self.missing)

    @property
    def column(self) -> str:
        """Name of its scores."""
        return self.entry.name

    def score(self, rows: Float64) -> Float64:
        """Sums of squares, float64, shape (n,); NaN where a row lacks a column."""
        return self.projection.scores(rows)

    def flags(self, rows: Float64) -> Mask:
        """Rows that it calls unusual, shape (n,)."""
        return np.asarray(self.score(rows) >= self.threshold, dtype=np.bool_)

    def files(self) -> Mapping[str, bytes]:
        """The projection as plain arrays."""
        return {self.entry.files[0]: projection_bytes(self.projection)}

    def thresholds(self) -> tuple[Threshold, ...]:
        """The one from which a row is unusual."""
        return (Threshold("anomaly", self.entry.name, self.threshold),)

    def calibrations(self) -> tuple[CalibrationMap, ...]:
        """None: a sum of squares is no probability."""
        return ()

    def outlooks(self) -> tuple[OutlookTable, ...]:
        """None: it predicts no failure."""
        return ()

    def checks(self) -> tuple[Check, ...]:
        """None of its own: what the version's anomaly models raise together is checked."""
        return ()

    def figures(self) -> Mapping[str, Any]:
        """How it was made."""
        return {
            "columns": len(self.projection.columns),
            "components": self.components,
            "explained_frac": self.explained_frac,
            "threshold": self.threshold,
            "trained_rows": self.trained_rows,
        }

    def at(self, threshold: float) -> ResidualModel:
        """The same with another threshold."""
        return replace(self, threshold=threshold)


def fit_residuals(growing: Dataset, positions: Int32) -> tuple[ResidualModel, ResidualModel]:
    """T2 and Q of healthy rows, which no row reaches yet.

    Args:
        growing: Healthy rows that grow the models.
        positions: Columns of windows that they may use.

    Raises:
        TooLittleDataError: Too few columns that every machine has, too many of them, or too few whole rows.
    """
    columns = positions[_is_everywhere(growing, positions)]
    if len(columns) > MOST_COLUMNS:
        raise TooLittleDataError(
            f"{len(columns)} columns of windows, a device scores a residual model of {MOST_COLUMNS} at most: "
            "declare fewer windows or statistics in the profile"
        )
    pca = fit_pca(growing.values, columns)
    until_us = int(growing.scored_us.max())
    return _model(PCA_T2, pca.t2, pca, until_us), _model(PCA_Q, pca.q, pca, until_us)


def _model(scorer: str, projection: Projection, pca: Pca, until_us: int) -> ResidualModel:
    explained = float(pca.variances[: pca.components].sum() / pca.variances.sum())
    missing = MissingRule(tuple(projection.columns.tolist()), ((),))
    return ResidualModel(scorer, projection, np.inf, missing, pca.components, explained, until_us, pca.rows)


def _is_everywhere(rows: Dataset, positions: Int32) -> Mask:
    """Columns that no machine lacks on more than `USUAL_FRACTION` of its rows: others would leave it unscored."""
    lacking = np.isnan(rows.values[:, positions])
    of_machines = [lacking[rows.machine_ids == each].mean(axis=0) for each in np.unique(rows.machine_ids)]
    return np.asarray(np.max(of_machines, axis=0) <= USUAL_FRACTION, dtype=np.bool_)
