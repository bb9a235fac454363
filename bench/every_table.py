"""Raw JSON to every table of silver and gold, by size: seconds for a million readings, and the same by hand in DuckDB.

`python -m bench.every_table --size 1M 4M` prints them and the tables that take most. `--save` adds the figures to
`docs/measured/every_table.json` and draws `docs/measured/every_table.svg` from it. Load of other processes shows in
seconds, and hardly in processor seconds. The engine is warm.
"""

import argparse
import os
import sys
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import duckdb_pipeline, ours
from bench.data_plane import AS_OF, size
from bench.duckdb_further import further
from bench.every_table_chart import Point, save
from bench.landing import Landing, write_landing
from bench.measure import PeakMemory, ProcessorTime, Stages, add_work, machine_line
from bench.steps import Steps
from expectations.plant.file import load_profile
from jobs.gold.job import update
from jobs.ingest.job import ingest
from jobs.ingest.new_files import Admission
from jobs.runtime.load_plant import load_plant
from jobs.runtime.progress import progress
from jobs.silver.job import refine
from lakehouse.engine.client import connect
from lakehouse.engine.server import start_server, stop_server
from lakehouse.engine.tasks import Engine

_WARM_UP_LINES = 400_000  # as `bench.data_plane`
_AIM_DUCKDB, _AIM_BYTES = 1.5, 4 * 2**30


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one pipeline and size: seconds by stage and by table, processor seconds, peak memory."""

    stages: Stages
    tables: dict[str, float]
    processor_s: float
    peak_bytes: int


def run_ours(engine: Engine, landing: Landing, work: Path) -> Measured:
    """Our jobs once on the landed files, in a lake of their own below `work`."""
    settings = ours.settings_of(work / "ours", landing.folder)
    plant, stages = load_plant(settings), Stages()
    with PeakMemory(os.getpid()) as memory, ProcessorTime(os.getpid()) as used, Steps() as steps:
        with stages.stage("ingest"):
            ingest(engine, plant, settings, Admission(AS_OF))
        with stages.stage("silver"), progress("silver"):
            refine(engine, plant)
        with stages.stage("gold"), progress("gold"):
            update(engine, plant, AS_OF)
    return Measured(stages, steps.seconds(), used.seconds, memory.peak_bytes)


def run_by_hand(landing: Landing, work: Path) -> Measured:
    """DuckDB by hand on the same files."""
    profile = load_profile(ours.PLANT)
    with PeakMemory(os.getpid()) as memory, ProcessorTime(os.getpid()) as used:
        stages, _ = duckdb_pipeline.run(landing.folder, work / "duckdb", profile, AS_OF, further)
    return Measured(stages, {}, used.seconds, memory.peak_bytes)


def show(lines: int, mine: Measured, theirs: Measured) -> None:
    """Jobs, tables that take most, the ratio and the memory."""
    millions = lines / 1e6
    print(f"{lines:,} JSON readings, landing to every table of silver and gold: {_words(mine.stages)}")
    print(f"  a million: {mine.stages.total / millions:.2f} s, {mine.processor_s / millions:.2f} processor seconds")
    most = sorted(mine.tables.items(), key=lambda item: -item[1])[:12]
    print("  most of it: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in most))
    print(f"  DuckDB by hand, its largest tables: {_words(theirs.stages)}", end="; ")
    print(f"a million: {theirs.processor_s / millions:.2f} processor seconds")
    ratio, processor = mine.stages.total / theirs.stages.total, mine.processor_s / theirs.processor_s
    print(f"  {ratio:.2f} x its time, {processor:.2f} x its processor time (aim: at most {_AIM_DUCKDB})")
    peak = mine.peak_bytes / 2**30
    print(f"  peak memory, engine and Python: {peak:.2f} GiB (aim: at most {_AIM_BYTES / 2**30:.0f})", flush=True)


def point_of(lines: int, mine: Measured, theirs: Measured) -> Point:
    """Both pipelines on one size, as it is stored."""
    return Point(
        lines, mine.stages.total, mine.processor_s, mine.peak_bytes, theirs.stages.total, theirs.processor_s
    )  # fmt: skip


def _words(stages: Stages) -> str:
    return f"{stages.total:.1f} s ({', '.join(f'{name} {seconds:.1f}' for name, seconds in stages.seconds.items())})"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the files, run both, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=size, nargs="+", default=[1_000_000, 4_000_000], help="readings, such as 1M")
    parser.add_argument("--save", action="store_true", help="add the figures to docs/measured and draw them")
    add_work(parser)
    arguments = parser.parse_args(argv)
    print(machine_line(), flush=True)
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        _sizes(Path(folder), arguments.size, is_saved=arguments.save)
    return 0


def _sizes(work: Path, sizes: Sequence[int], *, is_saved: bool) -> None:
    engine = start_server(work / "engine", memory="2g", cores=len(os.sched_getaffinity(0)), outlives_us=False)
    try:
        spark = connect(engine.remote, str(uuid.uuid4()))
        warm_up = write_landing(work / "small", min(_WARM_UP_LINES, *sizes), files=2)
        run_ours(lambda: spark, warm_up, work / "warm-up")
        for lines in sizes:
            landing = write_landing(work / f"landing-{lines}", lines)
            mine = run_ours(lambda: spark, landing, work / f"run-{lines}")
            theirs = run_by_hand(landing, work / f"run-{lines}")
            show(lines, mine, theirs)
            if is_saved:
                save(point_of(lines, mine, theirs))
        spark.stop()
    finally:
        stop_server(engine.pid)


if __name__ == "__main__":
    sys.exit(main())
