"""The one reader of model folders: everything by its type, and the place of each fault in its message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_bundle.compiler.model_folder import (
    ModelFolderError,
    read_document,
    read_golden,
    read_held_out,
    read_model_folder,
)
from edge_bundle.format.model_blob import ModelKind
from expectations.model_folder.documents import Metrics, Models
from expectations.model_folder.models import IFOREST_DEPTH, XGBOOST_MARGIN, Model, held_out_file
from ml.models.fixed_zip import npz_arrays, npz_bytes
from ml.training.artifact import artifact_files
from tests.support.plant_frames import FEATURES, plant_model


def changed(name: str, place: tuple[str | int, ...], value: Any) -> dict[str, bytes]:
    """A trained model's files, one value of one document replaced; a value of None removes it."""
    files = artifact_files(plant_model())
    document = json.loads(files[name])
    holder = document
    for key in place[:-1]:
        holder = holder[key]
    if value is None:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return {**files, name: json.dumps(document).encode()}


def test_a_folder_comes_back_as_it_was_trained() -> None:
    model = plant_model()
    assert model.failure is not None
    assert model.anomaly is not None

    folder = read_model_folder(artifact_files(model))

    failure, anomaly = folder.models
    assert (failure.name, failure.kind, failure.horizon) == ("failure_24h", XGBOOST_MARGIN, "24h")
    assert (anomaly.name, anomaly.kind, anomaly.horizon) == ("anomaly", IFOREST_DEPTH, None)
    assert tuple(each.name for each in folder.features) == FEATURES.names
    assert folder.threshold(failure, "alarm") == model.failure.threshold
    assert folder.threshold(anomaly, "anomaly") == model.anomaly.threshold
    assert folder.training.failure_until_us == model.failure.trained_until_us
    assert [table.model for table in folder.outlooks] == ["failure_24h"]


def test_golden_and_held_out_scores_come_back_bit_for_bit() -> None:
    model = plant_model()
    files = artifact_files(model)

    golden, held_out = read_golden(read_model_folder(files)), read_held_out(files, held_out_file("failure_24h"))

    assert model.failure is not None
    assert golden.scores["failure_24h"].tobytes() == model.golden.scores["failure_24h"].tobytes()
    assert golden.scores["anomaly"].tobytes() == model.golden.scores["path_lengths"].tobytes()
    assert held_out.margins.tobytes() == model.failure.evaluation.held_out.margins.tobytes()


def test_a_folder_of_before_models_were_listed_gives_its_one_failure_model_the_old_array() -> None:
    files = artifact_files(plant_model())
    arrays = npz_arrays(files["golden.npz"])
    arrays["margins"] = arrays.pop("failure_24h")
    older = {name: data for name, data in files.items() if name != "models.json"}

    folder = read_model_folder({**older, "golden.npz": npz_bytes(arrays)})

    assert [(one.name, one.golden) for one in folder.models] == [
        ("failure_24h", "margins"),
        ("anomaly", "path_lengths"),
    ]
    assert read_golden(folder).scores["failure_24h"].tobytes() == arrays["margins"].tobytes()


def test_the_readiness_report_comes_back_with_its_checks() -> None:
    model = plant_model()

    found = read_document(artifact_files(model), Metrics).readiness

    assert found is not None
    assert (found.failures, found.failure_model) == (model.readiness.failures, model.readiness.failure_model.value)
    assert [check.name for check in found.table] == [check.name for check in model.readiness.table]


