"""Lakes with models, made once for all tests of the jobs and copied for each worker; tests that write take a copy."""

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.engine.server import EngineAddress
from tests.support.commands import assay
from tests.support.made_once import made_once
from tests.support.model_lake import ROUNDS, clone, model_lake, model_settings
from tests.support.registry_rows import champion_of


@pytest.fixture(scope="session")
def champion(engine: EngineAddress, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A lake whose first version is champion and sealed. Read only."""
    return replace(_clone_of_sealed(tmp_path_factory, "champion"), engine=engine.remote)


@pytest.fixture(scope="session")
def sealed_lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same for tests that need no engine, as training, sealing and scoring need none. Read only."""
    return _clone_of_sealed(tmp_path_factory, "sealed")


@pytest.fixture(scope="session")
def challenger(champion: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, RunReport]:
    """That lake after another training, with its report: the gate did not agree to it. Read only."""

    settings, report = _challenger(tmp_path_factory)
    return replace(settings, engine=champion.engine), report


@pytest.fixture(scope="session")
def waiting_lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same for tests that need no engine. Read only."""
    return _challenger(tmp_path_factory)[0]


def _challenger(factory: pytest.TempPathFactory) -> tuple[Settings, RunReport]:
    def trained(folder: Path) -> tuple[Settings, RunReport]:
        settings = clone(made_once(factory, "sealed", _sealed), folder)
        return settings, assay(settings, "train", *ROUNDS, "--seed", "7")

    settings, report = made_once(factory, "challenger", trained)
    return clone(settings, factory.mktemp("challenger")), report


def _clone_of_sealed(factory: pytest.TempPathFactory, name: str) -> Settings:
    return clone(made_once(factory, "sealed", _sealed), factory.mktemp(name))


def _sealed(folder: Path) -> Settings:
    settings = model_settings(folder, "none")
    model_lake(settings)
    for words in (("train", *ROUNDS), ("promote",), ("bundle", "build")):
        assay(settings, *words)
    return settings


@pytest.fixture
def challenged(challenger: tuple[Settings, RunReport], tmp_path: Path) -> tuple[Settings, str, str]:
    """A lake, its champion, and a challenger that its gate did not agree to."""
    settings = clone(challenger[0], tmp_path)
    return settings, str(champion_of(settings)), challenger[1].data["version"]


@pytest.fixture
def away_from_the_users_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty working directory, no ASSAY_* variable, and the log as it was afterwards: for tests of `cli.main`."""
    for name in [name for name in os.environ if name.startswith("ASSAY_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)
