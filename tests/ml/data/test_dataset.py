"""The data set: canonical order, and labels that the failures themselves confirm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ml.data.dataset import NO_LABEL, FeatureList, TrainingFrames, build_dataset
from ml.data.failure_events import NEVER_US, failure_events, next_failure_us
from ml.errors import FrameError, LeakError
from ml.policy import Policy
from tests.support.azure_frames import azure_frames, need_azure
from tests.support.plant_frames import FEATURES, HOUR_US, plant_frames, shuffled

POLICY = Policy()
LABEL = POLICY.label_column


def at_failure(frames: TrainingFrames) -> pd.Series:
    """Mask of the label row that is stamped at the first failure."""
    first = frames.failures.iloc[0]
    labels = frames.labels
    return (labels["machine_id"] == first["machine_id"]) & (labels["scored_at"] == first["failed_at"])


def test_row_stamped_at_the_failure_must_not_be_positive() -> None:
    frames = plant_frames()
    labels = frames.labels.copy()
    labels.loc[at_failure(frames), LABEL] = 1.0

    with pytest.raises(LeakError, match="strictly after"):
        build_dataset(replace(frames, labels=labels), FEATURES, POLICY)


@pytest.mark.parametrize(("hours_before", "expected"), [(0, 0), (1, 1), (24, 1), (25, 0)], ids=str)
def test_label_is_one_from_one_tick_before_the_failure_to_the_whole_horizon(hours_before: int, expected: int) -> None:
    frames = plant_frames()
    dataset = build_dataset(frames, FEATURES, POLICY)
    failed_us = dataset.failures.failed_us[0]

    row = (dataset.machine_ids == dataset.failures.machine_ids[0]) & (
        dataset.scored_us == failed_us - hours_before * HOUR_US
    )

    assert dataset.label[row].tolist() == [expected]


def test_censored_rows_stay_without_label_instead_of_healthy() -> None:
    dataset = build_dataset(plant_frames(), FEATURES, POLICY)

    last_day = dataset.scored_us > dataset.scored_us.max() - 24 * HOUR_US

    assert set(dataset.label[last_day]) == {NO_LABEL}


def test_order_of_the_incoming_rows_does_not_matter() -> None:
    frames = plant_frames()

    one, two = (build_dataset(each, FEATURES, POLICY) for each in (frames, shuffled(frames)))

    assert np.array_equal(one.values, two.values, equal_nan=True)
    assert np.array_equal(one.label, two.label)
    assert np.array_equal(one.failures.failed_us, two.failures.failed_us)


def test_repeated_key_is_refused() -> None:
    frames = plant_frames()
    twice = pd.concat([frames.features, frames.features.head(1)])

    with pytest.raises(FrameError, match="repeats 1 keys"):
        build_dataset(replace(frames, features=twice), FEATURES, POLICY)


def test_missing_feature_column_is_named() -> None:
    frames = plant_frames()
    without = frames.features.drop(columns="noise_mean_6h")

    with pytest.raises(FrameError, match=r"lacks columns \['noise_mean_6h'\]"):
        build_dataset(replace(frames, features=without), FEATURES, POLICY)


def test_frame_without_its_columns_is_named() -> None:
    frames = plant_frames()

    with pytest.raises(FrameError, match=r"frame failures lacks columns \['code'\]"):
        build_dataset(replace(frames, failures=frames.failures.drop(columns="code")), FEATURES, POLICY)
    with pytest.raises(FrameError, match="frame maintenance lacks"):
        build_dataset(replace(frames, maintenance=pd.DataFrame()), FEATURES, POLICY)


def test_nullable_columns_are_read_like_plain_ones() -> None:
    frames = plant_frames()
    nullable = replace(
        frames,
        features=frames.features.astype(dict.fromkeys(FEATURES.names, "Float64")),
        labels=frames.labels.astype({LABEL: "Int32"}),
    )

    one, two = (build_dataset(each, FEATURES, POLICY) for each in (frames, nullable))

    assert np.array_equal(one.values, two.values, equal_nan=True)
    assert np.array_equal(one.label, two.label)


def test_label_other_than_one_zero_null_is_refused() -> None:
    frames = plant_frames()
    labels = frames.labels.assign(**{LABEL: 0.5})

    with pytest.raises(FrameError, match="legal are 1, 0, null"):
        build_dataset(replace(frames, labels=labels), FEATURES, POLICY)


def test_feature_named_twice_is_refused() -> None:
    with pytest.raises(FrameError, match="declare each feature once"):
        FeatureList(("a", "a"), frozenset(), 3600)


def test_two_components_failing_at_one_instant_are_one_event() -> None:
    at = pd.Timestamp("2024-01-02", tz="UTC")
    failures = pd.DataFrame({"machine_id": "m", "failed_at": at, "code": ["b", "a"]})

    events = failure_events(failures)

    assert (len(events), events.codes) == (1, ("a+b",))


def test_failure_at_the_row_itself_is_not_the_next_failure() -> None:
    failures = pd.DataFrame({"machine_id": "m", "failed_at": [pd.Timestamp(0, tz="UTC")], "code": "x"})
    machine = np.array(["m"], dtype=object)

    following = next_failure_us(failure_events(failures), machine, np.array([0]))

    assert following.tolist() == [NEVER_US]


def test_azure_labels_agree_with_the_azure_failures() -> None:
    need_azure()
    frames, features = azure_frames()

    dataset = build_dataset(frames, features, POLICY)

    # 37 failures with 24 rows each, two of them 20 h after the first row, and one row of the 38th,
    # which falls on the end of the records.
    assert int((dataset.label == 1).sum()) == 37 * 24 - 2 * 4 + 1
