"""Training frames straight from the Azure slice, with pandas alone: for tests of `ml` only.

The features are those that the plant's profile declares; the numbers are built here in a plain way, without steps and
resolution, so they agree with gold's to rounding and not to the bit. Windows look back over [t - w, t).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from expectations.features import Feature, features_of
from expectations.plant.file import load_profile
from ml.data.dataset import FeatureList, TrainingFrames

AZURE = Path(__file__).resolve().parents[3] / "shared" / "data" / "azure_pdm"
Floats = NDArray[np.float64]
SOURCE_COLUMN = {"voltage": "volt", "rotation": "rotate", "pressure": "pressure", "vibration": "vibration"}
HORIZONS = {"24h": 24, "7d": 168, "28d": 672}


def need_azure() -> None:
    """Skip the calling test where the slice is absent."""
    if not AZURE.exists():
        pytest.skip("the Azure slice ../shared/data/azure_pdm is not on this machine")


@lru_cache(maxsize=1)
def azure_frames() -> tuple[TrainingFrames, FeatureList]:
    """Features, labels and events of the 20 machines that have telemetry, hourly, 3 months."""
    declared = features_of(load_profile("azure_pdm"))
    telemetry, events = _read("PdM_telemetry.csv"), _events()
    master = _read("PdM_machines.csv").set_index("machine_id")
    parts = [
        _machine_rows(str(machine_id), rows, events, master, declared)
        for machine_id, rows in telemetry.groupby("machine_id")
    ]
    features = pd.concat(parts, ignore_index=True)
    failures = _of_kind(events, "failure", features).rename(columns={"at": "failed_at"})
    maintenance = _of_kind(events, "maintenance", features).rename(columns={"at": "occurred_at"})
    frames = TrainingFrames(
        features,
        _labels(features[["machine_id", "scored_at"]], failures),
        failures[["machine_id", "failed_at", "code"]],
        maintenance[["machine_id", "occurred_at"]],
    )
    return frames, FeatureList.of(declared)


def _read(name: str) -> pd.DataFrame:
    frame = pd.read_csv(AZURE / name)
    frame["machine_id"] = "m" + frame.pop("machineID").astype(str).str.zfill(3)
    if "datetime" in frame:
        frame["at"] = pd.to_datetime(frame.pop("datetime"), utc=True)
        frame = frame.sort_values(["machine_id", "at"]).reset_index(drop=True)
    return frame


def _events() -> pd.DataFrame:
    files = {"error": "errorID", "maintenance": "comp", "failure": "failure"}
    names = {"error": "PdM_errors.csv", "maintenance": "PdM_maint.csv", "failure": "PdM_failures.csv"}
    return pd.concat(
        [_read(names[kind]).rename(columns={column: "code"}).assign(kind=kind) for kind, column in files.items()]
    )


def _of_kind(events: pd.DataFrame, kind: str, features: pd.DataFrame) -> pd.DataFrame:
    known = events["machine_id"].isin(features["machine_id"].unique())
    return events[(events["kind"] == kind) & known & (events["at"] <= features["scored_at"].max())]


def _machine_rows(
    machine_id: str, rows: pd.DataFrame, events: pd.DataFrame, master: pd.DataFrame, declared: tuple[Feature, ...]
) -> pd.DataFrame:
    scored_at = rows["at"] + pd.Timedelta(hours=1)
    mine = events[events["machine_id"] == machine_id]
    columns: dict[str, object] = {"machine_id": machine_id, "scored_at": scored_at.to_numpy()}
    for feature in declared:
        if feature.kind == "window":
            columns[feature.name] = _window(rows[SOURCE_COLUMN[feature.metric]].to_numpy(), feature)
        elif feature.kind in ("event_count", "hours_since"):
            chosen = mine[(mine["kind"] == feature.event_kind) & (mine["code"] == (feature.code or mine["code"]))]
            columns[feature.name] = _event(_hours(scored_at), np.sort(_hours(chosen["at"])), feature)
        elif feature.kind == "attribute":
            columns[feature.name] = float(master.loc[machine_id, "age"])
        else:
            columns[feature.name] = float(master.loc[machine_id, "model"] == feature.level)
    frame = pd.DataFrame(columns)
    frame["scored_at"] = pd.to_datetime(frame["scored_at"], utc=True)
    return frame


def _window(values: Floats, feature: Feature) -> Floats:
    """Hourly values, one per bucket and without gaps, as one statistic of each window."""
    hours = feature.window_s // 3600
    padded = np.concatenate([np.full(hours - 1, np.nan), values])
    windows = pd.DataFrame(np.lib.stride_tricks.sliding_window_view(padded, hours))
    if feature.statistic == "slope":
        result = _slopes(windows)
    else:
        method = {"mean": "mean", "deviation": "std", "minimum": "min", "maximum": "max"}[feature.statistic]
        result = getattr(windows, method)(axis=1)
    return np.asarray(result.where(windows.count(axis=1) >= feature.min_buckets), dtype=np.float64)


def _slopes(windows: pd.DataFrame) -> pd.Series:
    place = windows.notna() * np.arange(windows.shape[1])
    count, total = windows.count(axis=1), place.sum(axis=1)
    numerator = count * (windows.fillna(0) * place).sum(axis=1) - total * windows.sum(axis=1)
    return numerator / (count * (place**2).sum(axis=1) - total**2).replace(0, np.nan)


def _event(at: Floats, times: Floats, feature: Feature) -> Floats:
    before = np.searchsorted(times, at)
    if feature.kind == "event_count":
        return (before - np.searchsorted(times, at - feature.window_s / 3600)).astype(np.float64)
    return np.where(before > 0, at - np.append(times, np.nan)[before - 1], np.nan)


def _hours(times: pd.Series) -> Floats:
    return np.asarray(times.dt.as_unit("us").astype("int64").to_numpy() / 3.6e9)


def _labels(keys: pd.DataFrame, failures: pd.DataFrame) -> pd.DataFrame:
    labels = keys.copy()
    at = _hours(labels["scored_at"])
    following = np.full(len(labels), np.inf)
    for machine_id, rows in labels.groupby("machine_id").indices.items():
        times = _hours(failures.loc[failures["machine_id"] == machine_id, "failed_at"])
        times = np.append(np.sort(np.unique(times)), np.inf)
        following[rows] = times[np.searchsorted(times, at[rows], side="right")]
    labels["hours_to_failure"] = np.where(np.isinf(following), np.nan, following - at)
    for name, hours in HORIZONS.items():
        label = np.where(following - at <= hours, 1.0, 0.0)
        label[at + hours > at.max()] = np.nan
        labels[f"failure_within_{name}"] = label
    return labels
