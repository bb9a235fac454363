"""Commands run by a user to whom rights apply: root goes past them."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE_S

REPO = Path(__file__).parents[2]
WITHOUT_POWER = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all")


def bound_by_rights(words: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """`assay` as a process that may read and write only what the rights of files and folders say.

    Args:
        words: The command and its options.
        folder: Its working directory.
    """
    before = bound()
    code = "import sys; from jobs.cli import main; sys.exit(main())"
    given = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
    environment: Mapping[str, str] = {**given, "PYTHONPATH": str(REPO)}
    return subprocess.run(
        [*before, sys.executable, "-c", code, *words], cwd=folder, env=environment, capture_output=True, text=True,
        check=False, timeout=PATIENCE_S,
    )  # fmt: skip


def bound() -> tuple[str, ...]:
    """What a command begins with to be bound by rights; the test is skipped where root cannot be."""
    if os.geteuid() != 0:
        return ()
    try:
        subprocess.run([*WITHOUT_POWER, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("root here cannot lay down its power over rights: no setpriv, or no right to use it")
    return WITHOUT_POWER
