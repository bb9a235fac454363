"""`assay models confirm`: machines in alarm by a version's anomaly models, by its second stage."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pandas as pd
import pytest

from edge_bundle.compiler.model_folder import read_model_folder
from expectations.model_folder.folder import ModelFolder
from jobs.models.registered.confirmed import line_of, two_stages
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from ml.data.failure_events import to_us
from ml.second_stage.confirm import Confirmation
from ml.training.artifact import artifact_files
from ml.training.train import train
from tests.support.commands import assay
from tests.support.plant_frames import PARAMS, POLICY
from tests.support.wide_plant import features_of_metrics, wide_frames

ASKED = replace(POLICY, second_stage_epochs=2, second_stage_rows=4)
FRAMES = wide_frames(3)
HOUR = pd.Timedelta(hours=1)


@lru_cache(maxsize=1)
def folder() -> ModelFolder:
    """Of a version whose second stage is used, whatever T2 and Q find."""
    model = train(FRAMES, features_of_metrics(3), ASKED, PARAMS)
    assert model.anomaly is not None
    assert model.anomaly.second is not None
    used = replace(model.anomaly, second=replace(model.anomaly.second, is_used=True))
    return read_model_folder(artifact_files(model.with_model(used)))


def at(time: pd.Timestamp) -> tuple[Confirmation, ...]:
    """What is known at a time."""
    return two_stages(folder(), FRAMES.features[FRAMES.features["scored_at"] <= time], "v1", ASKED)


def test_a_machine_within_an_incident_is_confirmed_and_no_other_is_named() -> None:
    assert FRAMES.incidents is not None
    incident = FRAMES.incidents.iloc[12]

    (found,) = at(incident["from_at"] + 6 * HOUR)

    assert (found.machine_id, found.answer) == (incident["machine_id"], "confirmed")
    assert found.raised_us == to_us(pd.Series([incident["from_at"]]))[0]
    assert (found.rows, found.scored) == (7, 7)
    newest_at = incident["from_at"] + 6 * HOUR
    assert line_of(found).split("newest row ")[1].startswith(f"{newest_at:%Y-%m-%dT%H:%M};")
    assert found.highest is not None
    assert found.highest >= found.threshold


def test_where_no_alarm_is_active_no_machine_is_named() -> None:
    assert FRAMES.incidents is not None

    assert at(FRAMES.incidents.iloc[12]["from_at"] - 24 * HOUR) == ()


def test_rows_without_a_feature_of_the_version_are_refused_by_its_name() -> None:
    with pytest.raises(UsageError, match=r"lacks \['m01_mean'\] of version v1"):
        two_stages(folder(), FRAMES.features.drop(columns="m01_mean"), "v1", ASKED)


def test_an_infinite_value_of_a_machine_in_alarm_is_refused_in_one_sentence() -> None:
    assert FRAMES.incidents is not None
    incident, name = FRAMES.incidents.iloc[12], folder().features[0].name
    rows = FRAMES.features[FRAMES.features["scored_at"] <= incident["from_at"] + 6 * HOUR].copy()
    rows.loc[rows.index[rows["machine_id"] == incident["machine_id"]][3], name] = float("inf")

    with pytest.raises(UsageError, match=r"is inf \(1 values\): legal are finite values"):
        two_stages(folder(), rows, "v1", ASKED)


def test_rows_in_alarm_without_a_window_are_named_with_their_reason() -> None:
    assert FRAMES.incidents is not None
    incident = FRAMES.incidents.iloc[12]
    from_at, rows = incident["from_at"], FRAMES.features
    is_gap = rows["scored_at"].between(from_at - 2 * HOUR, from_at - HOUR)

    (found,) = two_stages(folder(), rows[(rows["scored_at"] <= from_at + 6 * HOUR) & ~is_gap], "v1", ASKED)

    assert (found.rows, found.scored, found.unscored) == (7, 4, "3 (a gap among the rows before it)")
    assert f"in alarm since {from_at:%Y-%m-%dT%H:%M} UTC" in line_of(found)
    assert line_of(found).endswith("confirms, not scored: 3 (a gap among the rows before it)")


def test_a_version_without_a_second_stage_says_so(sealed_lake: Settings) -> None:
    with pytest.raises(UsageError, match=r"has no second stage: its training was not asked for one \(second_stage_epo"):
        assay(sealed_lake, "models", "confirm")


def test_a_reason_is_none_of_its_business(sealed_lake: Settings) -> None:
    with pytest.raises(UsageError, match=r"legal: assay models confirm \[VERSION\]"):
        assay(sealed_lake, "models", "confirm", "--reason", "why")
