"""What several workers of a run use: the first that needs it makes it, all others read it."""

from __future__ import annotations

import fcntl
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

Made = TypeVar("Made")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]) -> Made:
    """What ``make`` returned for the one folder of that name in this run. Read only: other tests use it as well.

    Where ``make`` fails, the next worker tries again in an empty folder.

    Args:
        factory: Its base folder says which run it is.
        name: The same content has the same name, and no other content has it.
        make: Fills an empty folder; what it returns is pickled.
    """
    place = _folder_of_the_run(factory) / f"once-{name}"
    place.mkdir(exist_ok=True)
    result, folder = place / "made.pickle", place / "folder"
    with (place / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            content = pickle.dumps(make(folder))
            result.write_bytes(content)
    made: Made = pickle.loads(result.read_bytes())
    return made


def _folder_of_the_run(factory: pytest.TempPathFactory) -> Path:
    """Each worker of pytest-xdist has a folder of its own in that of the run."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
