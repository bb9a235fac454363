"""One training of two failure models: each writes files of its own, and a bundle of both says whose each score is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from edge_bundle.compiler.model_folder import read_golden, read_held_out, read_model_folder
from edge_bundle.compiler.seal import seal
from edge_bundle.format.bundle import TrustedBundle, open_bundle
from edge_bundle.format.golden import check_golden
from edge_bundle.format.kernel import load_kernel
from expectations.model_folder.folder import ModelFolder
from expectations.model_folder.models import held_out_file
from jobs.edge.batch_scores import score_rows
from jobs.edge.sealing import Trained, draft
from ml.candidates.failure_result import FailureResult
from ml.candidates.failure_training import evaluated_failure_model
from ml.data.dataset import build_dataset
from ml.errors import ArtifactError
from ml.evaluation.splits import rolling_origins
from ml.gates.registry import ModelVersion
from ml.models.failure_model import load_booster, margins
from ml.training import task
from ml.training.artifact import artifact_files
from ml.training.stored_champion import load_champion
from ml.training.task import TrainingTask
from ml.training.train import TrainedModel, train
from tests.edge_bundle.gateway.plants import small_pipeline
from tests.support.edge_models import SIGNING_KEY, TRUSTED, kernel_folder
from tests.support.plant_frames import BEGAN, FEATURES, PARAMS, POLICY, plant_frames, plant_model

FRAMES = plant_frames(days=90)
WEEK = replace(POLICY, horizon="7d")
NAMES = ("failure_24h", "failure_7d")


def train_week(given: TrainingTask) -> tuple[FailureResult, ...]:
    """The failure model of seven days, of the same rows."""
    dataset = build_dataset(FRAMES, given.features, WEEK)
    origins = rolling_origins(dataset, WEEK, WEEK.embargo_us(given.features.longest_window_s))
    return (evaluated_failure_model(dataset, given.maintenance, given.features, origins, WEEK, given.params.failure),)


@pytest.fixture(scope="module")
def trained() -> Iterator[TrainedModel]:
    plant_model()
    forget = task.register("failure of a week", train_week)
    yield train(FRAMES, FEATURES, POLICY, PARAMS)
    forget()


@pytest.fixture(scope="module")
def files(trained: TrainedModel) -> dict[str, bytes]:
    return artifact_files(trained)


@pytest.fixture(scope="module")
def folder(files: dict[str, bytes]) -> ModelFolder:
    return read_model_folder(files)


def failures(trained: TrainedModel) -> dict[str, FailureResult]:
    return {one.entry.name: one for one in trained.models if isinstance(one, FailureResult)}


def test_each_has_its_booster_and_its_held_out_scores(trained: TrainedModel, files: dict[str, bytes]) -> None:
    found = {name: read_held_out(files, held_out_file(name)) for name in NAMES}

    assert set(failures(trained)) == set(NAMES)
    for name, result in failures(trained).items():
        held_out = result.evaluation.held_out
        assert found[name].margins.tobytes() == held_out.margins.tobytes()
        assert found[name].scored_us.tolist() == held_out.rows.scored_us.tolist()
        assert found[name].thresholds.tolist() == [
            result.evaluation.choices[block].choice.threshold for block in held_out.block
        ]
    assert found["failure_24h"].margins.tobytes() != found["failure_7d"].margins.tobytes()


def test_golden_scores_of_each_are_those_of_its_booster(folder: ModelFolder) -> None:
    golden = read_golden(folder)

    for model in folder.models:
        if model.name in NAMES:
            found = margins(load_booster(folder.source(model)), golden.rows.astype(np.float32))
            assert found.tobytes() == golden.scores[model.name].tobytes()
    assert golden.scores["failure_24h"].tobytes() != golden.scores["failure_7d"].tobytes()


def test_a_champion_reads_both_with_their_thresholds(trained: TrainedModel, folder: ModelFolder) -> None:
    champion = load_champion("v1", folder)

    for name, result in failures(trained).items():
        (entry,) = (one for one in folder.models if one.name == name)
        assert folder.threshold(entry, "alarm") == result.threshold
    assert [(one.entry.name, one.entry.horizon) for one in champion.models] == [
        ("failure_24h", "24h"), ("anomaly", None), ("residual_t2", None), ("residual_q", None), ("failure_7d", "7d"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def bundle(folder: ModelFolder) -> TrustedBundle:
    whole = small_pipeline()
    rules = [replace(rule, name=name) for name, rule in zip(FEATURES.names, whole.features, strict=False)]
    row = ModelVersion(
        version="v1", plant="small", horizon="24h", trained_at=datetime(2026, 1, 2, tzinfo=UTC), kinds="failure",
        data_versions='{"gold.machine_features": 3}', parameters="{}", code_revision="c0de", metrics="{}",
        artifact="models/v1", artifact_sha256="00",
    )  # fmt: skip
    manifest, members = draft([Trained(row, folder)], replace(whole, features=tuple(rules)))
    return open_bundle(seal(manifest, members, SIGNING_KEY), [TRUSTED])


def test_a_bundle_holds_both_and_gives_their_golden_scores(bundle: TrustedBundle) -> None:
    models = {entry.name: bundle.model(entry.name) for entry in bundle.manifest.models}

    result = check_golden(bundle, models, load_kernel(kernel_folder()))

    assert {entry.name: entry.horizon_h for entry in bundle.manifest.models} == {
        "failure_24h": 24, "anomaly": None, "residual_t2": None, "residual_q": None, "failure_7d": 168,
    }  # fmt: skip
    assert result.scores == 5 * result.rows


def test_each_score_says_whose_it_is(bundle: TrustedBundle, trained: TrainedModel) -> None:
    vector = np.array([[66.0, 0.25, 40.0]])
    at = BEGAN.to_pydatetime()
    row = {"machine_id": "m", "factory_id": "f", "scored_at": at, "scored_date": at.date()}
    features = pa.Table.from_pylist([{**row, **dict(zip(FEATURES.names, vector[0].tolist(), strict=True))}])

    (scored,) = score_rows(features, bundle, "small@1.0.0+1", load_kernel(kernel_folder()))

    listed = {one["model"]: one for one in json.loads(scored["model_scores"])}
    expected = {name: float(result.score(vector)[0]) for name, result in failures(trained).items()}
    assert {name: listed[name]["score"] for name in NAMES} == expected
    assert {name: listed[name]["horizon"] for name in NAMES} == {"failure_24h": "24h", "failure_7d": "168h"}
    assert scored["margin"] == expected["failure_24h"] != expected["failure_7d"]


def test_golden_scores_of_one_name_are_refused(trained: TrainedModel) -> None:
    first = trained.failure
    assert first is not None
    forget = task.register("failure once more", lambda _: (first,))
    try:
        with pytest.raises(ArtifactError, match="'failure_24h' writes golden scores 'failure_24h'"):
            train(FRAMES, FEATURES, POLICY, PARAMS)
    finally:
        forget()
