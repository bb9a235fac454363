"""Lakes with models, made once for all tests of the jobs; tests that write take a copy."""

import pytest

from jobs.runtime.engine.server import EngineAddress
from jobs.runtime.settings import Settings
from tests.support.commands import assay
from tests.support.model_lake import ROUNDS, model_lake, model_settings


@pytest.fixture(scope="session")
def champion(engine: EngineAddress, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A lake whose first version is champion and sealed. Read only."""
    settings = model_settings(tmp_path_factory.mktemp("champion"), engine.remote)
    model_lake(settings)
    assay(settings, "train", *ROUNDS)
    assay(settings, "promote")
    assay(settings, "bundle", "build")
    return settings
