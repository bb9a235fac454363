"""A version whose booster has residual columns: from training to the same bits at the gateway and in the batch."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from edge_bundle.compiler.errors import SealError
from edge_bundle.compiler.model_folder import read_model_folder
from edge_bundle.compiler.seal import seal
from edge_bundle.format.bundle import TrustedBundle, open_bundle
from edge_bundle.format.golden import check_golden
from edge_bundle.format.kernel import load_kernel
from edge_bundle.format.reference_kernel import ReferenceKernel
from edge_bundle.format.runtime import ORDERED_HORIZONS, RESIDUAL_COLUMNS
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.service import run
from expectations.model_folder.models import XGBOOST_DERIVED
from expectations.residuals import ResidualColumn, Residuals
from expectations.tables.gold import MODEL_VERSIONS
from expectations.tables.gold_reasons import ALARM_REASONS
from gold.alarm_reasons import SCORE, Named, reasons
from jobs.edge.batch_scores import score_rows
from jobs.edge.contributions import explained_by
from jobs.edge.sealing import Trained, draft
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from ml.training.artifact import artifact_files
from ml.training.stored_champion import load_champion
from ml.training.train import TrainedModel, train
from report.model_card.card import CardIdentity, make_card, render_card
from tests.edge_bundle.gateway.plant_files import reading_records, sent_scores, write_readings
from tests.edge_bundle.gateway.runs import small_call
from tests.jobs.edge.test_several_models import NAME, pipeline, row
from tests.jobs.edge.vectors import vectors
from tests.support.commands import assay
from tests.support.edge_models import SIGNING_KEY, TRUSTED, kernel_folder
from tests.support.model_lake import ROUNDS, model_lake, model_settings, put_table
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_frames, plant_model

BY_NOISE = Residuals((ResidualColumn("heat_mean_6h", (("noise_mean_6h", 1), ("noise_mean_6h", 2))),), ())
STATED = replace(FEATURES, residuals=BY_NOISE)


@lru_cache(maxsize=1)
def trained() -> TrainedModel:
    return train(plant_frames(), STATED, POLICY, PARAMS)


@lru_cache(maxsize=1)
def files() -> dict[str, bytes]:
    return artifact_files(trained())


@lru_cache(maxsize=1)
def bundle_bytes() -> bytes:
    manifest, members = draft([Trained(row("v1"), read_model_folder(files()))], pipeline())
    return seal(manifest, members, SIGNING_KEY)


@pytest.fixture(scope="module")
def bundle() -> TrustedBundle:
    return open_bundle(bundle_bytes(), [TRUSTED])


def test_the_bundle_has_trees_and_columns_and_asks_for_a_runtime_that_knows_them(bundle: TrustedBundle) -> None:
    entry = bundle.manifest.model("failure_24h")

    assert (entry.kind, entry.n_features) == (XGBOOST_DERIVED, len(FEATURES.names))
    assert entry.paths == ("models/failure_24h.fte", "models/failure_24h.drv")
    assert bundle.manifest.min_runtime == RESIDUAL_COLUMNS
    assert [feature.name for feature in bundle.manifest.features] == list(FEATURES.names)


def test_a_bundle_that_names_an_older_runtime_is_not_sealed() -> None:
    manifest, members = draft([Trained(row("v1"), read_model_folder(files()))], pipeline())

    with pytest.raises(SealError, match=r"residual columns need min_runtime 1\.6\.0 or newer, it is '1\.5\.0'"):
        seal(replace(manifest, min_runtime=ORDERED_HORIZONS), members, SIGNING_KEY)


@pytest.mark.parametrize("kernel", ["library", "python"])
def test_every_model_gives_its_trainers_golden_scores(bundle: TrustedBundle, kernel: str) -> None:
    models = {entry.name: bundle.model(entry.name) for entry in bundle.manifest.models}
    scorer = load_kernel(kernel_folder()) if kernel == "library" else ReferenceKernel()

    result = check_golden(bundle, models, scorer)

    assert (result.scores, result.scorer) == (len(models) * bundle.manifest.golden.count, kernel)


def test_gateway_and_batch_give_equal_bits(tmp_path_factory: pytest.TempPathFactory, bundle: TrustedBundle) -> None:
    folder = tmp_path_factory.mktemp("derived") / "g"
    folder.mkdir()
    call = small_call(folder, [write_readings(folder / "readings.jsonl", reading_records())])
    call.bundle.write_bytes(bundle_bytes())

    run(call, StopSignal())

    edge = sent_scores(folder / "uplink")
    features = vectors(folder / "features.jsonl", list(FEATURES.names))
    for kernel in (load_kernel(kernel_folder()), ReferenceKernel()):
        batch = score_rows(features, bundle, NAME, kernel)
        assert len(batch) == len(edge) == 24
        for one in batch:
            record = edge[one["machine_id"], f"{one['scored_at']:%Y-%m-%dT%H:%M:%SZ}"]
            same = ("margin", "probability", "decision", "feature_digest", "model_scores")
            assert [one[name] for name in same] == [record.get(name) for name in same]


def test_a_stored_version_flags_what_its_training_flagged() -> None:
    model = trained().failure
    champion = load_champion("v1", read_model_folder(files())).failure

    assert model is not None
    assert champion is not None
    rows = model.evaluation.held_out.rows
    flags = champion.flags(rows, FEATURES.names)
    assert flags.tolist() == (model.score(rows.values) >= model.threshold).tolist()
    assert flags.any()
    assert model.importance.shape == (len(FEATURES.names) + 1,)
    assert "heat_mean_6h_residual" in files()["pictures.json"].decode()


def test_reasons_say_what_deviates_and_add_up_to_the_margin() -> None:
    model, named = trained().failure, [Named(name, "C") for name in FEATURES.names]
    assert model is not None
    rows = trained().golden.rows

    found, values, added = explained_by(files()["failure_24h.json"], named, rows)

    assert [one.name for one in found] == [*FEATURES.names, "heat_mean_6h_residual"]
    assert values.shape == (len(rows), 4)
    assert added is not None
    assert np.ptp(model.score(rows) - added.sum(axis=1)) < 1e-4
    at = int(added[:, 3].argmax())
    words = [row["words"] for row in reasons(dict.fromkeys(SCORE, ""), found, values[at], added[at])]
    assert any(
        re.match(r"heat_mean_6h is \d+\.\d spreads above what noise_mean_6h predicts: the odds", one) for one in words
    )


def test_the_card_shows_what_predicts_what_and_that_of_another_plant_does_not() -> None:
    identity = CardIdentity("small", "v1", {}, "c0de")
    page, plain = (render_card(make_card(one, identity)) for one in (trained(), plant_model()))

    assert "What load explains" in page
    assert re.search(r">heat_mean_6h<.*>all<.*>\d\d\S* \S+ · noise_mean_6h \S+ · noise_mean_6h²</td>", page)
    assert "What load explains" not in plain


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A lake whose profile explains vibration by voltage, trained twice, sealed and scored."""
    settings = model_settings(tmp_path_factory.mktemp("derived_lake"), "none")
    profile = Path(settings.plant) / "profile.toml"
    stated = '\n[residuals]\nvibration = { explained_by = ["voltage", "voltage^2"] }\n'
    profile.write_text(profile.read_text(encoding="utf-8") + stated, encoding="utf-8")
    plant = model_lake(settings)
    rows = plant.lake.arrow(plant.tables["gold.machine_features"]).to_pandas()
    typed = pa.Table.from_pandas(rows.assign(is_machine_model_model1=1.0), preserve_index=False)
    put_table(plant, "gold.machine_features", typed)
    for words in (("train", *ROUNDS), ("promote",), ("bundle", "build"), ("score",)):
        assay(settings, *words)
    return settings


@pytest.mark.skipif("FULL_SUITE" not in os.environ, reason="a lake of its own takes half a minute: set FULL_SUITE")
def test_scores_and_reasons_of_a_lake_come_out_again_and_the_version_too(lake: Settings) -> None:
    stored = load_plant(lake).lake.arrow(ALARM_REASONS).to_pylist()
    versions = load_plant(lake).lake.arrow(MODEL_VERSIONS).to_pylist()

    scores, found = assay(lake, "verify", "gold.predictions", "gold.alarm_reasons", "--all").data["tables"]
    again = assay(lake, "train", *ROUNDS)

    assert any(" spreads above what voltage_mean_3h_v predicts" in one["words"] for one in stored)
    assert {one["rank"] for one in stored} == set(range(1, len({one["feature"] for one in stored}) + 1))
    assert (scores["verdict"], found["verdict"]) == ("equal", "equal")
    assert again.data["version"] == versions[0]["version"]
