"""A version whose residual model raises the alarms: from training to the same bits at the gateway and in the batch."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache

import pytest

from edge_bundle.compiler.errors import SealError
from edge_bundle.compiler.model_folder import read_model_folder
from edge_bundle.compiler.seal import seal
from edge_bundle.format.bundle import TrustedBundle, open_bundle
from edge_bundle.format.golden import check_golden
from edge_bundle.format.kernel import load_kernel
from edge_bundle.format.reference_kernel import ReferenceKernel
from edge_bundle.format.runtime import MISSING_WINDOWS, RESIDUAL_MODELS
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.service import run
from jobs.edge.batch_scores import score_rows
from jobs.edge.sealing import Trained, draft
from ml.candidates.anomaly_choice import RESIDUAL
from ml.training.artifact import artifact_files
from ml.training.train import TrainedModel, train
from tests.edge_bundle.gateway.plant_files import reading_records, sent_scores, write_readings
from tests.edge_bundle.gateway.runs import small_call
from tests.jobs.edge.test_several_models import NAME, pipeline, row
from tests.jobs.edge.vectors import vectors
from tests.support.edge_models import SIGNING_KEY, TRUSTED, kernel_folder
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_frames

NAMES = ["anomaly", "residual_t2", "residual_q"]


@lru_cache(maxsize=1)
def trained() -> TrainedModel:
    """A plant without failures, of two metrics."""
    return train(plant_frames(days=150, failing=False), FEATURES, POLICY, PARAMS)


@lru_cache(maxsize=1)
def bundle_bytes() -> bytes:
    manifest, members = draft([Trained(row("v1"), read_model_folder(artifact_files(trained())))], pipeline())
    return seal(manifest, members, SIGNING_KEY)


@pytest.fixture(scope="module")
def bundle() -> TrustedBundle:
    return open_bundle(bundle_bytes(), [TRUSTED])


def test_the_bundle_holds_both_statistics_beside_the_forest_and_asks_for_a_runtime_that_knows_them(
    bundle: TrustedBundle,
) -> None:
    model = trained()

    assert model.anomaly is not None
    assert model.anomaly.choice == RESIDUAL
    assert [entry.name for entry in bundle.manifest.models] == NAMES
    assert [entry.kind for entry in bundle.manifest.models] == ["iforest-depth", "pca-t2", "pca-q"]
    assert bundle.manifest.min_runtime == RESIDUAL_MODELS
    assert [(each.name, each.model) for each in bundle.manifest.thresholds] == [("anomaly", name) for name in NAMES]


def test_a_bundle_that_names_an_older_runtime_is_not_sealed() -> None:
    manifest, members = draft([Trained(row("v1"), read_model_folder(artifact_files(trained())))], pipeline())

    with pytest.raises(SealError, match=r"residual models need min_runtime 1\.4\.0 or newer, it is '1\.3\.0'"):
        seal(replace(manifest, min_runtime=MISSING_WINDOWS), members, SIGNING_KEY)


@pytest.mark.parametrize("kernel", ["library", "python"])
def test_every_model_gives_its_trainers_golden_scores(bundle: TrustedBundle, kernel: str) -> None:
    models = {entry.name: bundle.model(entry.name) for entry in bundle.manifest.models}
    scorer = load_kernel(kernel_folder()) if kernel == "library" else ReferenceKernel()

    result = check_golden(bundle, models, scorer)

    assert (result.scores, result.scorer) == (3 * bundle.manifest.golden.count, kernel)


def test_gateway_and_batch_give_equal_bits_and_say_whose_they_are(
    tmp_path_factory: pytest.TempPathFactory, bundle: TrustedBundle
) -> None:
    folder = tmp_path_factory.mktemp("residual") / "g"
    folder.mkdir()
    call = small_call(folder, [write_readings(folder / "readings.jsonl", reading_records())])
    call.bundle.write_bytes(bundle_bytes())

    run(call, StopSignal())

    edge = sent_scores(folder / "uplink")
    features = vectors(folder / "features.jsonl", list(FEATURES.names))
    batch = score_rows(features, bundle, NAME, load_kernel(kernel_folder()))
    columns = [FEATURES.names[at] for at in bundle.model("residual_q").columns]
    assert len(batch) == len(edge) == 24
    scored = 0
    for one, values in zip(batch, features.select(columns).to_pylist(), strict=True):
        record = edge[one["machine_id"], f"{one['scored_at']:%Y-%m-%dT%H:%M:%SZ}"]
        assert one["model_scores"] == record["model_scores"]
        assert (one["decision"], one.get("not_scored_reason")) == (record["decision"], record.get("not_scored_reason"))
        listed = {each["model"]: each.get("score") for each in json.loads(record["model_scores"])}
        assert list(listed) == NAMES
        is_whole = all(value is not None for value in values.values())
        assert [listed[name] is not None for name in NAMES[1:]] == [is_whole] * 2
        assert is_whole or record["not_scored_reason"] == "windows_missing"
        scored += is_whole
    assert scored > 0
