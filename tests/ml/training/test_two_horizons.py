"""One training of two failure models: each writes files of its own, and a bundle of both says whose each score is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from edge_bundle.compiler.model_folder import read_golden, read_held_out, read_model_folder
from edge_bundle.compiler.seal import seal
from edge_bundle.format.bundle import TrustedBundle, open_bundle
from edge_bundle.format.golden import check_golden
from edge_bundle.format.kernel import load_kernel
from edge_bundle.format.runtime import ORDERED_HORIZONS
from expectations.model_folder.folder import ModelFolder
from expectations.model_folder.models import held_out_file
from jobs.edge.batch_scores import score_rows
from jobs.edge.sealing import Trained, draft
from ml.candidates.failure_result import FailureResult
from ml.data.dataset import build_dataset
from ml.errors import ArtifactError
from ml.evaluation.ranking import ranking_against_chance
from ml.gates.failure_gate import Verdict
from ml.gates.horizon_gate import horizon_check
from ml.gates.registry import ModelVersion
from ml.models.failure_model import load_booster, margins
from ml.training import task
from ml.training.artifact import artifact_files
from ml.training.stored_champion import load_champion
from ml.training.train import TrainedModel, train
from tests.edge_bundle.gateway.plants import small_pipeline
from tests.support.edge_models import SIGNING_KEY, TRUSTED, kernel_folder
from tests.support.plant_frames import BEGAN, FEATURES, PARAMS, POLICY, plant_frames

FRAMES = plant_frames(days=90)
WEEK = replace(POLICY, horizon="7d")
NAMES = ("failure_24h", "failure_7d")


MONTH = replace(POLICY, horizon="28d")


@pytest.fixture(scope="module")
def trained() -> TrainedModel:
    return train(FRAMES, FEATURES, POLICY, PARAMS, beside=(WEEK, MONTH, POLICY))


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

    assert trained.failure is not None
    assert folder.threshold(folder.models[0], "alarm") == trained.failure.threshold
    assert [(one.entry.name, one.entry.horizon) for one in champion.models] == [
        ("failure_24h", "24h"), ("failure_7d", "7d"), ("anomaly", None), ("residual_t2", None), ("residual_q", None),
    ]  # fmt: skip


def test_the_leading_model_alone_asks_for_something(trained: TrainedModel, folder: ModelFolder) -> None:
    champion, rows = load_champion("v1", folder), build_dataset(FRAMES, FEATURES, POLICY)

    assert {one.model for one in folder.thresholds} == {"failure_24h", "anomaly", "residual_t2", "residual_q"}
    assert {one.model for one in folder.calibrations} == set(NAMES)
    flags = {one.entry.name: int(one.flags(rows, FEATURES.names).sum()) for one in champion.models}
    assert flags["failure_24h"] > 0 == flags["failure_7d"]
    assert trained.failure is not None
    assert trained.failure.entry.name == "failure_24h"


def test_each_further_horizon_has_held_out_figures_or_says_what_it_lacks(trained: TrainedModel) -> None:
    (week,) = trained.horizons
    held_out = failures(trained)["failure_7d"].evaluation.held_out.rows

    assert (week.horizon, week.rows, week.positive_rows) == (
        "7d", int(held_out.labelled.sum()), int((held_out.label == 1).sum())
    )  # fmt: skip
    assert 0 < week.caught_failures <= week.tested_failures
    assert dict(trained.beside)["28d"].startswith("A failure follows within 28d of every row before the first held-out")
    assert json.loads(artifact_files(trained)["metrics.json"])["summary"]["models"]["failure_7d"]["horizon"] == "7d"


def test_a_further_horizon_must_be_no_worse_than_chance(trained: TrainedModel) -> None:
    gate, week = trained.gate, failures(trained)["failure_7d"]
    assert gate is not None
    held_out, found = week.evaluation.held_out, week.ranking
    assert found is not None
    turned = ranking_against_chance(held_out.rows, -held_out.margins, WEEK)

    (check,) = (one for one in gate.checks if one.name == "ranking_within_7d_against_chance")
    assert (check.verdict, check.value, check.limit) == (Verdict.PASS, found.area, found.expected)
    assert found.area == pytest.approx(
        roc_auc_score(held_out.rows.label[held_out.rows.labelled], held_out.margins[held_out.rows.labelled])
    )
    assert turned.area is not None
    assert turned.area == pytest.approx(1 - (found.area or 0))
    assert horizon_check("7d", turned).verdict is Verdict.FAIL
    assert horizon_check("7d", replace(found, area=found.upper)).verdict is Verdict.WARN
    assert {"failures_in_two_splits_7d", "rows_nearer_than_the_embargo_7d"} <= {one.name for one in gate.checks}


def test_a_version_that_loses_a_horizon_says_so(folder: ModelFolder) -> None:
    gate = train(FRAMES, FEATURES, POLICY, PARAMS, champion=load_champion("v1", folder), approved_by="A. Smith").gate

    assert gate is not None
    (check,) = (one for one in gate.checks if one.name == "horizons")
    assert check.verdict is Verdict.WARN
    assert "predicts within 7d too" in check.text


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
        "failure_24h": 24, "failure_7d": 168, "anomaly": None, "residual_t2": None, "residual_q": None,
    }  # fmt: skip
    assert (bundle.manifest.is_ordered, bundle.manifest.min_runtime) == (True, ORDERED_HORIZONS)
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
