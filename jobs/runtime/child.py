"""A program of ours as a process of its own, whose steps are shown while it runs."""

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jobs.runtime.progress import show

# How a child says on standard error what it does: `INFO files 3 of 120`, `INFO records 40000`, or in words.
_STEP_LINE = re.compile(r"INFO (.+?)(?: (\d+)(?: of (\d+))?)?$")


def run_child(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run a command from the root of the code; what it showed of its progress is not among its standard error."""
    root = Path(__file__).resolve().parents[2]
    # A file takes whatever it answers: a pipe that nobody reads meanwhile would fill and stop it.
    with (
        tempfile.TemporaryFile("w+") as out,
        subprocess.Popen(command, cwd=root, stdout=out, stderr=subprocess.PIPE, text=True) as child,
    ):
        try:
            other_lines = [line for line in child.stderr or () if not _is_shown(line)]
            code = child.wait()
        except BaseException:
            child.kill()
            raise
        out.seek(0)
        return subprocess.CompletedProcess(command, code, out.read(), "".join(other_lines))


def _is_shown(line: str) -> bool:
    """Show what a line tells of progress; False where it tells something else."""
    step_line = _STEP_LINE.match(line.rstrip())
    if step_line is None:
        return False
    step, done, total = step_line.groups()
    show(step, None if done is None else int(done), None if total is None else int(total))
    return True
