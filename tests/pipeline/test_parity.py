"""Feature parity: 20 machines and 3 months through the gateway process are gold's numbers, every one, bit for bit."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from expectations.features import features_of
from expectations.feeds import OUTLOOK
from expectations.tables.gold import PREDICTIONS
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.engine.server import EngineAddress
from lakehouse.plant import Plant
from tests.support.commands import assay, snapshot
from tests.support.real_plants import RealRun, bits, real_run, replayed

pytestmark = [pytest.mark.spark, pytest.mark.slow]
ROWS, FEATURES = 20 * 2160, 66
Key = tuple[str, str]
Vectors = dict[Key, list[str | None]]


@dataclass(frozen=True)
class Closed:
    """The loop closed: the lake after the gateway's scores have landed."""

    run: RealRun
    vectors: Path
    plant: Plant
    settings: Settings


@pytest.fixture(scope="module")
def closed(engine: EngineAddress, tmp_path_factory: pytest.TempPathFactory) -> Closed:
    run = real_run("azure_pdm", engine, tmp_path_factory)
    folder = tmp_path_factory.mktemp("gateway")
    settings = run.copy(folder)
    vectors = replayed(run, folder, sorted(settings.landing.glob("PdM_*.csv")))
    (folder / "uplink").rename(settings.landing / "uplink")
    assay(settings, "ingest")
    assay(settings, "score")
    return Closed(run, vectors, load_plant(settings), settings)


def gold_vectors(plant: Plant) -> Vectors:
    names = [feature.name for feature in features_of(plant.profile)]
    rows = plant.lake.arrow(plant.tables["gold.machine_features"], ["machine_id", "scored_at", *names]).to_pylist()
    return {
        (row["machine_id"], f"{row['scored_at']:%Y-%m-%dT%H:%M:%SZ}"): [bits(row[name]) for name in names]
        for row in rows
    }


def edge_vectors(path: Path) -> Vectors:
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return {
        (row["machine_id"], row["scored_at"]): [
            None if text is None else bits(float.fromhex(text)) for text in row["features"]
        ]
        for row in rows
    }


def test_every_feature_of_every_machine_and_hour_is_equal_in_every_bit(closed: Closed) -> None:
    gold, edge = gold_vectors(closed.run.plant), edge_vectors(closed.vectors)

    assert len(gold) == ROWS
    assert gold.keys() == edge.keys()
    assert {len(vector) for vector in gold.values()} == {FEATURES}
    assert [key for key, vector in gold.items() if vector != edge[key]] == []


def test_the_comparison_is_of_numbers_and_not_of_nulls(closed: Closed) -> None:
    gold = gold_vectors(closed.run.plant)
    by_feature = list(zip(*gold.values(), strict=True))

    filled = [sum(value is not None for value in column) for column in by_feature]
    assert sum(filled) > 0.9 * ROWS * FEATURES
    assert min(filled) > 0
    assert sum(len(set(column)) > 1 for column in by_feature) >= FEATURES - 1


def pairs(closed: Closed) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Batch and edge score of each machine and time."""
    by_source: dict[str, dict[Any, dict[str, Any]]] = {"batch": {}, "edge": {}}
    for row in closed.plant.lake.arrow(PREDICTIONS).to_pylist():
        by_source[row["source"]][row["machine_id"], row["scored_at"], row["bundle"]] = row
    assert by_source["batch"].keys() == by_source["edge"].keys()
    return [(row, by_source["edge"][key]) for key, row in by_source["batch"].items()]


def test_predictions_show_every_moment_twice_with_equal_digests(closed: Closed) -> None:
    found = pairs(closed)

    assert len(found) == ROWS
    assert [batch for batch, edge in found if batch["feature_digest"] != edge["feature_digest"]] == []


def test_margins_path_lengths_and_decisions_are_equal_bit_for_bit(closed: Closed) -> None:
    for batch, edge in pairs(closed):
        assert bits(batch["margin"]) == bits(edge["margin"])
        assert bits(batch["path_length"]) == bits(edge["path_length"])
        assert batch["decision"] == edge["decision"]
        assert batch["factory_id"] == edge["factory_id"]
        assert [batch[column.name] for column in OUTLOOK] == [edge[column.name] for column in OUTLOOK]


def test_scores_say_what_time_is_left_and_alerts_carry_it(closed: Closed) -> None:
    said = {(row["horizon"], row["failure_expected_h"], row["confidence_frac"]) for row, _ in pairs(closed)}
    alerts = closed.plant.lake.arrow(closed.plant.tables["bronze.alerts"]).to_pylist()
    of_models = [row for row in alerts if row["metric"] is None]

    assert {horizon for horizon, _, _ in said} == {"24h"}
    assert len(said) > 2
    assert {(row["horizon"], row["failure_expected_h"], row["confidence_frac"]) for row in of_models} <= said
    assert all(row["probability"] is not None for row in of_models)
    assert of_models


def test_the_batch_scores_were_not_touched_by_the_edges(closed: Closed) -> None:
    def batch(plant: Plant) -> list[dict[str, Any]]:
        rows = plant.lake.arrow(PREDICTIONS).to_pylist()
        return sorted(
            (row for row in rows if row["source"] == "batch"), key=lambda row: (row["machine_id"], row["scored_at"])
        )

    assert batch(closed.plant) == batch(closed.run.plant)


def test_scores_and_alerts_of_the_gateway_are_accounted_for(closed: Closed) -> None:
    said = assay(closed.settings, "quality").data["accounting"]

    assert said["edge_scores"] == {
        "records": ROWS, "accepted": ROWS, "duplicate": 0, "quarantined": 0, "rejected": 0, "blank": 0,
    }  # fmt: skip
    assert said["alerts"]["records"] == said["alerts"]["accepted"] > 0


def test_the_same_uplink_again_changes_nothing(closed: Closed) -> None:
    assay(closed.settings, "quality")
    before = snapshot(closed.settings.lake)

    reports = [assay(closed.settings, name) for name in ("ingest", "score", "quality")]

    assert [report.changed for report in reports] == [False, False, False]
    assert snapshot(closed.settings.lake) == before
