"""How long a person waits for the command line: the first answer of `assay sql`, and the slowest page of help.

`python -m bench.answers` makes a small lake, and prints the seconds of whole processes, the best of three each.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.landing import write_landing
from bench.measure import in_a_folder
from bench.nothing_new import FIRST, LINES, job_seconds
from jobs.cli import COMMANDS

_AIM_SQL_S, _AIM_HELP_S = 2.0, 0.3
_ROUNDS = 3
_SMALL = 400
_QUESTION = "SELECT metric, count(*) FROM bronze.readings GROUP BY metric"


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds of the first answer, and of each page of help by its command."""

    sql_s: float
    helps_s: dict[str, float]


def measure(work: Path, lines: int = LINES) -> Waits:
    """Bring a small landing folder into bronze, ask it, and ask for every page of help."""
    write_landing(work / "landing", lines, files=4)
    job_seconds(work, "ingest", "--as-of", FIRST.isoformat())
    helps = {name: min(job_seconds(work, name, "--help") for _ in range(_ROUNDS)) for name in COMMANDS}
    return Waits(min(job_seconds(work, "sql", _QUESTION) for _ in range(_ROUNDS)), helps)


def show(waits: Waits) -> None:
    """The seconds beside their aims."""
    slowest = max(waits.helps_s, key=lambda name: waits.helps_s[name])
    print(f"assay sql, first answer: {waits.sql_s:.2f} s (aim: at most {_AIM_SQL_S:.0f})")
    help_s = waits.helps_s[slowest]
    print(f"assay {slowest} --help, the slowest of {len(waits.helps_s)}: {help_s:.2f} s (aim: at most {_AIM_HELP_S})")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    return in_a_folder(__doc__, argv, lambda work, small: show(measure(work, _SMALL if small else LINES)))


if __name__ == "__main__":
    sys.exit(main())
