"""What cannot be learnt from: an answer without a model, or an error that names the row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.data.dataset import TrainingFrames
from ml.errors import FrameError
from ml.gates.failure_gate import Verdict
from ml.training.train import TrainedModel, train
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_frames


def trained(frames: TrainingFrames) -> TrainedModel:
    return train(frames, FEATURES, POLICY, PARAMS)


def with_features(**columns: object) -> TrainingFrames:
    frames = plant_frames()
    return replace(frames, features=frames.features.assign(**columns))


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300])
def test_number_that_float32_cannot_hold_names_its_row(value: float) -> None:
    column = plant_frames().features["noise_mean_6h"].to_numpy().copy()
    column[100] = value

    with pytest.raises(FrameError, match=r"noise_mean_6h of machine-0 at 2024-01-05 05:00:00\+00:00 is .*\(1 rows\)"):
        trained(with_features(noise_mean_6h=column))


def test_largest_float32_is_legal() -> None:
    column = plant_frames().features["noise_mean_6h"].to_numpy().copy()
    column[100] = float(np.finfo(np.float32).max)

    assert trained(with_features(noise_mean_6h=column)).kinds == ("failure", "anomaly")


@pytest.mark.parametrize("column", ["features", "labels"])
def test_times_without_zone_are_refused(column: str) -> None:
    frames = plant_frames()
    frame = getattr(frames, column)
    naive = frame.assign(scored_at=frame["scored_at"].dt.tz_localize(None))

    with pytest.raises(FrameError, match=f"frame {column} has scored_at of type .*: hand in times with a zone"):
        trained(replace(frames, **{column: naive}))


@pytest.mark.parametrize("value", [1.0, np.nan])
def test_constant_and_missing_feature_is_passed_over(value: float) -> None:
    made = trained(with_features(noise_mean_6h=value))

    assert made.kinds == ("failure", "anomaly")
    assert made.failure is not None
    assert made.failure.importance[FEATURES.names.index("noise_mean_6h")] == 0


def test_plant_whose_sensors_are_all_silent_gets_no_model_of_them() -> None:
    nothing = dict.fromkeys(FEATURES.names, np.nan)

    made = trained(with_features(**nothing))

    assert made.readiness.anomaly_model is Verdict.INSUFFICIENT_DATA
    assert made.readiness.healthy_rows == 0
    assert made.anomaly is None
    assert made.gate is not None
    # The booster of nothing but nulls gains from random numbers alone.
    assert made.gate.verdict is Verdict.FAIL
    assert any("column of random numbers" in reason for reason in made.gate.reasons)


def test_labels_that_nobody_knows_give_no_model() -> None:
    frames = plant_frames()
    made = trained(replace(frames, labels=frames.labels.assign(failure_within_24h=np.nan)))

    assert (made.kinds, made.gate) == ((), None)
    assert made.readiness.failure_model is Verdict.INSUFFICIENT_DATA
    assert "0 of 28 failures on record have a labelled row" in made.readiness.reasons[0]


def test_plant_without_failures_gets_an_anomaly_model_alone() -> None:
    assert trained(plant_frames(failing=False)).kinds == ("anomaly",)


def test_plant_younger_than_its_evidence_gets_no_model() -> None:
    made = trained(plant_frames(days=3))

    assert (made.kinds, made.gate) == ((), None)
    assert "healthy rows, 500 are needed" in made.readiness.reasons[1]


def test_vanished_feature_is_named() -> None:
    frames = plant_frames()

    with pytest.raises(FrameError, match=r"frame features lacks columns \['heat_mean_6h'\]"):
        trained(replace(frames, features=frames.features.drop(columns="heat_mean_6h")))
