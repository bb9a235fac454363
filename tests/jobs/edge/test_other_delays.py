"""A bundle scores features that use events as late as those that its model learnt from, and no others."""

from pathlib import Path

import pytest

from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.errors import UsageError
from lakehouse.writing.metadata import record_metadata
from tests.support.commands import assay
from tests.support.model_lake import clone


def _built_with(settings: Settings, delays: dict[str, int]) -> None:
    plant = load_plant(settings)
    record_metadata(plant.lake, plant.tables["gold.machine_features"], CommitMetadata(delays=delays))


def test_features_with_other_delays_than_the_bundles_are_not_scored(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = clone(sealed_lake, tmp_path)
    settings.landing.mkdir(exist_ok=True)
    _built_with(settings, {"failure": 86_400})

    with pytest.raises(UsageError, match=r"delays failure 24 h, and here they are none; train again and build"):
        assay(settings, "score")
    _built_with(settings, {"party": 86_400})
    assert assay(settings, "score").changed
