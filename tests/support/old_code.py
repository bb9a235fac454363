"""The code of an earlier commit, taken out of the checkout's history, to make lakes and model folders as it did."""

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
        done = self._python("-m", "jobs.cli", *words, **settings)
        assert done.returncode in (0, 3), done.stderr  # 3: a gate refused, such as one of ages

    def script(self, code: str, *words: str) -> str:
        """Run Python code with that commit's modules in a process of its own; what it printed."""
        done = self._python("-c", code, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _python(self, *words: str, **settings: object) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {f"ASSAY_{name.upper()}": str(value) for name, value in settings.items()}
        return subprocess.run(
            [sys.executable, *words], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip
