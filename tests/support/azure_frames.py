"""Training frames straight from the Azure slice, with pandas alone: for tests of `ml` only.

Windows look back from the score time t over [t - w, t); events count strictly before t.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from ml.dataset import FeatureList, TrainingFrames

AZURE = Path(__file__).resolve().parents[3] / "shared" / "data" / "azure_pdm"
Floats = NDArray[np.float64]
METRICS = ("volt", "rotate", "pressure", "vibration")
WINDOWS_H = (3, 24)
HORIZONS = {"24h": 24, "7d": 168, "28d": 672}


def need_azure() -> None:
    """Skip the calling test where the slice is absent."""
    if not AZURE.exists():
        pytest.skip("the Azure slice ../shared/data/azure_pdm is not on this machine")


@lru_cache(maxsize=1)
def azure_frames() -> tuple[TrainingFrames, FeatureList]:
    """Features, labels and events of the 20 machines that have telemetry, hourly, 3 months."""
    telemetry = _read("PdM_telemetry.csv")
    machines = sorted(telemetry["machine_id"].unique())
    grid = telemetry[["machine_id", "at"]].copy()
    grid["scored_at"] = grid["at"] + pd.Timedelta(hours=1)
    sensed = _windows(telemetry)
    happened = _events(grid, machines)
    keys = grid[["machine_id", "scored_at"]].reset_index(drop=True)
    features = pd.concat([keys, sensed, happened], axis=1)
    failures = _read("PdM_failures.csv").rename(columns={"at": "failed_at", "failure": "code"})
    failures = failures[failures["machine_id"].isin(machines) & (failures["failed_at"] <= grid["scored_at"].max())]
    maintenance = _read("PdM_maint.csv").rename(columns={"at": "occurred_at"})
    maintenance = maintenance[maintenance["machine_id"].isin(machines)]
    feature_list = FeatureList((*sensed.columns, *happened.columns), frozenset(sensed.columns), max(WINDOWS_H) * 3600)
    labels = _labels(keys, failures)
    frames = TrainingFrames(features, labels, failures, maintenance[["machine_id", "occurred_at"]])
    return frames, feature_list


def _read(name: str) -> pd.DataFrame:
    frame = pd.read_csv(AZURE / name)
    frame["machine_id"] = "m" + frame.pop("machineID").astype(str).str.zfill(3)
    if "datetime" in frame:
        frame["at"] = pd.to_datetime(frame.pop("datetime"), utc=True)
        frame = frame.sort_values(["machine_id", "at"]).reset_index(drop=True)
    return frame


def _windows(telemetry: pd.DataFrame) -> pd.DataFrame:
    columns: dict[str, Floats] = {}
    for metric in METRICS:
        values = telemetry.groupby("machine_id")[metric]
        for hours in WINDOWS_H:
            rolling = values.rolling(hours, min_periods=hours)
            for statistic in ("mean", "std", "min", "max"):
                name = f"{metric}_{statistic}_{hours}h"
                columns[name] = getattr(rolling, statistic)().to_numpy()
    return pd.DataFrame(columns)


def _events(grid: pd.DataFrame, machines: list[str]) -> pd.DataFrame:
    columns: dict[str, Floats] = {}
    errors, maintenance = _read("PdM_errors.csv"), _read("PdM_maint.csv")
    for code in sorted(errors["errorID"].unique()):
        some = errors[errors["errorID"] == code]
        columns[f"{code}_count_24h"] = _per_machine(grid, some, machines, _count_24h)
    for part in sorted(maintenance["comp"].unique()):
        some = maintenance[maintenance["comp"] == part]
        columns[f"hours_since_{part}"] = _per_machine(grid, some, machines, _hours_since)
    master = _read("PdM_machines.csv").set_index("machine_id")
    columns["age"] = grid["machine_id"].map(master["age"]).to_numpy(dtype=float)
    for model in sorted(master["model"].unique()):
        columns[f"is_{model}"] = (grid["machine_id"].map(master["model"]) == model).to_numpy(float)
    return pd.DataFrame(columns)


def _per_machine(
    grid: pd.DataFrame,
    events: pd.DataFrame,
    machines: list[str],
    function: Callable[[Floats, Floats], Floats],
) -> Floats:
    result = np.full(len(grid), np.nan)
    for machine in machines:
        rows = (grid["machine_id"] == machine).to_numpy()
        times = _hours(events.loc[events["machine_id"] == machine, "at"])
        result[rows] = function(_hours(grid.loc[rows, "scored_at"]), times)
    return result


def _hours(times: pd.Series) -> Floats:
    return np.asarray(times.dt.as_unit("us").astype("int64").to_numpy() / 3.6e9)


def _count_24h(at: Floats, times: Floats) -> Floats:
    return (np.searchsorted(times, at) - np.searchsorted(times, at - 24)).astype(np.float64)


def _hours_since(at: Floats, times: Floats) -> Floats:
    before = np.searchsorted(times, at)
    return np.where(before > 0, at - np.append(times, np.nan)[before - 1], np.nan)


def _labels(keys: pd.DataFrame, failures: pd.DataFrame) -> pd.DataFrame:
    labels = keys.copy()
    at = _hours(labels["scored_at"])
    following = np.full(len(labels), np.inf)
    for machine, rows in labels.groupby("machine_id").indices.items():
        times = _hours(failures.loc[failures["machine_id"] == machine, "failed_at"])
        times = np.append(np.sort(np.unique(times)), np.inf)
        following[rows] = times[np.searchsorted(times, at[rows], side="right")]
    labels["hours_to_failure"] = np.where(np.isinf(following), np.nan, following - at)
    for name, hours in HORIZONS.items():
        label = np.where(following - at <= hours, 1.0, 0.0)
        label[at + hours > at.max()] = np.nan
        labels[f"failure_within_{name}"] = label
    return labels
