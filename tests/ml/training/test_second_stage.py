"""A training with a second stage: what it stores and shows, and that nothing changes where the policy asks for none."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache

from edge_bundle.compiler.model_folder import read_model_folder
from ml.second_stage.trained_stage import FILE, LSTM, PCA
from ml.training.artifact import artifact_files
from ml.training.stored_champion import load_champion
from ml.training.train import TrainedModel, train
from tests.support.plant_frames import PARAMS, POLICY
from tests.support.wide_plant import features_of_metrics, wide_frames

METRICS = 3
ASKED = replace(POLICY, second_stage_epochs=2, second_stage_rows=4)


@lru_cache(maxsize=2)
def trained(*, with_second: bool) -> TrainedModel:
    return train(wide_frames(METRICS), features_of_metrics(METRICS), ASKED if with_second else POLICY, PARAMS)


def test_its_figures_are_in_the_summary_beside_those_of_t2_and_q() -> None:
    summary = json.loads(artifact_files(trained(with_second=True))["metrics.json"])["summary"]

    figures = summary["models"]["anomaly"]["second_stage"]

    assert figures[LSTM]["tested_events"] == figures[PCA]["tested_events"] == figures["first"]["tested_events"] == 14
    assert figures[LSTM]["tested_disturbances"] == figures[PCA]["tested_disturbances"] > 0
    assert figures["rows"] > 0
    assert figures["machine_years"] > 0


def test_it_changes_no_model_and_no_score_and_none_is_stored_where_it_is_not_used() -> None:
    without, with_second = (artifact_files(trained(with_second=each)) for each in (False, True))
    second = trained(with_second=True).anomaly
    assert second is not None
    assert second.second is not None

    assert not second.second.is_used
    changed = {name for name in without if with_second[name] != without[name]}
    assert changed == {"metrics.json", "training.json"}
    assert set(with_second) == set(without)
    assert b"second_stage" not in without["metrics.json"]


def test_one_that_is_used_is_a_file_of_the_version_which_is_read_as_before() -> None:
    model = trained(with_second=True)
    assert model.anomaly is not None
    assert model.anomaly.second is not None

    used = replace(model.anomaly, second=replace(model.anomaly.second, is_used=True))
    folder = read_model_folder(artifact_files(model.with_model(used)))

    assert set(folder.files) - set(artifact_files(model)) == {FILE}
    assert [one.entry.name for one in load_champion("v1", folder).models] == [one.entry.name for one in model.models]


def test_the_same_rows_give_the_same_bytes() -> None:
    again = train(wide_frames(METRICS), features_of_metrics(METRICS), ASKED, PARAMS)
    first, second = (each.anomaly for each in (trained(with_second=True), again))
    assert first is not None
    assert second is not None
    assert first.second is not None
    assert second.second is not None

    assert artifact_files(again) == artifact_files(trained(with_second=True))
    assert replace(first.second, is_used=True).files() == replace(second.second, is_used=True).files()


def test_a_plant_that_carries_none_says_why() -> None:
    model = train(wide_frames(1), features_of_metrics(1), ASKED, PARAMS)
    assert model.anomaly is not None

    assert model.anomaly.second is None
    assert model.anomaly.second_words[0].startswith("no second stage: ")
    assert model.anomaly.figures()["second_stage"]["is_used"] is False
