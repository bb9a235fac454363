"""A bundle of two failure models with different horizons and one forest, from model folders to scores on both sides."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from edge_bundle.compiler.errors import SealError
from edge_bundle.compiler.model_folder import read_model_folder
from edge_bundle.compiler.seal import seal
from edge_bundle.format.bundle import TrustedBundle, open_bundle
from edge_bundle.format.golden import check_golden
from edge_bundle.format.kernel import load_kernel
from edge_bundle.format.pipeline import Pipeline
from edge_bundle.format.reference_kernel import ReferenceKernel
from edge_bundle.format.runtime import ORDERED_HORIZONS
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.service import run
from expectations.model_folder.folder import ModelFolder
from expectations.model_folder.models import ANOMALY_FILE, GOLDEN_FILE
from jobs.edge.batch_scores import score_rows
from jobs.edge.sealing import Trained, draft, left_out
from ml.gates.registry import ModelVersion
from ml.models.fixed_zip import npz_arrays, npz_bytes
from ml.models.forest import load_forest, path_lengths
from ml.training.artifact import artifact_files
from ml.training.train import train
from tests.edge_bundle.gateway.plant_files import reading_records, sent_scores, write_readings
from tests.edge_bundle.gateway.plants import small_pipeline
from tests.edge_bundle.gateway.runs import small_call
from tests.jobs.edge.vectors import vectors
from tests.support.edge_models import SIGNING_KEY, TRUSTED, kernel_folder
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_frames, plant_model

NAME = "small@1.0.0+1"
Pair = tuple[dict[str, Any], dict[str, Any]]
MODELS = {"failure_24h": "24h", "anomaly": None, "failure_7d": "168h"}


def pipeline() -> Pipeline:
    """The small plant's, with the features that the models take under their names."""
    whole = small_pipeline()
    rules = [replace(rule, name=name) for name, rule in zip(FEATURES.names, whole.features, strict=False)]
    return replace(whole, features=tuple(rules))


def row(version: str) -> ModelVersion:
    return ModelVersion(
        version=version, plant="small", horizon="24h", trained_at=datetime(2026, 1, 2, tzinfo=UTC), kinds="failure",
        data_versions='{"gold.machine_features": 3}', parameters="{}", code_revision="c0de", metrics="{}",
        artifact=f"models/{version}", artifact_sha256="00",
    )  # fmt: skip


@lru_cache(maxsize=1)
def folders() -> tuple[ModelFolder, ModelFolder]:
    """Model folders of two trainings: for 24 hours with a forest, and for 7 days."""
    other = train(plant_frames(days=90), FEATURES, replace(POLICY, horizon="7d"), PARAMS)
    assert other.failure is not None, other.readiness.reasons
    return read_model_folder(artifact_files(plant_model())), read_model_folder(artifact_files(other))


def with_forest() -> ModelFolder:
    """The second folder with a forest as well, which has the name of the first one's and another threshold."""
    first, second = folders()
    golden = npz_arrays(second.files[GOLDEN_FILE])
    lengths = path_lengths(load_forest(first.files[ANOMALY_FILE]), golden["rows"].astype(np.float32))
    listed = {"thresholds": [{"name": "anomaly", "model": "anomaly", "value": 1.0}]}
    models = {"models": [asdict(one) for one in (*second.models, first.models[-1])]}
    changed = {
        ANOMALY_FILE: first.files[ANOMALY_FILE], GOLDEN_FILE: npz_bytes({**golden, "path_lengths": lengths}),
        "models.json": json.dumps(models).encode(), "thresholds.json": json.dumps(listed).encode(),
    }  # fmt: skip
    return read_model_folder({**second.files, **changed})


def versions() -> list[Trained]:
    return [Trained(row(name), folder) for name, folder in zip(("v1", "v2"), folders(), strict=True)]


@lru_cache(maxsize=1)
def bundle_bytes() -> bytes:
    manifest, members = draft(versions(), pipeline())
    return seal(manifest, members, SIGNING_KEY)


@pytest.fixture(scope="module")
def bundle() -> TrustedBundle:
    return open_bundle(bundle_bytes(), [TRUSTED])


def test_the_bundle_holds_each_model_with_its_version_and_horizon(bundle: TrustedBundle) -> None:
    found = {entry.name: (entry.version, entry.horizon_h) for entry in bundle.manifest.models}

    assert found == {"failure_24h": ("v1", 24), "anomaly": ("v1", None), "failure_7d": ("v2", 168)}
    assert (bundle.manifest.is_ordered, bundle.manifest.min_runtime) == (True, ORDERED_HORIZONS)


def test_of_two_models_of_one_name_the_later_versions_is_left_out_with_all_that_belongs_to_it() -> None:
    both = [Trained(row("v1"), folders()[0]), Trained(row("v2"), with_forest())]

    manifest, _ = draft(both, pipeline())

    assert (left_out(versions()), left_out(both)) == ((), ("anomaly of version v2",))
    assert [(one.name, one.version) for one in manifest.models if one.name == "anomaly"] == [("anomaly", "v1")]
    assert [one.value for one in manifest.thresholds if one.model == "anomaly"] == [
        folders()[0].threshold(folders()[0].models[-1], "anomaly")
    ]
    assert [set(golden.scores) for golden in manifest.all_golden] == [{"failure_24h", "anomaly"}, {"failure_7d"}]


