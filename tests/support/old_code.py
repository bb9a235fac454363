"""The code of an earlier commit, taken out of the checkout's history, to make lakes as it made them."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]


class OldCode:
    """The files of a commit below `folder`; a test that asks for one that the history has not is skipped."""

    def __init__(self, commit: str, folder: Path) -> None:
        self.folder = folder
        archive = subprocess.run(["git", "archive", commit], cwd=REPO, capture_output=True, check=False)
        if archive.returncode:
            pytest.skip(f"the history of this checkout does not reach back to {commit}")
        with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
            files.extractall(folder, filter="data")

    def run(self, *words: str, **settings: object) -> None:
        """Run a command of that commit in a process of its own."""
        environment = os.environ | {f"ASSAY_{name.upper()}": str(value) for name, value in settings.items()}
        command = [sys.executable, "-m", "jobs.cli", *words]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode in (0, 3), done.stderr  # 3: a gate refused, such as one of ages
