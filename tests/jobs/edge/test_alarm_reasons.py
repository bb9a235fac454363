"""Reasons of alarms: stored with the score, of the registered model, and never changed."""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from edge_bundle.format.digest import vector_digest
from expectations.model_folder.models import XGBOOST_MARGIN
from expectations.tables.gold_reasons import ALARM_REASONS
from jobs.ask.job import Form, asked
from jobs.models import registry
from jobs.models.folders import read_version
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from ml.models.failure_model import load_booster, margins
from tests.support.commands import assay
from tests.support.model_lake import put_table
from tests.support.scored_lake import Row, keep, predictions, two_days


@pytest.fixture
def lake(sealed_lake: Settings, tmp_path: Path) -> Settings:
    """A sealed champion over the last 400 hours of every machine, in which some fail."""
    settings = two_days(sealed_lake, tmp_path)
    plant = load_plant(sealed_lake)
    put_table(load_plant(settings), "gold.machine_features", plant.lake.arrow(plant.tables["gold.machine_features"]))
    keep(settings, hours=400)
    return settings


def stored(settings: Settings) -> list[Row]:
    found: list[Row] = load_plant(settings).lake.arrow(ALARM_REASONS).to_pylist()
    return sorted(found, key=lambda row: (row["machine_id"], row["scored_at"], row["rank"]))


def by_alarm(rows: list[Row]) -> dict[tuple[Any, Any], list[Row]]:
    found = defaultdict[tuple[Any, Any], list[Row]](list)
    for row in rows:
        found[row["machine_id"], row["scored_at"]].append(row)
    return found


def test_contributions_of_an_alarm_add_up_to_its_margin(lake: Settings) -> None:
    assay(lake, "score")

    plant = load_plant(lake)
    champion = registry.champion(plant)
    row = registry.version(plant, champion or "")
    assert row is not None
    folder = read_version(plant.lake, row)
    model = folder.first(XGBOOST_MARGIN)
    assert model is not None
    booster, names = load_booster(folder.source(model)), [feature.name for feature in folder.features]
    scores = {(one["machine_id"], one["scored_at"]): one for one in predictions(lake)}
    alarms = by_alarm(stored(lake))
    assert len(alarms) > 3
    for alarm, rows in alarms.items():
        values = {row["feature"]: np.nan if row["value"] is None else row["value"] for row in rows}
        vector = [values[name] for name in names]
        assert vector_digest(vector) == scores[alarm]["feature_digest"]
        assert scores[alarm]["decision"] != "none"
        assert [row["rank"] for row in rows] == list(range(1, len(names) + 1))
        assert [row["contribution"] for row in rows] == sorted((row["contribution"] for row in rows), reverse=True)
        margin = float(margins(booster, np.array([vector]))[0])
        assert margin == pytest.approx(scores[alarm]["margin"])
    # The margin less the contributions is the bias, one number for all alarms.
    biases = {
        round(scores[alarm]["margin"] - sum(row["contribution"] for row in rows), 4) for alarm, rows in alarms.items()
    }
    assert len(biases) == 1


def test_question_why_is_answered_in_words(lake: Settings) -> None:
    assay(lake, "score")

    answer = asked(lake, "why_alarm", ["days=400", "reasons=1"], Form(as_json=True)).data

    assert len(answer["rows"]) == len(by_alarm(stored(lake)))
    words = answer["columns"].index("words")
    assert all("the odds of a failure times" in row[words] for row in answer["rows"])


def test_reasons_stay_as_they_were_scored_when_features_change(lake: Settings) -> None:
    assay(lake, "score")
    before = stored(lake)
    plant = load_plant(lake)
    features = plant.lake.arrow(plant.tables["gold.machine_features"])
    name = before[0]["feature"]
    changed = features.set_column(features.column_names.index(name), name, pa.array([1.0] * len(features)))
    put_table(plant, "gold.machine_features", changed)

    assay(lake, "score")

    assert stored(lake) == before


def test_alarms_of_a_model_that_is_gone_have_their_vector(lake: Settings) -> None:
    shutil.rmtree(lake.lake / "models")

    assay(lake, "score")

    rows = stored(lake)
    assert rows
    assert {row["contribution"] for row in rows} == {None}
    assert all(len(reasons) == len({row["feature"] for row in rows}) for reasons in by_alarm(rows).values())
