"""Copies of this checkout, with an environment of their own that shares what is large in this one's."""

import shutil
import sys
from pathlib import Path

from tests.architecture.sources import ROOMS

REPO = Path(__file__).resolve().parents[2]
CODE = (*ROOMS, "dags", "setup", "pyproject.toml", "requirements.lock", "Makefile")


def copied(folder: Path) -> Path:
    """This checkout's code in a folder that is made for it, without an environment."""
    folder.mkdir()
    for name in CODE:
        if (REPO / name).is_dir():
            shutil.copytree(REPO / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(REPO / name, folder / name)
    return folder


def with_environment(checkout: Path) -> Path:
    """A checkout's own `.venv`: Python, packages and jars are this one's, the command is the checkout's."""
    environment = checkout / ".venv"
    (environment / "bin").mkdir(parents=True)
    for source in Path(sys.prefix).iterdir():
        if source.name not in ("bin", ".setup"):
            (environment / source.name).symlink_to(source.resolve())
    for source in (Path(sys.prefix) / "bin").iterdir():
        if source.name != "assay":
            (environment / "bin" / source.name).symlink_to(source.resolve())
    shutil.copy2(checkout / "setup" / "assay.sh", environment / "bin" / "assay")
    return checkout
