"""What a bundle says of its models is what their training wrote down, also where older code wrote it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_bundle.compiler.compile_model import trained_by
from edge_bundle.compiler.model_folder import read_document, read_model_folder
from edge_bundle.format import pipeline_bytes
from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.manifest_json import dump_manifest
from edge_bundle.format.pipeline import PIPELINE_PATH, FeatureRule, Pipeline
from expectations.model_folder.documents import Training
from expectations.model_folder.folder import ModelFolder
from jobs.edge.sealing import Trained, draft
from lakehouse.errors import UsageError
from ml.gates.registry import ModelVersion
from ml.models.fixed_zip import npz_arrays
from ml.training.artifact import artifact_files
from tests.edge_bundle.gateway.plants import small_pipeline
from tests.support.model_lake import read_folder
from tests.support.old_code import OldCode
from tests.support.plant_frames import FEATURES, plant_model

OLD = "1f54178"
ROW = ModelVersion(
    version="v1", plant="test", horizon="24h", trained_at=datetime(2026, 1, 2, tzinfo=UTC), kinds="failure, anomaly",
    data_versions='{"gold.machine_features": 3}', parameters="{}", code_revision="c0de", metrics="{}",
    artifact="models/v1", artifact_sha256="00",
)  # fmt: skip

OLD_SCRIPT = """
import json, sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.manifest_json import dump_manifest
from jobs.edge.sealing import draft
from ml.artifact import artifact_files, write_folder
from ml.registry import ModelVersion
from tests.edge_bundle.gateway.plants import small_pipeline
from tests.support.plant_frames import FEATURES, plant_model

files = artifact_files(plant_model())
write_folder(Path(sys.argv[1]), files)
row = ModelVersion(**{**json.loads(sys.argv[2]), "trained_at": datetime(2026, 1, 2, tzinfo=UTC)})
pipeline = small_pipeline()
rules = [replace(rule, name=name) for name, rule in zip(FEATURES.names, pipeline.features)]
manifest, members = draft(row, files, replace(pipeline, features=tuple(rules)))
digests = {path: sha256_hex(member.data) for path, member in members.items()}
print(json.dumps({"manifest": dump_manifest(manifest).decode(), "members": digests}))
"""


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    """The small plant's, with as many features as the trained model has, under their names."""
    whole = small_pipeline()
    rules = [replace(rule, name=name) for name, rule in zip(FEATURES.names, whole.features, strict=False)]
    return replace(whole, features=tuple(rules))


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], dict[str, Any]]:
    """A model folder as the older code wrote it, and what that code sealed of it."""
    code, folder = OldCode(OLD, tmp_path_factory.mktemp("code")), tmp_path_factory.mktemp("old") / "v1"
    row = {name: getattr(ROW, name) for name in ROW.__slots__ if name != "trained_at"}
    return read_folder_after(code, folder, json.dumps(row))


def read_folder_after(code: OldCode, folder: Path, row: str) -> tuple[dict[str, bytes], dict[str, Any]]:
    sealed: dict[str, Any] = json.loads(code.script(OLD_SCRIPT, str(folder), row))
    return read_folder(folder), sealed


def test_a_folder_of_older_code_is_sealed_as_that_code_sealed_it(
    old: tuple[dict[str, bytes], dict[str, Any]], pipeline: Pipeline
) -> None:
    files, sealed = old

    manifest, members = draft([Trained(ROW, read_model_folder(files))], pipeline)

    assert "models.json" not in files
    now = json.loads(dump_manifest(manifest))
    # Newer: how many episodes each bin of the outlook has, which older runtimes pass over.
    assert now.pop("optional") == ["outlooks.bins.episodes"]
    assert all(one.pop("episodes") > 0 for table in now["outlooks"] for one in table["bins"])
    assert now == json.loads(sealed["manifest"])
    assert {path: sha256_hex(member.data) for path, member in members.items()} == sealed["members"]


