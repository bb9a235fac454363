"""One reading that comes 60 days late, against an hour that brings nothing: processor seconds, and what was written.

`python -m bench.late` brings 62 days of a small plant at once, then runs all jobs an hour later with nothing new, then
once more with one reading of the second day.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from deltalake import DeltaTable

from bench.hourly import processor_seconds
from bench.hours import BEGAN, JOBS
from bench.landing import write_lines
from bench.measure import in_a_folder
from bench.sensor_health import RULES
from expectations.tables.gold_trends import TREND_DAYS
from lakehouse.sql import built_tables

DAYS, MACHINES = 62, 2
LATE = BEGAN + timedelta(days=1, hours=12, seconds=30)
REACH = timedelta(days=2)
"""Dates after the reading's that its windows and labels reach, with the local dates beside: no later date changes."""
REACH_OF = {
    "silver.sensor_health": timedelta(days=RULES.days - 1),
    "gold.trends": timedelta(days=TREND_DAYS),
    "gold.machine_health": timedelta(days=TREND_DAYS),
}
"""The same of tables that look further back."""
_AIM = 3.0
_SMALL = {"days": 6, "machines": 1}


@dataclass(frozen=True, slots=True)
class Late:
    """Processor seconds of all jobs of both hours, and the dates that each table's late commits wrote."""

    idle: float
    late: float
    dates: Mapping[str, tuple[date, ...]]

    @property
    def is_local(self) -> bool:
        """Whether only dates that the reading reaches were written."""
        first, day_of = LATE.date() - timedelta(days=1), LATE.date()
        return all(
            first <= day <= day_of + REACH_OF.get(name, REACH) for name, days in self.dates.items() for day in days
        )


def measure(work: Path, days: int = DAYS, machines: int = MACHINES) -> Late:
    """Bring the days, then an hour with nothing, then one with the late reading."""
    write_lines(work / "landing" / "readings-0.jsonl", machines, days * 24)
    ends = BEGAN + timedelta(days=days)
    for job in JOBS:
        _seconds(work, job, ends + timedelta(minutes=7))
    idle = sum(_seconds(work, job, ends + timedelta(minutes=67)) for job in JOBS)
    versions = {name: DeltaTable(_folder(work, name)).version() for name in built_tables(work / "lake")}
    (work / "landing" / "readings-late.jsonl").write_text(_reading(), encoding="utf-8")
    late = sum(_seconds(work, job, ends + timedelta(minutes=97)) for job in JOBS)
    return Late(idle, late, {name: written for name, seen in versions.items() if (written := _dates(work, name, seen))})


def _seconds(work: Path, job: str, clock: object) -> float:
    return processor_seconds(work, job, "--as-of", str(clock).replace(" ", "T"))


def _reading() -> str:
    names = {"sensor_id": "berlin-0000-temperature", "machine_id": "berlin-0000", "factory_id": "berlin"}
    reading = {"timestamp": f"{LATE:%Y-%m-%dT%H:%M:%SZ}", **names, "metric_type": "temperature", "value": 71.5}
    return json.dumps({**reading, "unit": "C"}) + "\n"


def _folder(work: Path, name: str) -> Path:
    return work / "lake" / name.replace(".", "/")


def _dates(work: Path, name: str, seen: int) -> tuple[date, ...]:
    """Values of the first partition column of the files that commits after a version added."""
    delta = DeltaTable(_folder(work, name))
    columns = delta.metadata().partition_columns
    log = _folder(work, name) / "_delta_log"
    commits = (log / f"{version:020d}.json" for version in range(seen + 1, delta.version() + 1))
    actions = [json.loads(line) for commit in commits for line in commit.read_text(encoding="utf-8").splitlines()]
    added = {action["add"]["partitionValues"][columns[0]] for action in actions if "add" in action and columns}
    return tuple(sorted(map(date.fromisoformat, added)))


def show(result: Late) -> None:
    """Both hours, their ratio and the dates."""
    print(
        f"one reading {DAYS - 2} days late: {result.late:.1f} processor seconds, an hour with nothing {result.idle:.1f}"
    )
    print(f"  {result.late / result.idle:.2f}x (aim: at most {_AIM:.0f}); dates written: ", end="")
    print("; ".join(f"{name} {', '.join(map(str, days))}" for name, days in result.dates.items()))
    print(f"  only dates that the reading reaches: {'yes' if result.is_local else 'NO'}")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    return in_a_folder(__doc__, argv, lambda work, small: show(measure(work, **(_SMALL if small else {}))))


if __name__ == "__main__":
    sys.exit(main())
