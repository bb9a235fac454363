"""A challenger scores beside the champion: what it had not seen, once, apart from the champion's scores."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from expectations.model_folder.models import XGBOOST_MARGIN
from expectations.tables.contract import Table
from expectations.tables.gold_reasons import ALARM_REASONS
from expectations.tables.gold_shadow import SHADOW_PREDICTIONS
from expectations.tables.gold_work_list import WORK_LIST
from jobs.diagnosis.emptiness import why_empty
from jobs.edge.bundle_record import learnt_until
from jobs.edge.sealing import Trained
from jobs.models.folders import read_version
from jobs.models.shadow_version import shadow_version
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.bundle_shelf import names_ever
from ml.models.failure_model import load_booster, margins
from tests.support.commands import assay, snapshot
from tests.support.model_lake import MACHINES, clone, model_folder, put_table
from tests.support.registry_rows import crown
from tests.support.scored_lake import Row, keep, predictions

HOURS = 48
NEW = 16
"""Hours of the two days that lie behind all that the challenger's training had seen."""


@pytest.fixture(scope="module")
def both(waiting_lake: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A sealed champion and a challenger, over two days of which the challenger had not seen the last hours."""
    settings = clone(waiting_lake, tmp_path_factory.mktemp("in-shadow"))
    put_later(settings)
    return settings


@pytest.fixture
def lake(both: Settings, tmp_path: Path) -> Settings:
    return clone(both, tmp_path)


def put_later(settings: Settings) -> None:
    """Let gold hold two days whose last hours lie behind what the challenger had seen."""
    plant = load_plant(settings)
    rows = keep(settings, hours=HOURS).to_pandas()
    rows["scored_at"] += since(settings) + timedelta(hours=NEW) - rows["scored_at"].max()
    rows["scored_date"] = rows["scored_at"].dt.date
    table = pa.Table.from_pandas(rows, schema=keep(settings, hours=1).schema, preserve_index=False)
    put_table(plant, "gold.machine_features", table)


def since(settings: Settings) -> Any:
    plant = load_plant(settings)
    row = shadow_version(plant)
    assert row is not None
    return learnt_until([Trained(row, read_version(plant.lake, row))])


def shadows(settings: Settings) -> list[Row]:
    found: list[Row] = load_plant(settings).lake.arrow(SHADOW_PREDICTIONS).to_pylist()
    return in_order(found)


def in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["machine_id"], row["scored_at"]))


def challenger(settings: Settings) -> str:
    row = shadow_version(load_plant(settings))
    assert row is not None
    return row.version


def test_new_rows_have_a_score_of_each_and_those_of_the_challenger_are_its_own(lake: Settings) -> None:
    report = assay(lake, "score")

    plant, found, version = load_plant(lake), shadows(lake), challenger(lake)
    assert report.data == {"batch": HOURS * MACHINES, "edge": 0}
    assert report.lines[-1] == f"score: {NEW * MACHINES} scores of version {version} in shadow appended"
    assert {row["bundle"] for row in predictions(lake)} == {"azure_pdm@1.0.0+1"}
    assert len(found) == NEW * MACHINES
    assert all(row["scored_at"] > since(lake) and row["model_version"] == version for row in found)
    assert names_ever(plant.lake) == ["azure_pdm-1.0.0+1"]
    row = shadow_version(plant)
    assert row is not None
    folder = read_version(plant.lake, row)
    model = folder.first(XGBOOST_MARGIN)
    assert model is not None
    features = {(one["machine_id"], one["scored_at"]): one
                for one in plant.lake.arrow(plant.tables["gold.machine_features"]).to_pylist()}  # fmt: skip
    vectors = [[features[one["machine_id"], one["scored_at"]][name.name] for name in folder.features] for one in found]
    mine = margins(load_booster(folder.source(model)), np.array(vectors, dtype=np.float64))
    assert mine.tolist() == pytest.approx([one["margin"] for one in found])


def test_what_people_see_of_the_champion_is_the_same_as_without_it(lake: Settings, tmp_path: Path) -> None:
    alone = clone(lake, tmp_path / "alone")
    assay(alone, "models", "retire", challenger(alone), "--reason", "alone")

    for settings in (lake, alone):
        assay(settings, "score")

    assert not load_plant(alone).lake.row_count(SHADOW_PREDICTIONS)
    assert in_order(predictions(lake)) == in_order(predictions(alone))
    for table in (ALARM_REASONS, WORK_LIST):
        assert in_table(lake, table) == in_table(alone, table)


def in_table(settings: Settings, table: Table) -> list[str]:
    return sorted(str(row) for row in load_plant(settings).lake.arrow(table).to_pylist())


def test_nothing_new_writes_nothing_and_new_hours_are_scored_once(lake: Settings) -> None:
    assay(lake, "score")
    before = snapshot(lake.lake)

    assert not assay(lake, "score").changed

    assert snapshot(lake.lake) == before
    first = shadows(lake)
    plant = load_plant(lake)
    rows = plant.lake.arrow(plant.tables["gold.machine_features"]).to_pandas()
    newest = rows[rows["scored_at"] == rows["scored_at"].max()].copy()
    newest["scored_at"] += timedelta(hours=1)
    newest["scored_date"] = newest["scored_at"].dt.date
    schema = plant.lake.arrow(plant.tables["gold.machine_features"]).schema
    more = pa.concat_tables(pa.Table.from_pandas(each, schema=schema, preserve_index=False) for each in (rows, newest))
    put_table(plant, "gold.machine_features", more)
    assay(lake, "score")
    assert len(shadows(lake)) == len(first) + MACHINES
    assert all(row in shadows(lake) for row in first)
    outcomes = assay(lake, "verify", "gold.shadow_predictions", "--all").data["tables"]
    assert [(one["verdict"], one["rows"]) for one in outcomes] == [("equal", len(first) + MACHINES)]


@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_killed_at_its_commit_the_next_run_has_each_score_once(lake: Settings, when: str) -> None:
    assay(lake, "score")
    expected = shadows(lake)
    shutil.rmtree(load_plant(lake).lake.path(SHADOW_PREDICTIONS))
    keys = ("lake", "landing", "keys", "state", "plant")
    environment = os.environ | {f"ASSAY_{key.upper()}": str(getattr(lake, key)) for key in keys}
    words = [sys.executable, "-m", "tests.support.killed_job", "job", when, "1", "score"]
    killed = subprocess.run(words, env=environment, capture_output=True, timeout=120, check=False)
    assert killed.returncode == -9, killed.stderr
    assert len(shadows(lake)) == (len(expected) if when == "after" else 0)

    assay(lake, "score")

    unclocked = [[{**row, "made_at": None} for row in rows] for rows in (shadows(lake), expected)]
    assert unclocked[0] == unclocked[1]


def test_a_version_that_cannot_score_fails_nothing(lake: Settings) -> None:
    version = challenger(lake)
    shutil.rmtree(model_folder(load_plant(lake).lake, version))

    report = assay(lake, "score")

    assert len(predictions(lake)) == HOURS * MACHINES
    assert report.lines[-1].startswith(f"score: version {version} is not scored in shadow: ")
    assert "restore the folder" in report.lines[-1]
    assert shadows(lake) == []


def test_a_champion_is_not_in_shadow_and_one_taken_back_is(lake: Settings) -> None:
    version = challenger(lake)
    crown(lake, version)
    plant = load_plant(lake)

    assert shadow_version(plant) is None
    assert why_empty(lake, plant, SHADOW_PREDICTIONS.name)

    assay(lake, "rollback", "--reason", "worse")
    assert challenger(lake) == version
