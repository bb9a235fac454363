"""Raw JSON to daily tables: Assay, plain Spark code, and DuckDB by hand, on the same rows in one run.

`python -m bench.data_plane` prints seconds by stage and the ratios. One engine serves both Spark pipelines; it is
started, and warmed by a small set through both, before any clock.
"""

import argparse
import os
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench import duckdb_pipeline, ours, plain_spark
from bench.accounts import Accounts, check_equal
from bench.floor import floor_s
from bench.landing import Landing, write_landing
from bench.measure import PeakMemory, Stages, add_work, machine_line
from expectations.plant.file import load_profile
from lakehouse.engine.client import connect
from lakehouse.engine.server import start_server, stop_server

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AS_OF = datetime(2026, 3, 20, tzinfo=UTC)
_LAST_DAY = date(2026, 3, 8)
_WARM_UP_LINES = 400_000  # enough for tasks: a smaller set needs no engine, whose Python workers then start later
_AIM_PLAIN, _AIM_DUCKDB, _AIM_FLOOR, _AIM_BYTES = 3.0, 4.0, 4.0, 6 * 2**30
OURS, PLAIN, DUCKDB = "assay", "plain Spark code", "DuckDB by hand"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Seconds by stage of each pipeline, and what was measured beside."""

    stages: dict[str, Stages]
    accounts: Accounts
    beside_s: float
    audits_s: float
    inference_s: float
    floor_s: float
    peak_bytes: dict[str, int]


def compare(spark: "SparkSession", landing: Landing, work: Path) -> Comparison:
    """Every pipeline once on the landed files, in lakes of their own below `work`."""
    settings = ours.settings_of(work / "ours", landing.folder)
    with PeakMemory(os.getpid()) as ours_memory:
        our_stages, accounts, beside_s = ours.run(spark, settings, AS_OF)
    audits_s = ours.audits_alone(spark, settings)
    with PeakMemory(os.getpid()) as plain_memory:
        plain_stages = plain_spark.run(spark, landing.folder, work / "plain", _LAST_DAY)
    duckdb_stages, theirs = duckdb_pipeline.run(landing.folder, work / "duckdb", load_profile(ours.PLANT), AS_OF)
    check_equal(accounts, theirs, DUCKDB)
    return Comparison(
        {OURS: our_stages, PLAIN: plain_stages, DUCKDB: duckdb_stages}, accounts, beside_s, audits_s,
        plain_spark.infer(spark, landing.folder), floor_s(landing.folder, landing.lines),
        {OURS: ours_memory.peak_bytes, PLAIN: plain_memory.peak_bytes},
    )  # fmt: skip


@contextmanager
def warm_engine(work: Path, lines: int = _WARM_UP_LINES) -> Iterator["SparkSession"]:
    """A session on a warm engine of its own, on which a small set has been through both Spark pipelines."""
    engine = start_server(work / "engine", memory="4g", cores=len(os.sched_getaffinity(0)), outlives_us=False)
    try:
        spark = connect(engine.remote, str(uuid.uuid4()))
        small = write_landing(work / "small", lines, files=2)
        compare(spark, small, work / "warm-up")
        yield spark
        spark.stop()
    finally:
        stop_server(engine.pid)


def show(landing: Landing, result: Comparison) -> None:
    """The stage table, the ratios, the accounts and the memory."""
    names = (OURS, PLAIN, DUCKDB)
    print(f"{landing.lines:,} JSON readings, {landing.size_bytes / 1e6:,.0f} MB, landing to daily tables; seconds")
    print(f"  {'stage':28s}" + "".join(f"{name:>26s}" for name in names))
    for stage in result.stages[OURS].seconds:
        print(f"  {stage:28s}" + "".join(f"{result.stages[name].seconds[stage]:26.1f}" for name in names))
    bronze = result.stages[OURS].seconds["landing to bronze"]
    print(f"  the same bytes read, hashed and split into lines on all cores: {result.floor_s:.1f} s; ", end="")
    print(f"landing to bronze is {bronze / result.floor_s:.1f} x that (aim: at most {_AIM_FLOOR:.0f})")
    totals = {name: result.stages[name].total for name in names}
    print(f"  {'all':28s}" + "".join(f"{totals[name]:26.1f}" for name in names))
    print(f"  in no stage: {result.beside_s:.1f} of Assay for the tables of silver that the others do not make")
    print(f"  {ours.AUDITS}: {result.audits_s:.1f}; schema inference that plain Spark code is spared: ", end="")
    print(f"{result.inference_s:.1f}")
    faster, slower = totals[PLAIN] / totals[OURS], totals[OURS] / totals[DUCKDB]
    print(f"  {faster:.2f} x faster than plain Spark code (aim: at least {_AIM_PLAIN:.0f})", end=", ")
    print(f"{slower:.2f} x the time of DuckDB by hand (aim: at most {_AIM_DUCKDB:.0f})")
    peaks = ", ".join(f"{name} {peak / 2**30:.2f} GiB" for name, peak in result.peak_bytes.items())
    print(f"  peak memory, engine and Python together: {peaks} (aim: at most {_AIM_BYTES / 2**30:.0f})")
    print(f"  accounts, equal in Assay and DuckDB: {_words(result.accounts)}")


def _words(accounts: Accounts) -> str:
    faults = ", ".join(f"{count:,} {fault}" for fault, count in accounts.quarantined.items())
    return (
        f"{accounts.records:,} records = {accounts.accepted:,} accepted + {accounts.duplicate:,} duplicate + "
        f"{sum(accounts.quarantined.values()):,} quarantined ({faults}) + {accounts.rejected:,} rejected"
    )


def size(text: str) -> int:
    """A number of lines: `400000`, `400k`, `4M`.

    Raises:
        ValueError: Not such a number.
    """
    scale = {"k": 1_000, "M": 1_000_000}.get(text[-1:], 1)
    return int(float(text.rstrip("kM")) * scale)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the files, run every pipeline, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=size, nargs="+", default=[4_000_000], help="readings, such as 400k, 4M, 10M")
    add_work(parser)
    arguments = parser.parse_args(argv)
    print(machine_line())
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        work = Path(folder)
        with warm_engine(work, min(_WARM_UP_LINES, *arguments.size)) as spark:
            for lines in arguments.size:
                landing = write_landing(work / f"landing-{lines}", lines)
                show(landing, compare(spark, landing, work / f"run-{lines}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
