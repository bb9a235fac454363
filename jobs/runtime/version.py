"""Which Assay this is: its version, the checkout it runs from, and what it is pinned to."""

import os
import platform
import re
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

from lakehouse.code_revision import code_revision

ROOT = Path(__file__).resolve().parents[2]
_NO_GIT = "none (not a git checkout)"
_GIT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Version:
    """What `assay --version` says.

    Attributes:
        assay: The version in pyproject.toml.
        revision: The commit that is checked out, with `-dirty` where files differ from it; or why there is none.
        code: The digest of the code that ran, as each commit of the lake names it.
        checkout: The folder that the code is in.
        python: The version of this Python.
        spark: The version of Spark that this code is pinned to.
        delta: The version of Delta Lake that this code is pinned to.
    """

    assay: str
    revision: str
    code: str
    checkout: Path
    python: str
    spark: str
    delta: str

    def __str__(self) -> str:
        return (
            f"assay {self.assay}, revision {self.revision}, code {self.code}, in {self.checkout}\n"
            f"Python {self.python}, Spark {self.spark}, Delta Lake {self.delta}"
        )


def version() -> Version:
    """The version of the code that runs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = [re.fullmatch(r"([a-z-]+)(?:\[.*\])?==(.+)", each) for each in project["dependencies"]]
    pinned = {pin[1]: pin[2] for pin in pins if pin}
    return Version(
        project["version"], _revision(ROOT), code_revision(), ROOT, platform.python_version(),
        pinned["pyspark"], pinned["delta-spark"],
    )  # fmt: skip


def _revision(root: Path) -> str:
    """The commit of a checkout, if it is one itself: a folder inside another one's checkout is not."""
    if not (root / ".git").exists():
        return _NO_GIT
    command = ["git", "-C", str(root), "describe", "--always", "--exclude=*", "--abbrev=12", "--dirty"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=_GIT_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        return f"unknown (git could not be asked: {exc})"
    why = (done.stderr.strip().splitlines() or ["no reason given"])[0]
    return done.stdout.strip() if done.returncode == 0 else f"unknown (git: {why})"
