"""A person's shell in a checkout in which the demo has run, and what the README types there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import REPO, text
from tests.support.waiting import PATIENCE_S

FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks_on_the_demo() -> list[str]:
    """The README's blocks about the lake that the demo leaves behind."""
    found = FENCED.findall(text(Path("README.md")))
    return [block for block in found if block.startswith(("export PATH", "assay sql", "assay lineage"))]


class Shell:
    """A person's shell in a folder that looks like a checkout in which the demo has run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = folder / ".venv" / "bin" / "assay"
        command.parent.mkdir(parents=True, exist_ok=True)
        command.write_text(f'#!/bin/sh\nPYTHONPATH={REPO} exec {sys.executable} -m jobs.cli "$@"\n')
        command.chmod(0o755)
        (folder / "demo" / "landing").mkdir(parents=True, exist_ok=True)
        (self.prelude,) = (block for block in blocks_on_the_demo() if block.startswith("export PATH"))

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        exports = "\n".join(line for line in self.prelude.splitlines() if line.startswith("export"))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", f"{exports}\n{command}"], cwd=self.folder, env=kept, text=True,
            capture_output=True, check=False, timeout=PATIENCE_S,
        )  # fmt: skip
