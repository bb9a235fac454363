"""Residuals per machine model as further columns: to measure what they would be worth, and no part of a training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Dataset, FeatureList, Float64, Mask
from ml.policy import US_PER_DAY, Policy

TARGETS = ("temperature", "vibration", "pressure")
WINDOWS = {"3h": "3h", "24h": "24h", "7d": "24h"}
"""Window of the mean that is predicted, and of those that predict it."""
_LEAST_ROWS, _RIDGE = 50, 1e-3


def with_residuals(rows: Dataset, features: FeatureList, policy: Policy, until_us: int) -> Dataset:
    """The rows with a column more for each mean of `TARGETS`: what it deviates by from what its machine model predicts.

    The prediction is linear in speed, current and its square, fitted on healthy rows until a time; the deviation is by
    the spread of these. NaN where a machine model has fewer than 50 of them, or a row lacks one of the means.
    """
    healthy = _healthy(rows, policy, until_us)
    models = [features.names.index(name) for name in features.names if name.startswith("is_machine_model_")]
    found = []
    for window, load in WINDOWS.items():
        speed, current = (_mean(rows, features, metric, load) for metric in ("speed", "current"))
        design = np.column_stack([np.ones(len(rows)), speed, current, current**2])
        for target in TARGETS:
            deviation = np.full(len(rows), np.nan)
            wanted = _mean(rows, features, target, window)
            for model in models:
                mine = rows.values[:, model] == 1
                deviation[mine] = _deviation(design[mine], wanted[mine], healthy[mine])
            found.append(deviation)
    return replace(rows, values=np.column_stack([rows.values, *found]))


def _healthy(rows: Dataset, policy: Policy, until_us: int) -> Mask:
    """Rows of the past that lie the policy's margin away from every failure of it, and from its end."""
    margin_us = policy.healthy_margin_days * US_PER_DAY
    healthy: NDArray[np.bool_] = rows.scored_us <= until_us - margin_us
    for machine_id in np.unique(rows.machine_ids).tolist():
        mine = np.flatnonzero(rows.machine_ids == machine_id)
        for failed_us in rows.failures.of_machine(machine_id).tolist():
            if failed_us <= until_us:
                healthy[mine[np.abs(rows.scored_us[mine] - failed_us) <= margin_us]] = False
    return healthy


def _mean(rows: Dataset, features: FeatureList, metric: str, window: str) -> Float64:
    place = next(at for at, name in enumerate(features.names) if name.startswith(f"{metric}_mean_{window}_"))
    return np.asarray(rows.values[:, place], dtype=np.float64)


def _deviation(design: Float64, wanted: Float64, healthy: Mask) -> Float64:
    fitting = healthy & np.isfinite(design).all(axis=1) & np.isfinite(wanted)
    if fitting.sum() < _LEAST_ROWS:
        return np.full(len(wanted), np.nan)
    center, scale = design[fitting].mean(axis=0), design[fitting].std(axis=0)
    center[0], scale[scale == 0] = 0.0, 1.0
    scaled = (design - center) / scale
    known = scaled[fitting]
    weights = np.linalg.solve(known.T @ known + _RIDGE * np.eye(design.shape[1]), known.T @ wanted[fitting])
    deviation = wanted - scaled @ weights
    return np.asarray(deviation / deviation[fitting].std(), dtype=np.float64)
