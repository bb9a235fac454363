"""The small synthetic plant where somebody acted on alarms: some of its failures are repairs that prevented them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ml.data.dataset import TrainingFrames
from ml.data.failure_events import Int64, to_us
from tests.support.plant_frames import HORIZONS, HOUR_US

NEVER_US = 2**62


def saved_frames(frames: TrainingFrames, *, every: int = 3, finding: str | None = None) -> TrainingFrames:
    """The frames with one in so many failures prevented by an intervention at its time, and the labels that follow.

    The machine was dying all the same: its features say so as before.
    """
    is_saved = np.arange(len(frames.failures)) % every == every - 1
    saved, failures = frames.failures[is_saved], frames.failures[~is_saved].reset_index(drop=True)
    labels = frames.labels.copy()
    now_us = to_us(labels["scored_at"])
    failing, working = (_next_us(labels["machine_id"], now_us, events) for events in (failures, saved))
    for name, hours in HORIZONS.items():
        column = f"failure_within_{name}"
        known = labels[column].notna().to_numpy()
        censored = known & (working - now_us <= hours * HOUR_US) & (working < failing)
        labels[column] = np.where(known & ~censored, (failing - now_us <= hours * HOUR_US).astype(float), np.nan)
        labels[f"censored_within_{name}"] = np.array([None, "standing_alarm"], dtype=object)[censored.astype(int)]
    works = saved.rename(columns={"failed_at": "occurred_at"})[["machine_id", "occurred_at"]].assign(finding=finding)
    return replace(frames, labels=labels, failures=failures, interventions=works.reset_index(drop=True))


def as_healthy(frames: TrainingFrames) -> TrainingFrames:
    """What labels were before interventions were known: no failure, so healthy."""
    labels = frames.labels.copy()
    for name in HORIZONS:
        saved = labels[f"censored_within_{name}"].notna()
        labels.loc[saved, f"failure_within_{name}"] = 0.0
        labels = labels.drop(columns=f"censored_within_{name}")
    return replace(frames, labels=labels)


def _next_us(machines: pd.Series, now_us: Int64, events: pd.DataFrame) -> Int64:
    following = np.full(len(now_us), NEVER_US, dtype=np.int64)
    for machine in machines.unique():
        mine = (machines == machine).to_numpy()
        times = np.append(np.sort(to_us(events.loc[events["machine_id"] == machine, "failed_at"])), NEVER_US)
        following[mine] = times[np.searchsorted(times, now_us[mine], side="right")]
    return following
