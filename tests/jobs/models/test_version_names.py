"""A version's name follows from the rows that it learns from, not from how often a lake was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from expectations.features import features_of
from jobs.models.training import training_job
from jobs.models.wish import Wish
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from lakehouse.writing.metadata import record_metadata
from tests.report.lakes import BEGAN, plant_at, put, put_data


def lake(folder: Path, heat: float, *, writes: int = 1, turned: bool = False) -> Plant:
    """A lake whose features are of one value; written so many times, its rows in this order or the other."""
    plant = plant_at(folder)
    put_data(plant)
    name = features_of(plant.profile)[0].name
    keys = [
        {
            "machine_id": f"B-{1 + n % 2}",
            "factory_id": "bremen",
            "scored_at": BEGAN + n * timedelta(hours=1),
            "scored_date": BEGAN.date(),
        }
        for n in range(48)
    ]
    ordered = keys[::-1] if turned else keys
    for _ in range(writes):
        built = CommitMetadata(delays=plant.profile.delays)
        put(plant, "gold.machine_features", [{**key, name: heat} for key in ordered], built)
        put(plant, "gold.failure_labels", [{**key, "failure_within_24h": 0} for key in ordered])
    return plant


def name(plant: Plant) -> str:
    return training_job(plant, Wish("24h")).version


def test_two_lakes_of_equal_commits_and_different_rows_make_different_versions(tmp_path: Path) -> None:
    one, other = lake(tmp_path / "one", 60.0), lake(tmp_path / "other", 61.0)

    assert training_job(one, Wish("24h")).versions == training_job(other, Wish("24h")).versions
    assert name(one) != name(other)


def test_the_same_rows_make_the_same_version_however_they_were_written(tmp_path: Path) -> None:
    once, again = lake(tmp_path / "once", 60.0), lake(tmp_path / "again", 60.0, writes=3, turned=True)

    assert training_job(once, Wish("24h")).versions != training_job(again, Wish("24h")).versions
    assert name(once) == name(again)


def test_rows_that_were_built_with_other_delays_than_the_profile_declares_are_not_learnt_from(tmp_path: Path) -> None:
    plant = lake(tmp_path, 60.0)
    at_once = replace(plant, profile=replace(plant.profile, delays={}))
    features = plant.tables["gold.machine_features"]
    record_metadata(plant.lake, features, CommitMetadata(delays={"failure": 43_200}))

    with pytest.raises(UsageError, match=r"delays failure 12 h, the profile declares none; run `assay gold`"):
        name(at_once)
    delayed = replace(plant, profile=replace(plant.profile, delays={"failure": 43_200}))
    assert training_job(delayed, Wish("24h")).version


def test_models_of_further_horizons_make_another_version_whoever_names_them(tmp_path: Path) -> None:
    plant = lake(tmp_path / "one", 60.0)
    asked = training_job(plant, Wish.of_horizons(["24h", "28d", "168h", "24h"]))
    labels = replace(plant.profile.labels, models=("24h", "7d", "28d"))
    stated = training_job(replace(plant, profile=replace(plant.profile, labels=labels)), Wish("24h"))

    assert asked.version == stated.version != name(plant)
    assert [each.horizon for each in asked.beside] == [each.horizon for each in stated.beside] == ["7d", "28d"]
    with pytest.raises(UsageError, match="has no labels within '3d'"):
        training_job(plant, Wish.of_horizons(["24h", "3d"]))
