"""`assay train` where the version stands: its folder is looked at, and made again where it is gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from expectations.tables.gold import GATE_DECISIONS, MODEL_ALIASES, MODEL_VERSIONS
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.errors import GateRefused, UsageError
from lakehouse.publish.rows import arrow_rows
from tests.support.commands import assay, snapshot
from tests.support.model_lake import ROUNDS, clone, model_folder, model_lake, model_settings, put_table
from tests.support.registry_rows import champion_of, say_yes

DAMAGED = r"is not what was registered as version .*; restore it from a backup, or remove it and run `assay train`"


@pytest.fixture
def lake(sealed_lake: Settings, tmp_path: Path) -> Settings:
    return clone(sealed_lake, tmp_path)


def folder_of(settings: Settings, version: str | None = None) -> Path:
    """Of a version, else of the champion."""
    return model_folder(load_plant(settings).lake, version or str(champion_of(settings)))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rows_of(settings: Settings) -> list[int]:
    lake = load_plant(settings).lake
    return [lake.arrow(table).num_rows for table in (MODEL_VERSIONS, GATE_DECISIONS, MODEL_ALIASES)]


def damage(folder: Path) -> None:
    """As a power cut leaves a file that was not on disk yet."""
    (folder / "failure_24h.json").write_bytes(b"")


def test_a_version_whose_folder_holds_stands_and_nothing_is_written(lake: Settings) -> None:
    before = snapshot(lake.lake)

    report = assay(lake, "train", *ROUNDS)

    assert (report.changed, snapshot(lake.lake)) == (False, before)
    assert "exists already" in report.lines[0]


def test_a_damaged_folder_does_not_stand(lake: Settings) -> None:
    damage(folder_of(lake))

    with pytest.raises(UsageError, match=DAMAGED):
        assay(lake, "train", *ROUNDS)


def test_a_champions_folder_that_is_gone_is_made_again_and_not_judged_again(lake: Settings) -> None:
    folder, rows = folder_of(lake), rows_of(lake)
    before = contents(folder)
    damage(folder)
    shutil.rmtree(folder)

    report = assay(lake, "train", *ROUNDS, as_of="2026-05-01T00:00:00Z")

    assert report.changed
    assert report.lines[-1] == "train: its folder was gone and was made again, as it was registered"
    assert (contents(folder), rows_of(lake)) == (before, rows)
    assert not assay(lake, "train", *ROUNDS).changed


def test_files_that_are_not_those_that_were_registered_take_no_ones_place(lake: Settings) -> None:
    plant = load_plant(lake)
    (row,) = plant.lake.arrow(MODEL_VERSIONS).to_pylist()
    put_table(plant, MODEL_VERSIONS.name, arrow_rows([{**row, "artifact_sha256": "ab" * 32}], MODEL_VERSIONS))
    shutil.rmtree(folder_of(lake))

    with pytest.raises(UsageError, match=r"digest abababababababab, here its training gives .*; restore its folder"):
        assay(lake, "train", *ROUNDS)

    assert not folder_of(lake).exists()


def test_a_challenger_whose_folder_is_damaged_is_not_promoted(lake: Settings) -> None:
    first = champion_of(lake)
    second = assay(lake, "train", *ROUNDS, "--seed", "7").data["version"]
    say_yes(lake, second)
    damage(folder_of(lake, second))

    with pytest.raises(UsageError, match=DAMAGED):
        assay(lake, "promote")

    assert champion_of(lake) == first


def test_a_version_without_a_model_and_without_a_folder_is_told_in_one_sentence(tmp_path: Path) -> None:
    settings = model_settings(tmp_path, "none")
    plant = model_lake(settings, failing=False)
    table = plant.tables["gold.machine_features"]
    put_table(plant, table.name, plant.lake.arrow(table).slice(0, 100))
    version = assay(settings, "train", *ROUNDS).data["version"]
    with pytest.raises(GateRefused, match="is not promoted"):
        assay(settings, "promote")
    shutil.rmtree(folder_of(settings, version))

    with pytest.raises(UsageError, match="is no model folder"):
        assay(settings, "promote")
