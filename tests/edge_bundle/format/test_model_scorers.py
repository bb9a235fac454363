"""A kind of model is one registered scorer: a made-up third one goes from its folder to scores on both sides."""

from __future__ import annotations

import json
import math
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from edge_bundle.compiler.compile_model import compile_model
from edge_bundle.compiler.errors import SealError
from edge_bundle.compiler.golden import build_golden
from edge_bundle.compiler.model_folder import read_model_folder
from edge_bundle.compiler.seal import DraftMember
from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.errors import ManifestError, ModelBlobError
from edge_bundle.format.float_rows import split_rows
from edge_bundle.format.kernel import Scorer, load_kernel
from edge_bundle.format.manifest import ModelEntry, Threshold
from edge_bundle.format.model_scorers import KindScorer, kinds, register, scorer_of
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.service import run
from jobs.edge.batch_scores import score_rows
from ml.training.artifact import artifact_files
from tests.edge_bundle.gateway.plant_files import reading_records, sent_scores, write_readings
from tests.edge_bundle.gateway.plants import sealed, small_pipeline
from tests.edge_bundle.gateway.runs import small_call
from tests.jobs.edge.vectors import vectors
from tests.support.edge_models import TRUSTED, kernel_folder
from tests.support.plant_frames import plant_model

KIND = "count-missing"
WEIGHTS = struct.pack("<2d", 0.5, 0.25)


@dataclass(frozen=True)
class Missing:
    """A model that counts missing values: a weight of each, and of none."""

    weight: float
    base: float
    n_features: int
    label: str = KIND
    nodes_visited: int = 1


def load_missing(entry: ModelEntry, files: Sequence[bytes], _accepts: object) -> Missing:
    base, weight = struct.unpack("<2d", files[0])
    return Missing(weight, base, entry.n_features)


def count(_kernel: Scorer, model: Missing, row: Sequence[float]) -> float:
    return model.base + model.weight * sum(1 for value in row if math.isnan(value))


def count_rows(kernel: Scorer, model: Missing, rows: bytes) -> bytes:
    scores = [count(kernel, model, row) for row in split_rows(model, rows)]
    return struct.pack(f"<{len(scores)}d", *scores)


THIRD = KindScorer(
    kind=KIND, column="", code="d", is_rising=True, predicts_failure=False, load=load_missing, score=count,
    score_rows=count_rows,
)  # fmt: skip


@pytest.fixture
def third() -> Iterator[KindScorer]:
    """The third kind, known while the test runs."""
    forget = register(THIRD)
    yield THIRD
    forget()


def bundle_of_three() -> bytes:
    """The small plant's bundle with a model of the third kind, taken from a model folder."""
    listed = json.loads(artifact_files(plant_model())["models.json"])
    wear = {"name": "wear", "kind": KIND, "files": ["wear.bin"], "library": "none", "golden": "wear"}
    document = json.dumps({"models": [*listed["models"], wear]}).encode()
    folder = read_model_folder({**artifact_files(plant_model()), "wear.bin": WEIGHTS, "models.json": document})
    n_features = len(small_pipeline().features)
    rows = np.full((4, n_features), np.nan, np.float32)
    rows[1:] = 1.0
    places = tuple(replace(folder.features[0], name=rule.name) for rule in small_pipeline().features)
    compiled = compile_model(folder.models[-1], replace(folder, features=places), "v9")
    expected = np.array([0.5 + 0.25 * n_features, 0.5, 0.5, 0.5])
    golden = build_golden(rows, {"wear": expected}, {"wear": compiled.model}, "golden/rows-2.f32")
    others = {path: DraftMember("model", data) for path, data in compiled.files.items()}
    others |= {path: DraftMember("golden", data) for path, data in golden.members.items()}
    small = open_bundle(sealed(small_pipeline()), [TRUSTED]).manifest
    return sealed(
        small_pipeline(),
        others=others,
        models=(*small.models, compiled.entry),
        thresholds=(*small.thresholds, Threshold("safe_stop", "wear", 0.75)),
        more_golden=(golden.entry,),
        min_runtime="1.2.0",
    )


@pytest.mark.usefixtures("third")
def test_a_third_kind_needs_one_registered_scorer(tmp_path: Path) -> None:
    folder = tmp_path / "g"
    folder.mkdir()
    call = small_call(folder, [write_readings(folder / "readings.jsonl", reading_records())])
    call.bundle.write_bytes(bundle_of_three())

    run(call, StopSignal())

    edge = sent_scores(folder / "uplink")
    names = [rule.name for rule in small_pipeline().features]
    table = vectors(folder / "features.jsonl", names)
    batch = score_rows(table, open_bundle(call.bundle, [TRUSTED]), "small@1+1", load_kernel(kernel_folder()))
    assert len(batch) == len(edge) == 24
    for one, features in zip(batch, table.select(names).to_pylist(), strict=True):
        record = edge[one["machine_id"], f"{one['scored_at']:%Y-%m-%dT%H:%M:%SZ}"]
        listed = {each["model"]: each for each in json.loads(record["model_scores"])}
        missing = sum(1 for value in features.values() if value is None)
        assert one["model_scores"] == record["model_scores"]
        assert listed["wear"]["score"] == 0.5 + 0.25 * missing
        assert (listed["wear"]["decision"] == "stop_request") == (missing >= 1)
        assert (record["margin"], record["path_length"]) == (one["margin"], one["path_length"])
    assert {record["decision"] for record in edge.values()} >= {"stop_request"}


def test_a_runtime_without_the_scorer_refuses_the_bundle_by_name(third: KindScorer, tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    path.write_bytes(bundle_of_three())
    load = "import sys; from edge_bundle.format.bundle import open_bundle; "
    code = f"{load}open_bundle(sys.argv[1], [bytes.fromhex(sys.argv[2])])"

    words = [sys.executable, "-c", code, str(path), TRUSTED.hex()]
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert third.kind in kinds()
    assert done.returncode == 1
    assert f"model kind '{KIND}'; this runtime knows xgboost-margin, iforest-depth" in done.stderr


def test_a_model_folder_of_an_unknown_kind_is_not_sealed() -> None:
    files = artifact_files(plant_model())
    listed = json.loads(files["models.json"])["models"]
    odd = [{**listed[0], "kind": "unheard-of"}, *listed[1:]]
    folder = read_model_folder({**files, "models.json": json.dumps({"models": odd}).encode()})

    with pytest.raises(SealError, match="model kind 'unheard-of'; this runtime knows xgboost-margin, iforest-depth"):
        compile_model(folder.models[0], folder, "v1")


def test_a_kind_is_registered_once(third: KindScorer) -> None:
    with pytest.raises(ManifestError, match="has a scorer already"):
        register(third)


@pytest.mark.parametrize("name", ["xgboost-margin", "iforest-depth"])
def test_kinds_of_trees_take_one_file(name: str) -> None:
    folder = read_model_folder(artifact_files(plant_model()))
    entry = compile_model(folder.models[0], folder, "v1").entry

    with pytest.raises(ModelBlobError, match="has 2 files; a flat model has one"):
        scorer_of(name).load(entry, [b"", b""], None)
