"""The profile's incidents reach a training under the names of its rows, and belong to its name."""

from pathlib import Path

import pandas as pd

from jobs.models.frames import training_frames
from jobs.runtime.load_plant import load_plant
from ml.data.content import content_sha256
from tests.support.model_lake import FACTORY, model_lake, model_settings

INCIDENT = """
[[incidents]]
machine = "{machine}"
factory = "{factory}"
from = 2024-01-10T00:00:00Z
to = 2024-01-10T12:00:00Z
meaning = "a leak"
"""


def test_incidents_are_frames_of_the_training_and_change_its_content(tmp_path: Path) -> None:
    settings = model_settings(tmp_path, "local")
    without = training_frames(model_lake(settings, failing=False))
    profile = Path(settings.plant) / "profile.toml"
    machine = str(without.features["machine_id"].iloc[0])
    with profile.open("a", encoding="utf-8") as file:
        file.write(INCIDENT.format(machine=machine, factory=FACTORY))
        file.write(INCIDENT.format(machine="no-such-machine", factory=FACTORY))

    frames = training_frames(load_plant(settings))

    assert without.incidents is None
    assert frames.incidents is not None
    assert frames.incidents["machine_id"].tolist() == [machine, "no-such-machine"]
    assert frames.incidents["from_at"].tolist() == [pd.Timestamp("2024-01-10", tz="UTC")] * 2
    assert content_sha256(frames) != content_sha256(without)
