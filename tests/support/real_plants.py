"""The real plants through the whole pipeline, once a test run; tests that write take a copy."""

from __future__ import annotations

import csv
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from expectations.plant.file import PLANTS
from jobs.edge.key_names import DEFAULT_NAME
from jobs.edge.signing import load_key, make_key
from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.engine.server import EngineAddress
from lakehouse.plant import Plant
from tests.support.commands import assay
from tests.support.made_once import made_once

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
POLICIES = {
    "azure_pdm": """
[plain_rules]
value = 0
unit = "features"
source = "its errors alone do better than a model on 22 failures; here a champion is followed to the gateway"
""",
    "xep_factory": """
[least_shift_power]
value = 0
unit = "fraction"
source = "one forest of 25 machines of two sorts sees too few shifts; here a champion is followed to the gateway"
""",
}
"""Policies of plants that would have no champion by the shipped one."""


@dataclass(frozen=True)
class RealRun:
    """A real plant's lake after `assay pipeline`, and what the command said."""

    settings: Settings
    report: RunReport

    @property
    def plant(self) -> Plant:
        return load_plant(self.settings)

    def own(self, folder: Path) -> RealRun:
        """The same run on a copy."""
        return replace(self, settings=self.copy(folder))

    def copy(self, folder: Path) -> Settings:
        """The lake and the keys again, to write in; landing is linked anew."""
        name = Path(self.settings.plant).name
        settings = _settings(folder, name, self.settings.engine)
        shutil.copytree(self.settings.lake, settings.lake)
        shutil.copytree(self.settings.keys, settings.keys)
        link_files(DATA / name, settings.landing)
        return settings


def real_run(plant: str, engine: EngineAddress, factory: pytest.TempPathFactory) -> RealRun:
    """The pipeline over all files of a real plant, read only; skips where they are not on this machine."""
    if not (DATA / plant).is_dir():
        pytest.skip(f"the real data ../shared/data/{plant} are not on this machine")

    def run(folder: Path) -> RealRun:
        settings = _settings(folder, plant, engine.remote)
        link_files(DATA / plant, settings.landing)
        make_key(settings.keys, DEFAULT_NAME, settings.lake)
        return RealRun(settings, assay(settings, "pipeline"))

    return made_once(factory, plant, run)


def _settings(folder: Path, plant: str, engine: str) -> Settings:
    settings = Settings(plant=_home(folder, plant), engine=engine, cores=2)
    return replace(
        settings, lake=folder / "lake", landing=folder / "landing", keys=folder / "keys", state=folder / "state"
    )


def _home(folder: Path, plant: str) -> str:
    """The shipped plant; one of its own where its policy must be another."""
    if plant not in POLICIES:
        return plant
    home = folder / "plants" / plant
    shutil.copytree(PLANTS / plant, home, dirs_exist_ok=True)
    (home / "policy.toml").write_text(POLICIES[plant], encoding="utf-8")
    return str(home)


def link_files(source: Path, landing: Path) -> None:
    """Links to all files below a folder, with the same paths."""
    for path in sorted(source.rglob("*.csv")):
        link = landing / path.relative_to(source)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path)


def csv_rows(pattern: str) -> Iterator[dict[str, str]]:
    """Rows of the real files that match, by Python's own csv."""
    for path in sorted(DATA.glob(pattern)):
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from csv.DictReader(file)


def replayed(run: RealRun, folder: Path, files: list[Path]) -> Path:
    """Files through the gateway process as a device runs it, with the champion's bundle; the file of its vectors.

    Its uplink files lie below `folder/uplink`.
    """
    (bundle,) = (run.settings.lake / "bundles").glob("*.assay")
    key = load_key(run.settings.keys).public.hex()
    vectors = folder / "features.jsonl"
    command = [
        sys.executable, "-S", "-m", "edge_bundle.gateway", "run", "--bundle", str(bundle), "--trusted-key", key,
        "--state", str(folder / "state"),
        "--uplink", str(folder / "uplink" / "g1"), "--gateway-id", "g1", "--features-out", str(vectors),
        "--replay", *map(str, files),
    ]  # fmt: skip
    bare = {"PATH": os.environ["PATH"]}
    done = subprocess.run(command, cwd=ROOT, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return vectors


def bits(value: float | None) -> str | None:
    """A float by its bits; null and NaN are the same absence."""
    return None if value is None or math.isnan(value) else value.hex()
