"""Hour after hour of a small plant, each job a process of its own: processor seconds, and what grows with the hours.

`python -m bench.hourly` prints, for an hour that brings 5,760 readings, the processor seconds of each job's process and
of all that it started; then a later hour by an earlier one, files a partition and log files read. The hours between
are brought by one process. `--hours 201` for the full size.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from deltalake import DeltaTable

from bench.hours import JOBS, land, words_of
from bench.measure import SMALL, add_work, machine_line
from bench.ours import PLANT
from lakehouse.sql import built_tables

EARLY, NEAR = 20, 3
_ROOT = Path(__file__).resolve().parents[1]
_AIM_S = 12.0
_SMALL = {"hours": 4, "early": 2, "near": 1}


@dataclass(frozen=True, slots=True)
class Hour:
    """Processor seconds of each job, and how the lake is after it.

    Attributes:
        files: Files of the partition that has most, in any table.
        log_files: Files of the log that a reader opens beside the checkpoint, of the table that has most.
    """

    number: int
    seconds: Mapping[str, float]
    files: int
    log_files: int

    @property
    def total(self) -> float:
        """Processor seconds of all jobs."""
        return sum(self.seconds.values())


def measure(work: Path, hours: int, early: int = EARLY, near: int = NEAR) -> list[Hour]:
    """The last `near` hours up to hour `early`, and the last of all; those between are brought and not measured."""
    measured = [*range(early + 1 - near, early + 1), *range(hours - near, hours)]
    found, done = [], 0
    for number in measured:
        if done < number:
            subprocess.run([sys.executable, "-m", "bench.hours", work, str(done), str(number)], cwd=_ROOT, check=True)
        found.append(_hour(work, number))
        done = number + 1
    return found


def _hour(work: Path, number: int) -> Hour:
    land(work, number)
    seconds = {job: used_by(words_of(work, job, number)) for job in JOBS}
    tables = [work / "lake" / name.replace(".", "/") for name in built_tables(work / "lake")]
    return Hour(number, seconds, max(map(_files, tables)), max(map(_log_files, tables)))


def _files(table: Path) -> int:
    partitions = Counter(Path(uri).parent for uri in DeltaTable(table).file_uris())
    return max(partitions.values(), default=0)


def _log_files(table: Path) -> int:
    log = table / "_delta_log"
    summed_up = max((int(path.name[:20]) for path in log.glob("*.checkpoint.parquet")), default=-1)
    return sum(int(path.stem) > summed_up for path in log.glob("*.json"))


def processor_seconds(work: Path, *words: str, plant: Path = PLANT) -> float:
    """Processor seconds of one command on the lake in a work folder, as of `used_by`."""
    folders = {"lake": work / "lake", "landing": work / "landing", "state": work / "state", "keys": work / "keys"}
    return used_by([*words, f"--plant={plant}", *(f"--{name}={folder}" for name, folder in folders.items())])


def used_by(words: Sequence[str]) -> float:
    """Processor seconds of a command's process, and of all that it starts.

    Raises:
        SystemExit: It failed; its messages are shown.
    """
    # Settings of the person who measures are no part of the measurement.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
    before = _used()
    command = [sys.executable, "-m", "jobs.cli", *words]
    done = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"assay {words[0]} ended with {done.returncode}:\n{done.stderr}")
    return _used() - before


def _used() -> float:
    """Processor seconds of all children that have ended, theirs included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def show(hours: Sequence[Hour], near: int = NEAR) -> None:
    """An hour's seconds, and the last hours by the early ones."""
    early, late = hours[:near], hours[-near:]
    parts = ", ".join(f"{job} {median(hour.seconds[job] for hour in late):.1f}" for job in JOBS)
    (before, total), last = (median(hour.total for hour in some) for some in (early, late)), late[-1]
    print(f"hour {last.number}: {total:.1f} processor seconds ({parts}; aim: at most {_AIM_S:.0f}, no Java)")
    print(f"  by hour {early[-1].number}: {total / before:.2f}x (aim: at most 1.1)")
    print(f"  most files a partition {early[-1].files} then, {last.files} now; ", end="")
    print(f"most log files read {early[-1].log_files} then, {last.log_files} now")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=int, default=51, help="hours to run; default 51")
    parser.add_argument("--small", action="store_true", help=SMALL)
    add_work(parser)
    arguments = parser.parse_args(argv)
    print(machine_line())
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        show(measure(Path(folder), **(_SMALL if arguments.small else {"hours": arguments.hours})))
    return 0


if __name__ == "__main__":
    sys.exit(main())
