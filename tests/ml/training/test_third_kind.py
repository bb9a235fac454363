"""A kind of model is a trainer, a reader and a scorer: a third one goes from rows to the gate, the folder and a bundle.

All that is made for it is in this file: no file of the code is touched, so a real kind costs its own modules and
three registrations. A second horizon of a kind that is there costs none.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_bundle.compiler.compile_model import compile_model
from edge_bundle.compiler.model_folder import read_golden, read_model_folder
from edge_bundle.format import model_scorers
from edge_bundle.format.float_rows import split_rows
from edge_bundle.format.kernel import Scorer
from edge_bundle.format.manifest import ModelEntry
from edge_bundle.format.model_scorers import KindScorer
from edge_bundle.format.reference_kernel import ReferenceKernel
from expectations.model_folder.documents import CalibrationMap, OutlookTable, Threshold
from expectations.model_folder.folder import ModelFolder
from expectations.model_folder.models import Model
from ml.data.dataset import Dataset, Float64, Mask
from ml.errors import ArtifactError, ModelError
from ml.gates.failure_gate import Check, Verdict, at_least
from ml.models.champion import Names
from ml.training import stored_champion, task
from ml.training.artifact import artifact_files
from ml.training.stored_champion import StoredModel, load_champion
from ml.training.task import TrainingTask
from ml.training.train import TrainedModel, train
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_dataset, plant_frames, plant_model

SCORER = "hottest"
ENTRY = Model("hot", SCORER, ("hot.json",), "numpy", "hot", "24h")


@dataclass(frozen=True)
class Hottest:
    """A rule as a model: its score is the first feature, its limit the 99th percentile of healthy rows."""

    limit: float
    rows: int
    entry: Model = ENTRY
    kind: str = "rule"
    column: str = "heat"
    trained_until_us: int = 7

    def score(self, rows: Float64) -> NDArray[np.floating]:
        return rows[:, 0].copy()

    def files(self) -> Mapping[str, bytes]:
        return {self.entry.files[0]: json.dumps({"limit": self.limit}).encode()}

    def thresholds(self) -> tuple[Threshold, ...]:
        return (Threshold("anomaly", self.entry.name, self.limit),)

    def calibrations(self) -> tuple[CalibrationMap, ...]:
        return ()

    def outlooks(self) -> tuple[OutlookTable, ...]:
        return ()

    def checks(self) -> tuple[Check, ...]:
        return (at_least("rule_rows", self.rows, 100, evidence=True),)

    def figures(self) -> Mapping[str, Any]:
        return {"rows": self.rows}


@dataclass(frozen=True)
class StoredRule:
    """The same from a folder."""

    entry: Model
    limit: float
    kind: str = "rule"

    def flags(self, rows: Dataset, names: Names) -> Mask:
        return np.asarray(rows.values[:, names.index("heat_mean_6h")] >= self.limit, dtype=np.bool_)


@dataclass(frozen=True)
class Loaded:
    """The same in a bundle."""

    n_features: int
    label: str = SCORER
    nodes_visited: int = 1


def find_limit(given: TrainingTask) -> tuple[Hottest, ...]:
    """Two horizons of the kind, each a model of its own."""
    healthy = given.dataset.values[given.healthy.mask, 0]
    rule = Hottest(float(np.nanquantile(healthy, 0.99)), len(healthy))
    week = replace(ENTRY, name="hot_week", files=("hot_week.json",), golden="hot_week", horizon="7d")
    return rule, replace(rule, entry=week)


def read_rule(stored: StoredModel) -> StoredRule:
    return StoredRule(stored.model, stored.threshold("anomaly"))


def first_value(_kernel: Scorer, _model: Loaded, row: Sequence[float]) -> float:
    return row[0]


def first_values(_kernel: Scorer, model: Loaded, rows: bytes) -> bytes:
    scores = [row[0] for row in split_rows(model, rows)]
    return struct.pack(f"<{len(scores)}d", *scores)


def load_rule(entry: ModelEntry, _files: Sequence[bytes], _accepts: object) -> Loaded:
    return Loaded(entry.n_features)


RULE = KindScorer(
    kind=SCORER, column="", code="d", is_rising=True, predicts_failure=False, load=load_rule, score=first_value,
    score_rows=first_values,
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def third() -> Iterator[None]:
    """The third kind, known while these tests run."""
    plant_model()
    forgets = (
        task.register("rule", find_limit),
        stored_champion.register(SCORER, read_rule),
        model_scorers.register(RULE),
    )
    yield
    for forget in forgets:
        forget()


@pytest.fixture(scope="module")
def trained() -> TrainedModel:
    return train(plant_frames(), FEATURES, POLICY, PARAMS)


@pytest.fixture(scope="module")
def folder(trained: TrainedModel) -> ModelFolder:
    return read_model_folder(artifact_files(trained))


def test_a_training_makes_it_beside_the_others_and_leaves_their_files_as_they_were(trained: TrainedModel) -> None:
    before, now = artifact_files(plant_model()), artifact_files(trained)

    assert trained.kinds == ("failure", "anomaly", "rule")
    assert sorted(set(now) - set(before)) == ["hot.json", "hot_week.json"]
    changed = {name for name in before if now[name] != before[name]}
    assert changed == {
        "golden.npz", "metrics.json", "models.json", "reference.json", "thresholds.json", "training.json",
    }  # fmt: skip
    assert json.loads(now["metrics.json"])["summary"]["models"]["hot"] == {"rows": 7_131}


def test_its_own_checks_are_part_of_the_gates_answer(trained: TrainedModel) -> None:
    gate, plain = trained.gate, plant_model().gate
    assert gate is not None
    assert plain is not None

    assert gate.gate == plain.gate == "first champion"
    assert [each.name for each in gate.checks] == [*(each.name for each in plain.checks), "rule_rows", "rule_rows"]


def test_the_folder_lists_it_with_scores_of_the_golden_rows(folder: ModelFolder) -> None:
    golden = read_golden(folder)

    assert [(model.name, model.horizon) for model in folder.models] == [
        ("failure_24h", "24h"), ("anomaly", None), ("hot", "24h"), ("hot_week", "7d"),
    ]  # fmt: skip
    assert golden.scores["hot"].tobytes() == golden.rows[:, 0].tobytes()


def test_a_champion_has_each_model_of_each_horizon_and_flags_rows_by_it(folder: ModelFolder) -> None:
    champion = load_champion("v1", folder)

    assert champion.kinds == ("failure", "anomaly", "rule")
    day, week = champion.models[2:]
    assert (day.entry.horizon, week.entry.horizon) == ("24h", "7d")
    assert 0 < day.flags(plant_dataset(), FEATURES.names).sum() < 0.1 * len(plant_dataset())


def test_a_version_that_lost_the_kind_does_not_follow(folder: ModelFolder) -> None:
    champion = load_champion("v1", folder)
    forget = task._trainers.pop("rule")
    try:
        gate = train(plant_frames(), FEATURES, POLICY, PARAMS, champion=champion).gate
    finally:
        task.register("rule", forget)

    assert gate is not None
    assert gate.verdict is Verdict.FAIL
    assert "would lose its rule model" in gate.reasons[0]


def test_alone_it_is_promoted_by_its_own_checks() -> None:
    poor = replace(POLICY, minimum_train_failures=900, minimum_anomaly_rows=10**6)

    model = train(plant_frames(), FEATURES, poor, PARAMS)

    assert model.kinds == ("rule",)
    assert model.gate is not None
    assert (model.gate.gate, model.gate.verdict) == ("models", Verdict.PASS)
    assert read_model_folder(artifact_files(model)).models[0].name == "hot"


def test_it_is_sealed_and_scored_as_it_was_trained(folder: ModelFolder) -> None:
    golden = read_golden(folder)

    compiled = compile_model(folder.models[2], folder, "v1")

    rows = np.nan_to_num(golden.rows).astype("<f4")
    found = RULE.score_rows(ReferenceKernel(), compiled.model, rows.tobytes())
    assert (compiled.entry.kind, compiled.entry.horizon_h) == (SCORER, 24)
    assert np.frombuffer(found).tolist() == rows[:, 0].tolist()


def test_each_kind_has_one_trainer_and_one_reader() -> None:
    with pytest.raises(ModelError, match="'rule' has a trainer already"):
        task.register("rule", find_limit)
    with pytest.raises(ArtifactError, match="'hottest' has a reader already"):
        stored_champion.register(SCORER, read_rule)


def test_a_champion_of_an_unknown_kind_is_refused_by_name(folder: ModelFolder) -> None:
    odd = replace(folder, models=(*folder.models, replace(ENTRY, name="odd", kind="unheard-of")))

    with pytest.raises(ArtifactError, match=r"kinds \['unheard-of'\]; this code reads"):
        load_champion("v1", odd)


def test_two_models_cannot_write_one_file(trained: TrainedModel) -> None:
    twice = replace(trained, models=(*trained.models, trained.models[-1]))

    with pytest.raises(ArtifactError, match=r"'hot_week' writes \['hot_week.json'\], which the folder holds already"):
        artifact_files(twice)