@pytest.mark.parametrize(
    ("name", "place", "value", "said"),
    [
        ("features.json", ("features", 1, "unit"), None, r"features\.json\.features\[1\]: unit is missing"),
        ("features.json", ("features", 0, "telemetry"), 1, r"features\[0\]\.telemetry: got int; legal is bool"),
        ("features.json", ("colour",), "red", r"features\.json: unknown key 'colour'; legal: features"),
        ("thresholds.json", ("thresholds", 0, "value"), "high", r"thresholds\[0\]\.value: got str; legal is float"),
        ("thresholds.json", ("thresholds", 0, "model"), "x", r"thresholds\[0\]\.model: got 'x'; the folder has the"),
        ("calibration.json", ("calibrations", 0, "knot_scores"), [None], r"knot_scores\[0\]: got NoneType"),
        ("outlook.json", ("outlooks", 0, "bins", 0, "rows"), True, r"bins\[0\]\.rows: got bool; legal is int"),
        ("training.json", ("policy", "horizon"), None, r"training\.json\.policy\.horizon: got None; legal is a text"),
        ("training.json", ("libraries", "xgboost"), 3, r"libraries\['xgboost'\]: got int; legal is str"),
        ("models.json", ("models", 0, "files"), ["a.json"], r"models\[0\]\.files: the folder lacks \['a\.json'\]"),
        ("models.json", ("models", 0, "files"), [], r"models\[0\]\.files: the folder lacks \[\]"),
        ("models.json", ("models", 0, "name"), "anomaly", "two models have one name"),
    ],
)
def test_a_fault_is_refused_with_its_place(name: str, place: tuple[str | int, ...], value: Any, said: str) -> None:
    with pytest.raises(ModelFolderError, match=said):
        read_model_folder(changed(name, place, value))


@pytest.mark.parametrize("name", ["features.json", "thresholds.json", "calibration.json", "training.json"])
def test_a_missing_document_and_one_that_is_no_json_are_named(name: str) -> None:
    files = artifact_files(plant_model())

    with pytest.raises(ModelFolderError, match=f"lacks {name}"):
        read_model_folder({other: data for other, data in files.items() if other != name})
    with pytest.raises(ModelFolderError, match=f"{name}: no JSON"):
        read_model_folder({**files, name: b"{"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, r"lacks golden\.npz"),
        (b"rows", r"golden\.npz: no npz of plain arrays"),
        ({"rows": np.zeros((3, 3)), "failure_24h": np.zeros(3)}, r"golden\.npz: path_lengths is missing"),
        (
            {"rows": np.zeros((3, 3)), "failure_24h": np.zeros(3), "path_lengths": np.zeros(2)},
            r"golden\.npz: arrays of different lengths",
        ),
    ],
    ids=["absent", "damaged", "an array less", "another length"],
)
def test_golden_scores_that_cannot_be_read_are_refused(content: Any, said: str) -> None:
    files = artifact_files(plant_model())
    del files["golden.npz"]
    data = {} if content is None else {"golden.npz": content if isinstance(content, bytes) else npz_bytes(content)}
    folder = read_model_folder({**files, **data})

    with pytest.raises(ModelFolderError, match=said):
        read_golden(folder)


def test_a_pickle_in_golden_scores_is_refused(tmp_path: Path) -> None:
    files = artifact_files(plant_model())
    rows = npz_arrays(files["golden.npz"])["rows"]
    path = tmp_path / "golden.npz"
    np.savez(path, rows=rows, failure_24h=np.array([object()] * len(rows)), path_lengths=np.zeros(len(rows)))

    with pytest.raises(ModelFolderError, match="no npz of plain arrays"):
        read_golden(read_model_folder({**files, "golden.npz": path.read_bytes()}))


def test_kinds_of_the_form_are_those_that_bundles_know() -> None:
    assert {XGBOOST_MARGIN, IFOREST_DEPTH} == {kind.label for kind in ModelKind}


def test_a_model_of_another_kind_may_be_listed() -> None:
    files = artifact_files(plant_model())
    other = {"name": "wear", "kind": "made-up", "files": ["wear.bin"], "library": "none", "golden": "wear"}
    document = json.loads(files["models.json"])
    listed = {"models": [*document["models"], other]}

    folder = read_model_folder({**files, "wear.bin": b"1", "models.json": json.dumps(listed).encode()})

    assert folder.models[-1] == Model("wear", "made-up", ("wear.bin",), "none", "wear")
    assert read_document(folder.files, Models).models == folder.models
