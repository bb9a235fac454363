"""A small synthetic plant as training frames: heat foretells failure, seeded, seconds to train on."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.candidates.anomaly_model import AnomalyParams
from ml.data.dataset import Dataset, FeatureList, TrainingFrames, build_dataset
from ml.models.failure_model import FailureParams
from ml.policy import Policy
from ml.training.train import TrainedModel, TrainingParams, train

HOUR_US = 3_600_000_000
BEGAN = pd.Timestamp("2024-01-01", tz="UTC")
HORIZONS = {"24h": 24, "7d": 168, "28d": 672}
FEATURES = FeatureList(
    ("heat_mean_6h", "noise_mean_6h", "hours_since_repair"),
    frozenset({"heat_mean_6h", "noise_mean_6h"}),
    longest_window_s=6 * 3600,
)


def plant_frames(machines: int = 6, days: int = 60, *, failing: bool = True, seed: int = 7) -> TrainingFrames:
    """Hourly rows; each machine fails about every 12 days after 20 h of rising heat."""
    rng = np.random.default_rng(seed)
    parts, failures = [], []
    for number in range(machines):
        machine_id = f"machine-{number}"
        hours = np.arange(1, days * 24 + 1)
        failed = _failure_hours(rng, days) if failing else np.array([], dtype=int)
        parts.append(_rows(machine_id, hours, failed, rng))
        failures += [(machine_id, BEGAN + pd.Timedelta(hours=int(h)), "seal") for h in failed]
    rows = pd.concat(parts, ignore_index=True)
    failure_frame = pd.DataFrame(failures, columns=["machine_id", "failed_at", "code"])
    failure_frame["failed_at"] = pd.to_datetime(failure_frame["failed_at"], utc=True)
    keys = ["machine_id", "scored_at"]
    labels = [column for column in rows if column.startswith("failure_within_")]
    maintenance = failure_frame.rename(columns={"failed_at": "occurred_at"})
    return TrainingFrames(
        rows[[*keys, *FEATURES.names]],
        rows[[*keys, *labels, "hours_to_failure"]],
        failure_frame,
        maintenance[["machine_id", "occurred_at"]],
    )


def shuffled(frames: TrainingFrames) -> TrainingFrames:
    """The same rows, each frame in another order."""
    return TrainingFrames(
        features=frames.features.sample(frac=1, random_state=1),
        labels=frames.labels.sample(frac=1, random_state=2),
        failures=frames.failures.sample(frac=1, random_state=3),
        maintenance=frames.maintenance.sample(frac=1, random_state=4),
    )


@lru_cache(maxsize=1)
def plant_dataset() -> Dataset:
    """The failing plant as a data set of the 24 h horizon."""
    return build_dataset(plant_frames(), FEATURES, Policy())


def _failure_hours(rng: np.random.Generator, days: int) -> NDArray[np.int64]:
    gaps = rng.integers(9 * 24, 15 * 24, size=days)
    hours = np.cumsum(gaps)
    return hours[hours < days * 24 - 30]


def _rows(
    machine_id: str, hours: NDArray[np.int64], failed: NDArray[np.int64], rng: np.random.Generator
) -> pd.DataFrame:
    following = np.append(failed, 10**9)[np.searchsorted(failed, hours, side="right")]
    to_failure = (following - hours).astype(float)
    before = np.searchsorted(failed, hours, side="left")
    since = np.where(before > 0, hours - np.append(failed, 0)[before - 1], np.nan)
    heat = 60 + rng.normal(0, 1, len(hours)) + np.clip(20 - to_failure, 0, None) * 0.5
    heat[rng.random(len(hours)) < 0.02] = np.nan
    columns = {
        "machine_id": machine_id,
        "scored_at": BEGAN + pd.to_timedelta(hours, unit="h"),
        "heat_mean_6h": heat,
        "noise_mean_6h": rng.normal(0, 1, len(hours)),
        "hours_since_repair": since,
        "hours_to_failure": np.where(to_failure > 10**8, np.nan, to_failure),
    }
    for name, horizon in HORIZONS.items():
        label = (to_failure <= horizon).astype(float)
        label[hours + horizon > hours[-1]] = np.nan
        columns[f"failure_within_{name}"] = label
    return pd.DataFrame(columns)


POLICY = Policy(
    minimum_train_failures=6,
    minimum_tuning_failures=5,
    plain_rules=0,  # a limit on its heat does as well as a model
    origin_step_days=10,
    minimum_healthy_rows=2_000,
    minimum_anomaly_rows=500,
    golden_rows=64,
    machine_folds=2,
)
PARAMS = TrainingParams(
    FailureParams(rounds=40, max_depth=3, min_child_weight=1.0, nthread=1),
    AnomalyParams(trees=20, max_samples=64),
)


@lru_cache(maxsize=1)
def plant_model() -> TrainedModel:
    """The failing plant, trained and evaluated as a first champion."""
    return train(plant_frames(), FEATURES, POLICY, PARAMS)
