"""`assay train --search`: what was tried names the version, and a search that is killed leaves nothing."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.models.search import checked_minutes, over_after
from jobs.models.training import training_job
from jobs.models.wish import Wish
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from ml.models.booster_alternatives import MOST_ALTERNATIVES
from tests.support.commands import assay, snapshot
from tests.support.model_lake import ROUNDS, clone


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish("24h", search_minutes=0.0), r"--search 0; legal: above 0 to 120 minutes"),
        (Wish("24h", search_minutes=-5.0), r"--search -5; legal: "),
        (Wish("24h", search_minutes=float("nan")), r"--search nan; legal: "),
        (Wish("24h", search_minutes=121.0), r"--search 121; legal: "),
        (
            Wish("24h", search_minutes=5.0, changes=("failure.eta=0.2, failure.alternatives=3",)),
            r"--search 5 with --set failure.alternatives: .*; leave out one of them",
        ),
    ],
)
def test_minutes_that_are_not_legal_are_told(wish: Wish, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        checked_minutes(wish)


def test_the_time_begins_when_it_is_first_asked_for() -> None:
    assert checked_minutes(Wish("24h")) is None
    assert not over_after(None)()
    is_over = over_after(1e-9)
    assert not is_over()
    assert is_over()


def test_a_search_is_named_as_the_training_without_limit_of_what_it_tried(sealed_lake: Settings) -> None:
    plant = load_plant(sealed_lake)
    searched = training_job(plant, Wish("24h", 12, search_minutes=5.0))
    assert searched.params.failure.alternatives == MOST_ALTERNATIVES

    for tried in (0, 3):
        stated = training_job(plant, Wish("24h", 12, changes=(f"failure.alternatives={tried}",)))
        assert searched.of_tried(tried).version == stated.version
        assert searched.version != stated.version


def test_a_search_whose_time_is_over_at_once_is_the_training_as_it_was(sealed_lake: Settings, tmp_path: Path) -> None:
    """On a plant that states a risk: what follows from its profile alone has no part in the name."""
    settings = replace(clone(sealed_lake, tmp_path), plant=str(_with_a_risk(Path(sealed_lake.plant), tmp_path)))

    found = assay(settings, "train", *ROUNDS, "--search", "1e-9")

    assert (found.changed, found.data["alternatives"]) == (True, 0)
    before = snapshot(settings.lake)
    again = assay(settings, "train", *ROUNDS, "--set", "failure.alternatives=0")
    assert (again.changed, again.data["version"]) == (False, found.data["version"])
    assert snapshot(settings.lake) == before


def _with_a_risk(plant: Path, folder: Path) -> Path:
    home = folder / "plants" / plant.name
    shutil.copytree(plant, home)
    profile = home / "profile.toml"
    text = profile.read_text()
    assert text.count("[features]\n") == 1
    profile.write_text(text.replace("[features]\n", '[features]\nrisk_rises_with = ["vibration_mean_*"]\n'))
    return home


def test_a_search_that_is_killed_leaves_the_lake_as_it_was(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = clone(sealed_lake, tmp_path)
    before = snapshot(settings.lake)
    names = ("lake", "landing", "keys", "state", "plant")
    environment = {f"ASSAY_{name.upper()}": str(getattr(settings, name)) for name in names}
    command = [sys.executable, "-m", "jobs.cli", "train", *ROUNDS, "--search", "60"]

    with subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.PIPE, text=True) as search:
        assert search.stderr is not None
        for line in search.stderr:
            if "boosters of depth 3" in line:
                search.kill()

    assert search.returncode == -signal.SIGKILL
    after = snapshot(settings.lake)
    after.pop(".lock")
    assert after == before
