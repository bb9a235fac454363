"""The model folder: everything plain, everything there, nothing that runs on loading."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf

import numpy as np
import pytest

from edge_bundle.compiler.errors import ModelFolderError
from edge_bundle.compiler.model_folder import read_model_folder
from expectations.features import Feature
from expectations.model_folder.folder import files_sha256
from expectations.model_folder.models import CARD_FILE
from ml.canonical import canonical_json
from ml.data.dataset import FeatureList
from ml.errors import ArtifactError
from ml.models.failure_model import load_booster, margins
from ml.models.fixed_zip import npz_arrays
from ml.models.forest import load_forest, path_lengths
from ml.models.libraries import LIBRARIES
from ml.outlook.fit import OutlookFit
from ml.training.artifact import artifact_files, thresholds
from ml.training.stored_champion import load_champion
from ml.training.train import train
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_frames, plant_model


def test_folder_holds_the_documented_files() -> None:
    assert sorted(artifact_files(plant_model())) == [
        "anomaly.npz",
        "calibration.json",
        "failure_24h.json",
        "failure_24h_held_out.npz",
        "features.json",
        "golden.npz",
        "metrics.json",
        "models.json",
        "outlook.json",
        "pictures.json",
        "reference.json",
        "thresholds.json",
        "training.json",
    ]


def test_no_file_is_a_pickle() -> None:
    for name, content in artifact_files(plant_model()).items():
        assert content[:1] in (b"{", b"P"), name
        if name.endswith(".npz"):
            assert all(array.dtype.kind in "fiuU" for array in npz_arrays(content).values())


def test_golden_rows_give_their_scores_again_from_the_files_alone() -> None:
    files = artifact_files(plant_model())
    golden = npz_arrays(files["golden.npz"])
    rows = golden["rows"]

    found = margins(load_booster(files["failure_24h.json"]), rows.astype(np.float32))
    lengths = path_lengths(load_forest(files["anomaly.npz"]), rows.astype(np.float32))

    assert found.tobytes() == golden["failure_24h"].tobytes()
    assert lengths.tobytes() == golden["path_lengths"].tobytes()


def test_versions_of_the_libraries_are_kept_with_the_model() -> None:
    model = replace(plant_model(), libraries={"numpy": "1", "scikit-learn": "2", "xgboost": "3"})

    training = json.loads(artifact_files(model)["training.json"])

    assert training["libraries"] == {"numpy": "1", "scikit-learn": "2", "xgboost": "3"}
    assert set(plant_model().libraries) == set(LIBRARIES)


def test_features_are_listed_in_the_models_order() -> None:
    listed = json.loads(artifact_files(plant_model())["features.json"])["features"]

    assert [each["name"] for each in listed] == list(FEATURES.names)
    assert listed[0]["minimum"] < listed[0]["maximum"]


def test_thresholds_are_scores_and_their_probabilities_rise_with_them() -> None:
    precise = replace(POLICY, stop_precision=0.5)
    found = {each.name: each for each in thresholds(train(plant_frames(), FEATURES, precise, PARAMS))}

    assert list(found) == ["alarm", "maintenance", "safe_stop", "anomaly"]
    assert found["maintenance"].value < found["safe_stop"].value
    assert (found["maintenance"].probability, found["safe_stop"].probability) == (0.8, 0.95)


def test_a_probability_that_every_margin_reaches_asks_always_and_one_that_none_reaches_never() -> None:
    model = plant_model()
    assert model.failure is not None
    never = replace(model.failure.stop, margin=inf)
    everywhere = model.with_model(replace(model.failure, maintenance_margin=-inf, stop=never))

    files = artifact_files(everywhere)

    found = {each["name"]: each["value"] for each in json.loads(files["thresholds.json"])["thresholds"]}
    lowest = margins(model.failure.booster, np.full((1, len(FEATURES.names)), np.nan)).min()
    assert sorted(found) == ["alarm", "anomaly", "maintenance"]
    assert found["maintenance"] == np.finfo(np.float32).min < lowest


def test_card_is_no_part_of_the_digest_and_every_other_byte_is() -> None:
    files = artifact_files(plant_model())
    digest = files_sha256(files)

    assert files_sha256({**files, CARD_FILE: b"<html>"}) == digest
    assert files_sha256({**files, "features.json": b"{}"}) != digest


def test_champion_from_the_folder_alarms_like_the_trained_model() -> None:
    model = plant_model()
    assert model.failure is not None
    assert model.anomaly is not None

    champion = load_champion("v1", read_model_folder(artifact_files(model)))

    assert champion.failure is not None
    assert champion.anomaly is not None
    assert champion.failure.threshold == model.failure.threshold
    assert champion.failure.trained_until_us == model.failure.trained_until_us
    assert champion.anomaly.threshold == model.anomaly.threshold


def test_outlook_is_written_with_its_bins_and_its_coverage() -> None:
    failure = plant_model().failure
    assert failure is not None
    outlook = failure.outlook

    found = json.loads(artifact_files(plant_model())["outlook.json"])

    (table,) = found["outlooks"]
    assert table["model"] == "failure_24h"
    assert table["knots"] == [one.margin_from for one in outlook.bins[1:]]
    assert [one["confidence_frac"] for one in table["bins"]] == [one.confidence_frac for one in outlook.bins]
    assert found["coverage"] == json.loads(canonical_json(outlook.coverage))


def test_without_bins_no_table_is_written() -> None:
    model = plant_model()
    assert model.failure is not None
    few = model.with_model(replace(model.failure, outlook=OutlookFit((), None)))
    none = replace(model, models=model.models[1:])

    for each in (few, none):
        assert json.loads(artifact_files(each)["outlook.json"]) == {"outlooks": [], "coverage": None}


def test_missing_file_is_named() -> None:
    files = artifact_files(plant_model())
    del files["thresholds.json"]

    with pytest.raises(ModelFolderError, match=r"lacks thresholds\.json"):
        read_model_folder(files)


def test_a_champion_without_its_threshold_is_refused() -> None:
    files = artifact_files(plant_model())
    files["thresholds.json"] = b'{"thresholds": []}'

    with pytest.raises(ArtifactError, match="version v1 lacks threshold alarm"):
        load_champion("v1", read_model_folder(files))


def test_feature_list_follows_the_plants_declaration() -> None:
    declared = (
        Feature("heat_mean_6h", "window", "°C", metric="heat", statistic="mean", window_s=21_600),
        Feature("age", "attribute", "1", attribute="age"),
    )

    found = FeatureList.of(declared)

    assert (found.names, found.longest_window_s) == (("heat_mean_6h", "age"), 21_600)
    assert found.telemetry == {"heat_mean_6h"}
    assert found.delays == {}


def test_a_folder_names_the_delays_of_the_events_that_it_learnt_from() -> None:
    model = plant_model()
    delayed = replace(model, features=replace(model.features, delays={"failure": 7200}))

    assert read_model_folder(artifact_files(delayed)).training.event_delays == {"failure": 7200}
    assert read_model_folder(artifact_files(model)).training.event_delays == {}


def test_canonical_json_of_numpy_and_unknown_numbers() -> None:
    value = {"b": np.float32(0.5), "a": (np.array([1, 2]), float("inf"))}

    assert canonical_json(value) == '{"a":[[1,2],null],"b":0.5}'
