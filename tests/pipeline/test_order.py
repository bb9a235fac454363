"""Shuffled, renamed, repeated and split files end in the same silver and gold, bit for bit."""

import random
import shutil
from pathlib import Path

import pytest

from lakehouse.engine.server import EngineAddress
from tests.pipeline.conftest import Delivered
from tests.support.plane import Plane

pytestmark = pytest.mark.spark


def _files(landing: Path) -> list[str]:
    return sorted(str(path.relative_to(landing)) for path in landing.rglob("*") if path.is_file())


def _renamed(name: str, mark: str) -> str:
    path = Path(name)
    return str(path.with_name(f"{mark}{path.name}"))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)  # with its time: until when failures are known follows from it


def test_all_files_at_once_renamed_and_some_twice_give_the_same_tables(
    delivered: Delivered, engine: EngineAddress, tmp_path: Path
) -> None:
    plane, source = Plane(tmp_path, engine.remote), delivered.plane.landing
    for number, name in enumerate(_files(source)):
        _copy(source / name, plane.landing / _renamed(name, f"z{97 * number % 89}-"))
        if number % 3 == 0:
            _copy(source / name, plane.landing / _renamed(name, "again-"))

    plane.run()

    assert plane.digests() == delivered.plane.digests()


def test_files_in_three_ingests_master_data_last_give_the_same_tables(
    delivered: Delivered, engine: EngineAddress, tmp_path: Path
) -> None:
    plane, source = Plane(tmp_path, engine.remote), delivered.plane.landing
    names = [name for name in _files(source) if not name.startswith("machines")]
    random.Random(20260331).shuffle(names)
    parts = [names[::2], names[1::2], [name for name in _files(source) if name.startswith("machines")]]
    for part in parts:
        for name in part:
            _copy(source / name, plane.landing / name)
        plane.run()

    assert plane.digests() == delivered.plane.digests()
