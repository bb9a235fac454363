"""No two bundles of a lake have one name, also where the older one has left the shelf."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from expectations.tables.gold import PREDICTIONS
from jobs.edge.numbering import greatest_used
from jobs.edge.signing import make_key
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.bundle_shelf import RETIRED, shelf_folder
from lakehouse.errors import UsageError
from tests.support.commands import assay
from tests.support.model_lake import clone

FIRST = "azure_pdm-1.0.0+1.assay"


@pytest.fixture
def scored(sealed_lake: Settings, tmp_path: Path) -> Settings:
    """A lake whose only bundle has scored."""
    settings = clone(sealed_lake, tmp_path)
    assay(settings, "score")
    return settings


def with_another_key(settings: Settings, folder: Path) -> Settings:
    make_key(folder / "other-keys", "release", settings.lake)
    return replace(settings, keys=folder / "other-keys")


def test_a_bundle_after_a_lost_one_has_a_name_of_its_own_and_scores(scored: Settings, tmp_path: Path) -> None:
    settings = with_another_key(scored, tmp_path)
    shutil.rmtree(shelf_folder(load_plant(settings).lake))

    built = assay(settings, "bundle", "build")
    again = assay(settings, "score")

    names = set(load_plant(settings).lake.arrow(PREDICTIONS).column("bundle").to_pylist())
    assert built.data["bundle"] == "azure_pdm@2.0.0+2"
    assert (again.changed, names) == (True, {"azure_pdm@1.0.0+1", "azure_pdm@2.0.0+2"})


def test_a_bundle_of_another_key_that_was_put_aside_keeps_its_name(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = with_another_key(clone(sealed_lake, tmp_path), tmp_path)
    folder = shelf_folder(load_plant(settings).lake)
    with pytest.raises(UsageError, match=re.escape(f"or move it to {folder / RETIRED}")):
        assay(settings, "bundle", "build")
    (folder / RETIRED).mkdir()
    (folder / FIRST).rename(folder / RETIRED / FIRST)

    built = assay(settings, "bundle", "build")

    assert built.data["bundle"] == "azure_pdm@2.0.0+2"
    assert not assay(settings, "bundle", "build").changed


def test_a_bundle_whose_file_alone_was_lost_is_made_again_in_the_same_bytes(scored: Settings) -> None:
    path = shelf_folder(load_plant(scored).lake) / FIRST
    data = path.read_bytes()
    path.unlink()

    assay(scored, "bundle", "build")

    assert [*path.parent.iterdir()] == [path]
    assert path.read_bytes() == data
    assert not assay(scored, "score").changed


def test_the_greatest_number_is_that_of_the_last_build_not_of_the_text(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = clone(sealed_lake, tmp_path)
    plant = load_plant(settings)
    folder = shelf_folder(plant.lake)
    for name in ("azure_pdm-1.0.9+9", "azure_pdm-1.0.10+10", "no number"):
        (folder / RETIRED).mkdir(exist_ok=True)
        (folder / RETIRED / f"{name}.assay").touch()

    found = greatest_used(plant)

    assert found is not None
    assert (found.build, found.version) == (10, (1, 0, 10))


def test_a_lake_where_nothing_was_sealed_or_scored_knows_no_number(tmp_path: Path) -> None:
    assert greatest_used(load_plant(Settings(lake=tmp_path / "lake", plant="azure_pdm"))) is None