def test_the_files_that_older_code_wrote_are_written_unchanged(
    old: tuple[dict[str, bytes], dict[str, Any]],
) -> None:
    files, _ = old
    new = artifact_files(plant_model())

    assert sorted(set(new) - set(files)) == ["failure_24h_held_out.npz", "models.json", "pictures.json"]
    differing = [name for name in files if new.get(name) != files[name]]
    # Alarms last since, thresholds and calibration come from cross-fitted rows, and a forest leaves out rows whose
    # missing windows are unusual. What the failure model has learnt is the same to the bit.
    assert set(differing) == {
        "anomaly.npz", "calibration.json", "golden.npz", "held_out.npz", "metrics.json", "outlook.json",
        "reference.json", "thresholds.json", "training.json",
    }  # fmt: skip
    former, now = npz_arrays(files["held_out.npz"]), npz_arrays(new["failure_24h_held_out.npz"])
    assert former.keys() == now.keys()
    other = {name for name in former if not np.array_equal(former[name], now[name])}
    assert other == {"probabilities", "thresholds"}
    former, now = npz_arrays(files["golden.npz"]), npz_arrays(new["golden.npz"])
    former["failure_24h"] = former.pop("margins")
    assert former.keys() == now.keys()
    assert {name for name in former if former[name].tobytes() != now[name].tobytes()} == {"path_lengths"}
    former, now = (dict(leaves(json.loads(one["training.json"]))) for one in (files, new))
    changed = {place for place, value in former.items() if now[place] != value}
    # The bound of a challenger is of its saving since, at a confidence of its own.
    assert {place for place in changed if "anomaly_healthy_quantiles" not in place} == {".policy.bootstrap_confidence"}
    former, now = (dict(leaves(json.loads(one["metrics.json"]))) for one in (files, new))
    assert former.keys() <= now.keys()
    # Intervals are computed by SciPy since: equal but for their last bits.
    differing = [place for place, value in former.items() if not alike(now[place], value)]
    assert [place for place in differing if not OF_ALARMS.search(place)] == []


OF_ALARMS = re.compile(
    r"readiness\.table\.\d+\.text|events|without_telemetry|left_out|cost|threshold|alarms|episodes|brier|calibration|outlook|summary\.anomaly"
)
"""Figures that follow from which alarms there are, from calibration, and from the rows of the forest; and words."""


def alike(value: Any, former: Any) -> bool:
    both = isinstance(value, float) and isinstance(former, float)
    return math.isclose(value, former, rel_tol=1e-12) if both else bool(value == former)


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Place and value of all that is no list and no object."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from leaves(one, f"{place}.{key}")
    if not isinstance(value, (dict, list)):
        yield place, value


def test_an_older_folder_has_the_models_that_its_files_name(old: tuple[dict[str, bytes], dict[str, Any]]) -> None:
    failure, anomaly = folder_of_today().models

    expected = (replace(failure, golden="margins"), replace(anomaly, missing=None))
    assert read_model_folder(old[0]).models == expected


def folder_of_today() -> ModelFolder:
    return read_model_folder(artifact_files(plant_model()))


@pytest.mark.parametrize(
    ("training", "said"),
    [
        (b'{"policy": {}, "libraries": {"xgboost": "2.0.1"}}', "xgboost 2.0.1"),
        (b'{"policy": {}}', "xgboost, version not on record"),
    ],
    ids=["the version it was trained with, not the installed one", "a folder from before versions were stored"],
)
def test_the_library_of_a_model_is_that_of_its_training(training: bytes, said: str) -> None:
    assert trained_by(read_document({"training.json": training}, Training), "xgboost") == said


def test_a_bundle_has_the_delays_that_its_model_has_learnt_with(pipeline: Pipeline) -> None:
    delayed = delayed_pipeline(pipeline)
    folder = folder_of_today()
    learnt = replace(folder, training=replace(folder.training, event_delays={"failure": DAY_S}))

    _, members = draft([Trained(ROW, learnt)], delayed)

    sealed = pipeline_bytes.loads(members[PIPELINE_PATH].data)
    assert [rule.delay_s for rule in sealed.features] == [0, 0, DAY_S]


@pytest.mark.parametrize("is_declared", [True, False], ids=["since", "no more"])
def test_a_model_that_learnt_with_other_delays_is_not_sealed(pipeline: Pipeline, *, is_declared: bool) -> None:
    delayed, folder = delayed_pipeline(pipeline), folder_of_today()
    learnt = replace(folder, training=replace(folder.training, event_delays={} if is_declared else {"failure": DAY_S}))
    at_once = replace(delayed, features=tuple(replace(rule, delay_s=0) for rule in delayed.features))

    with pytest.raises(UsageError, match=r"version v1 uses events with the delays .*24 h.*train again"):
        draft([Trained(ROW, learnt)], delayed if is_declared else at_once)


DAY_S = 86_400


def delayed_pipeline(pipeline: Pipeline) -> Pipeline:
    """The pipeline with a failure's delay at its last feature."""
    *others, last = pipeline.features
    failure = FeatureRule(last.name, "hours_since", last.unit, event_kind="failure", delay_s=DAY_S)
    return replace(pipeline, features=(*others, failure))
