"""Hour after hour of a small plant, each job a process of its own: processor seconds, and what grows with the hours.

`python -m bench.hourly` prints, for an hour that brings 5,760 readings, the processor seconds of each job's process and
of all that it started; then a later hour by an earlier one, files a date and log files read. `--hours 200` for the full
size.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bench.landing import START_US, write_hour
from bench.measure import machine_line
from bench.ours import PLANT

JOBS = ("ingest", "silver", "gold", "score", "quality")
MACHINES, EARLY, NEAR = 24, 20, 3
_ROOT = Path(__file__).resolve().parents[1]
_BEGAN = datetime.fromtimestamp(START_US / 1e6, tz=UTC)
_AIM_S = 12.0


@dataclass(frozen=True, slots=True)
class Hour:
    """Processor seconds of each job, and files of the lake after it."""

    number: int
    seconds: Mapping[str, float]
    data_files: int
    log_files: int

    @property
    def total(self) -> float:
        """Processor seconds of all jobs."""
        return sum(self.seconds.values())


def measure(work: Path, hours: int) -> list[Hour]:
    """Bring hour after hour through all jobs."""
    return [_hour(work, number) for number in range(hours)]


def _hour(work: Path, number: int) -> Hour:
    write_hour(work / "landing", number, MACHINES)
    clock = _BEGAN + timedelta(hours=number + 1, minutes=7)
    seconds = {job: processor_seconds(work, job, "--as-of", clock.isoformat()) for job in JOBS}
    lake = work / "lake"
    return Hour(number, seconds, len(list(lake.rglob("*.parquet"))), len(list(lake.rglob("_delta_log/*.json"))))


def processor_seconds(work: Path, *words: str, plant: Path = PLANT) -> float:
    """Processor seconds of one command's process, and of all that it starts, on the lake in a work folder.

    Raises:
        SystemExit: It failed; its messages are shown.
    """
    folders = {"lake": work / "lake", "landing": work / "landing", "state": work / "state", "keys": work / "keys"}
    options = [f"--{name}={folder}" for name, folder in folders.items()]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
    before = _used()
    command = [sys.executable, "-m", "jobs.cli", *words, f"--plant={plant}", *options]
    done = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"assay {words[0]} ended with {done.returncode}:\n{done.stderr}")
    return _used() - before


def _used() -> float:
    """Processor seconds of all children that have ended, theirs included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def show(hours: Sequence[Hour]) -> None:
    """An hour's seconds, and the last hours by the early ones."""
    early, late = _around(hours, min(EARLY, len(hours) // 2)), _around(hours, len(hours) - 1)
    parts = ", ".join(f"{job} {median(hour.seconds[job] for hour in late):.1f}" for job in JOBS)
    total = median(hour.total for hour in late)
    print(f"hour {late[-1].number}: {total:.1f} processor seconds ({parts}; aim: at most {_AIM_S:.0f}, no Java)")
    print(
        f"hour {late[-1].number} by hour {early[0].number}: {total / median(hour.total for hour in early):.2f}x "
        f"(aim: at most 1.1), {late[-1].data_files} data files, {late[-1].log_files} log files"
    )


def _around(hours: Sequence[Hour], number: int) -> Sequence[Hour]:
    return hours[max(0, number + 1 - NEAR) : number + 1]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=int, default=30, help="hours to run; default 30")
    parser.add_argument("--work", type=Path, help="folder for files and lakes (default: a temporary one)")
    arguments = parser.parse_args(argv)
    print(machine_line())
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        show(measure(Path(folder), arguments.hours))
    return 0


if __name__ == "__main__":
    sys.exit(main())
