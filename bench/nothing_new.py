"""An hourly run that finds nothing new: every job as a process of its own on a warm engine, Airflow left out.

`python -m bench.nothing_new` prints the seconds of each process and their sum, and how many files of the lake changed.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.landing import write_landing
from bench.measure import in_a_folder
from bench.ours import PLANT

JOBS = ("ingest", "silver", "gold", "score")
_ROOT = Path(__file__).resolve().parents[1]
FIRST, _NEXT = datetime(2026, 3, 20, 6, tzinfo=UTC), datetime(2026, 3, 20, 7, tzinfo=UTC)
LINES, _SMALL = 20_000, 400
_AIM_S = 10.0


@dataclass(frozen=True, slots=True)
class Idle:
    """Seconds of each job's process, and the files of the lake that changed while they ran."""

    seconds: dict[str, float]
    changed: tuple[str, ...]

    @property
    def total(self) -> float:
        """Seconds of all processes."""
        return sum(self.seconds.values())


def measure(work: Path, lines: int = LINES) -> Idle:
    """Bring a small landing folder through all jobs, then run them again an hour later with nothing new."""
    write_landing(work / "landing", lines, files=4)
    job_seconds(work, "engine", "start")
    try:
        for job in JOBS:
            job_seconds(work, job, "--as-of", FIRST.isoformat())
        before = _files(work / "lake")
        seconds = {job: job_seconds(work, job, "--as-of", _NEXT.isoformat()) for job in JOBS}
        after = _files(work / "lake")
    finally:
        job_seconds(work, "engine", "stop")
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return Idle(seconds, tuple(changed))


def job_seconds(work: Path, *words: str) -> float:
    """Seconds of one process of `assay`.

    Raises:
        SystemExit: It failed; its messages are shown.
    """
    folders = {"lake": work / "lake", "landing": work / "landing", "state": work / "state", "keys": work / "keys"}
    options = [f"--{name}={folder}" for name, folder in folders.items()]
    command = [sys.executable, "-m", "jobs.cli", *words, f"--plant={PLANT}", *options]
    # Settings of the person who measures are no part of the measurement.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
    began = time.monotonic()
    done = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"assay {words[0]} ended with {done.returncode}:\n{done.stderr}")
    return time.monotonic() - began


def _files(lake: Path) -> dict[str, tuple[int, int]]:
    """Size and modification time of every file of the lake."""
    found = ((path, path.stat()) for path in lake.rglob("*") if path.is_file())
    return {str(path.relative_to(lake)): (status.st_size, status.st_mtime_ns) for path, status in found}


def show(idle: Idle) -> None:
    """The seconds, and the files where there are any."""
    parts = ", ".join(f"{job} {seconds:.1f}" for job, seconds in idle.seconds.items())
    print(f"nothing new: {idle.total:.1f} s ({parts}; aim: at most {_AIM_S:.0f}), {len(idle.changed)} files (aim: 0)")
    for name in idle.changed:
        print(f"  changed: {name}")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    return in_a_folder(__doc__, argv, lambda work, small: show(measure(work, _SMALL if small else LINES)))


if __name__ == "__main__":
    sys.exit(main())
