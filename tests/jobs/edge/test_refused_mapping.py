"""A champion is not sealed while a mapping is refused: its gateways would not read the files of that source."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from expectations.errors import MappingError
from expectations.plant.file import profile_folder
from jobs.pipeline.job import seal
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from tests.support.commands import assay, snapshot
from tests.support.model_lake import clone


@pytest.fixture
def settings(sealed_lake: Settings, tmp_path: Path) -> Settings:
    """A champion without a bundle, in a plant of whose mappings one is not TOML."""
    plant = tmp_path / "azure_pdm"
    shutil.copytree(profile_folder("azure_pdm"), plant)
    (plant / "mappings" / "errors.toml").write_text("not TOML")
    settings = replace(clone(sealed_lake, tmp_path), plant=str(plant))
    shutil.rmtree(settings.lake / "bundles")
    return settings


def test_the_command_names_the_mapping(settings: Settings) -> None:
    before = snapshot(settings.lake)

    with pytest.raises(MappingError, match=r"mapping errors\.toml: not TOML: .*errors\.toml or the profile"):
        assay(settings, "bundle", "build")

    assert snapshot(settings.lake) == before


def test_the_pipeline_goes_on_without_it(settings: Settings) -> None:
    before = snapshot(settings.lake)

    report = seal(load_plant(settings), settings)

    assert (report.changed, snapshot(settings.lake)) == (False, before)
    assert report.lines[0].startswith("bundle: not sealed, as a mapping is refused")
