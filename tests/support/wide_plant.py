"""A healthy plant of many metrics with incidents of one metric each: a forest of all of them sees none."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.data.dataset import FeatureList, TrainingFrames

BEGAN = pd.Timestamp("2024-01-01", tz="UTC")
INCIDENTS, INCIDENT_HOURS, SIZE = 14, 12, 8.0


def features_of_metrics(metrics: int) -> FeatureList:
    """One mean for each metric."""
    names = tuple(f"m{number:02d}_mean" for number in range(metrics))
    return FeatureList(
        names, frozenset(names), longest_window_s=6 * 3600, measured={name: (name[:3], "mean") for name in names}
    )


def wide_frames(metrics: int, machines: int = 4, days: int = 60, seed: int = 11) -> TrainingFrames:
    """Hourly rows without failures; in each of `INCIDENTS` half days one metric is `SIZE` deviations off."""
    rng, hours = np.random.default_rng(seed), np.arange(days * 24)
    names = features_of_metrics(metrics).names
    values = rng.normal(0, 1, (machines, len(hours), metrics))
    begins = np.linspace(48, len(hours) - 48, INCIDENTS).astype(int)
    for number, begin in enumerate(begins.tolist()):
        values[number % machines, begin : begin + INCIDENT_HOURS + 1, number % metrics] += SIZE
    at = [f"machine-{number % machines}" for number in range(INCIDENTS)]
    from_at = BEGAN + pd.to_timedelta(begins, unit="h")
    incidents = pd.DataFrame(
        {
            "machine_id": at,
            "from_at": from_at,
            "until_at": from_at + pd.Timedelta(hours=INCIDENT_HOURS),
            "meaning": [f"incident {number}" for number in range(INCIDENTS)],
        }
    )
    keys = pd.DataFrame(
        {
            "machine_id": np.repeat([f"machine-{number}" for number in range(machines)], len(hours)),
            "scored_at": np.tile(BEGAN + pd.to_timedelta(hours, unit="h"), machines),
        }
    )
    labels = keys.assign(failure_within_24h=np.tile(np.where(hours < len(hours) - 24, 0.0, np.nan), machines))
    events = pd.DataFrame({"machine_id": pd.Series(dtype=str), "at": pd.Series(dtype="datetime64[us, UTC]")})
    return TrainingFrames(
        pd.concat([keys, pd.DataFrame(values.reshape(-1, metrics), columns=names)], axis=1),
        labels,
        events.rename(columns={"at": "failed_at"}).assign(code=pd.Series(dtype=str)),
        events.rename(columns={"at": "occurred_at"}),
        incidents=incidents,
    )
