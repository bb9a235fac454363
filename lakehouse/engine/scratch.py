"""Where a server keeps what it can do without, such as spilled rows. What a killed one left is removed."""

import os
import shutil
from pathlib import Path

from lakehouse.engine.process import is_running, started_at


def new_scratch(home: Path, *, outlives_us: bool) -> Path:
    """An empty folder below `home` for a server that this process starts.

    Its name says who started the server. A server that dies with its starter leaves its folder to whoever starts the
    next; one that outlives it is the only one of its home (`lakehouse.engine.lock`), so no other folder is in use.
    """
    folder = home / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        if outlives_us or not _is_used(left.name):
            shutil.rmtree(left, ignore_errors=True)
    own = folder / f"{os.getpid()}-{started_at(os.getpid())}"
    own.mkdir(exist_ok=True)
    return own


def _is_used(name: str) -> bool:
    """Whether the process that a folder is named after runs; a folder of any other name is an older version's."""
    pid, _, began = name.partition("-")
    return pid.isdigit() and began.isdigit() and is_running(int(pid), began)
