"""The digest of what a training reads follows its rows, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from ml.data.content import content_sha256
from ml.data.dataset import TrainingFrames
from tests.support.plant_frames import plant_frames, shuffled

FRAMES = plant_frames(machines=2, days=20)


def changed(name: str, column: str, value: object) -> TrainingFrames:
    frame: pd.DataFrame = getattr(FRAMES, name).copy()
    frame[column] = [value, *frame[column].tolist()[1:]]
    return replace(FRAMES, **{name: frame})


def test_the_order_of_rows_and_columns_does_not_matter() -> None:
    mixed = shuffled(FRAMES)
    turned = replace(mixed, features=mixed.features[mixed.features.columns[::-1]])

    assert content_sha256(turned) == content_sha256(FRAMES)


@pytest.mark.parametrize(
    "other",
    [
        changed("features", "heat_mean_6h", 60.5),
        changed("features", "heat_mean_6h", float("nan")),
        changed("labels", "failure_within_24h", 1.0),
        changed("failures", "code", "shaft"),
        changed("maintenance", "machine_id", "machine-9"),
        replace(FRAMES, features=FRAMES.features.rename(columns={"noise_mean_6h": "noise"})),
        replace(FRAMES, features=FRAMES.features.iloc[1:]),
        replace(FRAMES, features=pd.concat([FRAMES.features, FRAMES.features.tail(1)])),
        replace(FRAMES, models={"machine-1": "large"}),
        replace(FRAMES, failures=FRAMES.maintenance, maintenance=FRAMES.failures),
    ],
    ids=["value", "null", "label", "code", "machine", "column", "row less", "row twice", "model", "frames changed"],
)
def test_any_other_content_gives_another_digest(other: TrainingFrames) -> None:
    assert content_sha256(other) != content_sha256(FRAMES)