@pytest.mark.parametrize(("count", "least"), [(1, "1.1.0"), (2, ORDERED_HORIZONS)], ids=["one version", "two versions"])
def test_models_without_a_rule_of_missing_windows_ask_for_no_newer_runtime_than_before(count: int, least: str) -> None:
    older = [replace(one, folder=without_rule(one.folder)) for one in versions()[:count]]

    manifest, _ = draft(older, pipeline())

    assert (manifest.min_runtime, len(manifest.more_golden)) == (least, count - 1)
    assert not any(one.missing for one in manifest.models)


def without_rule(folder: ModelFolder) -> ModelFolder:
    """A folder as trainings made it before there was a rule."""
    return replace(folder, models=tuple(replace(one, missing=None) for one in folder.models))


@pytest.mark.parametrize("kernel", ["library", "python"])
def test_every_model_gives_its_own_trainers_golden_scores(bundle: TrustedBundle, kernel: str) -> None:
    models = {entry.name: bundle.model(entry.name) for entry in bundle.manifest.models}
    scorer = load_kernel(kernel_folder()) if kernel == "library" else ReferenceKernel()

    result = check_golden(bundle, models, scorer)

    first, second = (golden.count for golden in bundle.manifest.all_golden)
    assert (result.rows, result.scores, result.scorer) == (first + second, 2 * first + second, kernel)


def test_thresholds_calibrations_and_outlooks_are_those_of_their_model(bundle: TrustedBundle) -> None:
    first, second = folders()
    manifest = bundle.manifest

    wanted = [(one.name, one.model, one.value) for one in first.thresholds]
    wanted += [(one.name, one.model, one.value) for one in second.thresholds if one.model == "failure_7d"]
    assert [(one.name, one.model, one.value) for one in manifest.thresholds] == wanted
    assert [one.model for one in manifest.calibrations] == ["failure_24h", "failure_7d"]
    assert {one.model for one in manifest.outlooks} <= {"failure_24h", "failure_7d"}


@pytest.fixture(scope="module")
def pairs(
    tmp_path_factory: pytest.TempPathFactory, bundle: TrustedBundle
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Batch row and gateway record of every vector that a gateway scored with the bundle."""
    folder = tmp_path_factory.mktemp("several") / "g"
    folder.mkdir()
    call = small_call(folder, [write_readings(folder / "readings.jsonl", reading_records())])
    call.bundle.write_bytes(bundle_bytes())
    run(call, StopSignal())
    edge = sent_scores(folder / "uplink")
    features = vectors(folder / "features.jsonl", list(FEATURES.names))
    batch = score_rows(features, bundle, NAME, load_kernel(kernel_folder()))
    return [(one, edge[one["machine_id"], f"{one['scored_at']:%Y-%m-%dT%H:%M:%SZ}"]) for one in batch]


def test_gateway_and_batch_give_equal_bits_for_every_model(pairs: list[Pair]) -> None:
    assert len(pairs) == 24
    for batch, edge in pairs:
        assert batch["model_scores"] == edge["model_scores"]
        for name in ("margin", "path_length", "probability"):
            assert batch[name].hex() == float(edge[name]).hex()
        assert (batch["decision"], batch["feature_digest"]) == (edge["decision"], edge["feature_digest"])
        within = {one["model"]: one.get("probability") for one in json.loads(batch["model_scores"])}
        assert within["failure_24h"] <= within["failure_7d"]


def test_each_score_says_whose_it_is(pairs: list[Pair]) -> None:
    seen: dict[str, set[float]] = {}
    for batch, _ in pairs:
        listed = {one["model"]: one for one in json.loads(batch["model_scores"])}
        assert {name: one.get("horizon") for name, one in listed.items()} == MODELS
        assert listed["failure_24h"]["score"] == batch["margin"]
        assert listed["anomaly"]["score"] == batch["path_length"]
        for name, one in listed.items():
            assert math.isfinite(one["score"])
            seen.setdefault(name, set()).add(one["score"])

    assert seen["failure_24h"] != seen["failure_7d"]


def test_versions_of_different_features_are_not_sealed_together() -> None:
    first, second = folders()
    other = replace(second, features=(*second.features[:-1], replace(second.features[-1], name="age")))

    with pytest.raises(SealError, match=r"version v2 takes other features than v1: \['age', 'hours_since_repair'\]"):
        draft([Trained(row("v1"), first), Trained(row("v2"), other)], pipeline())


def test_a_version_that_brings_no_model_is_refused() -> None:
    first, _ = folders()

    with pytest.raises(SealError, match="version v2 brings no model"):
        draft([Trained(row("v1"), first), Trained(row("v2"), first)], pipeline())
