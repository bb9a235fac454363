"""Model folders below the lake: written whole or not at all."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from jobs.runtime.delta import Lake


def model_folder(lake: Lake, version: str) -> Path:
    """Where the files of a version lie."""
    return lake.root / "models" / version


def write_model(lake: Lake, version: str, files: Mapping[str, bytes]) -> str:
    """Write a version's folder in one rename; its path below the lake. A folder that a killed run left is replaced."""
    from ml.artifact import write_folder

    folder = model_folder(lake, version)
    draft = folder.with_name(f".{version}.draft-{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    write_folder(draft, files)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    return folder.relative_to(lake.root).as_posix()
