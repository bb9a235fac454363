"""`assay score`: which bundle made a gateway's score, and what is set aside."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from expectations.tables.gold import PREDICTIONS_QUARANTINE
from expectations.tables.gold_savings import BUNDLES
from jobs.models import registry
from jobs.quality.job import check
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from jobs.status.unsealed_state import unsealed_champion
from ml.gates.registry import promotion
from tests.support.commands import assay
from tests.support.model_lake import MACHINES, ROUNDS, model_lake, model_settings, put_table
from tests.support.scored_lake import (
    MADE_AT,
    Row,
    edge_scores,
    land_scores,
    predictions,
    two_days,
)


@pytest.fixture
def lake(sealed_lake: Settings, tmp_path: Path) -> Settings:
    """A sealed champion over the last two days of every machine."""
    return two_days(sealed_lake, tmp_path)


@pytest.fixture(scope="module")
def other_lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A lake of the same plant with other data, whose champion is sealed under the same name. Read only."""
    settings = model_settings(tmp_path_factory.mktemp("other"), "none")
    plant = model_lake(settings)
    features = plant.lake.arrow(plant.tables["gold.machine_features"])
    put_table(plant, "gold.machine_features", features.sort_by("scored_at").slice(24 * MACHINES))
    for words in (("train", *ROUNDS), ("promote",), ("bundle", "build"), ("score",)):
        assay(settings, *words)
    return settings


def set_aside(settings: Settings) -> list[Row]:
    found: list[Row] = load_plant(settings).lake.arrow(PREDICTIONS_QUARANTINE).to_pylist()
    return found


def test_scores_of_another_lakes_bundle_of_the_same_name_are_set_aside(lake: Settings, other_lake: Settings) -> None:
    assay(lake, "score")
    own, others = predictions(lake), predictions(other_lake)[:5]
    assert {row["bundle"] for row in own} == {row["bundle"] for row in others}
    assert {row["bundle_sha256"] for row in own}.isdisjoint({row["bundle_sha256"] for row in others})
    land_scores(lake, "g1", own[:3])
    land_scores(lake, "g2", others)
    assay(lake, "ingest")

    report = assay(lake, "score")

    edge = edge_scores(lake)
    assert Counter((row["gateway_id"], row["is_matched_by_name"]) for row in edge) == {("g1", False): 3}
    assert Counter((row["gateway_id"], *row["_faults"]) for row in set_aside(lake)) == {
        ("g2", "bundle_content_differs"): 5
    }
    assert report.lines[-1] == "score: 5 scores of gateways cannot be taken; see gold.predictions_quarantine"
    assert not assay(lake, "score").changed


def test_scores_that_are_set_aside_are_accounted_for(lake: Settings) -> None:
    assay(lake, "score")
    own = predictions(lake)
    land_scores(lake, "g1", [own[0], {**own[1], "bundle": "azure_pdm@9.0.0+9"}, {**own[2], "decision": "panic"}])
    assay(lake, "ingest")
    assay(lake, "score")

    check(load_plant(lake), MADE_AT)

    plant = load_plant(lake)
    (row,) = plant.lake.arrow(plant.tables["gold.data_quality"]).to_pylist()
    assert (row["records"], row["accepted"], row["quarantined"]) == (3, 1, 2)
    assert {tuple(one["_faults"]) for one in set_aside(lake)} == {("bundle_unknown",), ("decision_unknown",)}


def test_a_score_without_a_digest_is_taken_by_name_and_marked(lake: Settings) -> None:
    assay(lake, "score")
    land_scores(lake, "g1", [{**row, "bundle_sha256": None} for row in predictions(lake)[:4]])
    assay(lake, "ingest")

    assay(lake, "score")

    assert {(row["is_matched_by_name"], row["bundle_sha256"]) for row in edge_scores(lake)} == {(True, None)}


def test_a_score_whose_bundle_becomes_known_leaves_the_quarantine(lake: Settings, other_lake: Settings) -> None:
    """Its file is laid into a folder of the shelf: from then on this lake knows the name."""
    row = predictions(other_lake)[0]
    (lake.lake / "bundles" / "retired").mkdir()
    (old,) = (lake.lake / "bundles").glob("*.assay")
    old.rename(lake.lake / "bundles" / "retired" / old.name)
    shutil.rmtree(load_plant(lake).lake.path(BUNDLES))
    land_scores(lake, "g1", [{**row, "bundle": "azure_pdm@1.0.0+1", "bundle_sha256": None}])
    parked = old.parent / "retired" / old.name
    away = parked.rename(lake.lake / old.name)
    assay(lake, "ingest")
    assay(lake, "score")
    assert (len(edge_scores(lake)), len(set_aside(lake))) == (0, 1)

    away.rename(parked)
    assay(lake, "score")

    assert (len(edge_scores(lake)), len(set_aside(lake))) == (1, 0)


def test_a_bundle_that_only_older_scores_name_is_known_by_its_name(lake: Settings) -> None:
    """Older code recorded no bundles, and the file may be gone: the batch scores say that the name is this lake's."""
    assay(lake, "score")
    batch, plant = predictions(lake), load_plant(lake)
    for path in (lake.lake / "bundles").glob("*.assay"):
        path.unlink()
    shutil.rmtree(plant.lake.path(BUNDLES))
    land_scores(lake, "g1", batch[:2])
    assay(lake, "ingest")

    assay(lake, "score")

    assert {(row["is_matched_by_name"], row["is_in_sample"]) for row in edge_scores(lake)} == {(True, None)}
    (row,) = plant.lake.arrow(BUNDLES).to_pylist()
    assert (row["bundle"], row["build"], row["model_version"]) == ("azure_pdm@1.0.0+1", 1, "unknown")


def test_a_champion_that_no_bundle_holds_is_named_by_every_score_and_by_status(lake: Settings) -> None:
    assay(lake, "score")
    plant, at = load_plant(lake), MADE_AT + timedelta(days=1)
    registry.append_aliases(plant, promotion(registry.aliases(plant), "v-unsealed", at, "a person", "as asked"))

    lines = [assay(lake, "score").lines[-1] for _ in range(2)]

    assert set(lines) == {
        "score: WARNING no bundle holds the champion v-unsealed, so no feature row is scored; "
        "run `assay bundle build`, then `assay score`"
    }
    assert unsealed_champion(load_plant(lake), at + timedelta(minutes=59)) is None
    assert unsealed_champion(load_plant(lake), at + timedelta(minutes=60)) == "v-unsealed"
    assay(lake, "rollback", "--reason", "no bundle")
    assert not [line for line in assay(lake, "score").lines if "WARNING" in line]
    assert unsealed_champion(load_plant(lake), at + timedelta(days=9)) is None


def test_a_champion_whose_bundle_is_retired_is_named_as_one_that_no_bundle_holds(lake: Settings) -> None:
    assay(lake, "score")
    plant = load_plant(lake)
    later = MADE_AT + timedelta(days=365)
    assert unsealed_champion(plant, later) is None

    (bundle,) = (lake.lake / "bundles").glob("*.assay")
    (bundle.parent / "retired").mkdir()
    bundle.rename(bundle.parent / "retired" / bundle.name)

    assert "WARNING no bundle holds the champion" in assay(lake, "score").lines[-1]
    assert unsealed_champion(load_plant(lake), later) == registry.champion(plant)
