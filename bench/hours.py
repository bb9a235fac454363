"""Hours of a small plant brought through all jobs in this process: `python -m bench.hours WORK FIRST END`.

Jobs in one process start once; what they leave in the lake is what jobs of their own would leave.
"""

import io
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.landing import START_US, write_hour
from bench.ours import PLANT
from jobs import cli

JOBS = ("ingest", "silver", "gold", "score", "quality")
MACHINES = 24
BEGAN = datetime.fromtimestamp(START_US / 1e6, tz=UTC)


def land(work: Path, number: int) -> None:
    """Write the readings of one hour."""
    write_hour(work / "landing", number, MACHINES)


def words_of(work: Path, job: str, number: int, plant: Path = PLANT) -> list[str]:
    """The command line of a job a little after an hour has ended."""
    clock = BEGAN + timedelta(hours=number + 1, minutes=7)
    folders = {"lake": work / "lake", "landing": work / "landing", "state": work / "state", "keys": work / "keys"}
    options = [f"--{name}={folder}" for name, folder in folders.items()]
    return [job, "--as-of", clock.isoformat(), f"--plant={plant}", *options]


def bring(work: Path, first: int, end: int) -> None:
    """Bring the hours from one to before another through all jobs.

    Raises:
        SystemExit: A job failed; its messages are shown.
    """
    for number in range(first, end):
        land(work, number)
        for job in JOBS:
            messages = io.StringIO()
            with redirect_stdout(messages), redirect_stderr(messages):
                code = cli.main(words_of(work, job, number))
            if code != 0:
                raise SystemExit(f"assay {job} of hour {number} ended with {code}:\n{messages.getvalue()}")


def main(argv: Sequence[str] | None = None) -> int:
    """Bring hours through all jobs."""
    work, first, end = sys.argv[1:] if argv is None else argv
    bring(Path(work), int(first), int(end))
    return 0


if __name__ == "__main__":
    sys.exit(main())
