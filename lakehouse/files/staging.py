"""Where files stand from being written to being part of a table: `_staging` in the lake, nobody's until a commit."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4


def staging_root(lake: Path) -> Path:
    """The folder of all that is staged; on the lake's own file system, so that files are linked into tables."""
    return lake / "_staging"


@contextmanager
def staging_folder(lake: Path) -> Iterator[Path]:
    """A folder of nobody else's, removed with the context. What a killed run leaves, the next ingest sweeps away."""
    folder = staging_root(lake) / uuid4().hex
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # others stage there too
            staging_root(lake).rmdir()
