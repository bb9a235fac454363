"""Buckets to the features of gold, cold: Assay's build beside the Spark form that it had before, equal in every bit.

`python -m bench.features` reads and writes the same Parquet files by both. Ours is a process of its own, its start
counted; Spark's is the first query on an engine that runs already.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench import spark_features
from bench.data_plane import size
from bench.measure import SMALL, Stages, add_work, machine_line
from bench.ours import PLANT
from expectations.plant.file import load_profile
from expectations.tables.arrow_columns import stamps
from lakehouse.engine.client import connect
from lakehouse.engine.server import start_server, stop_server

ROWS = 100_000
_SMALL = 8_000
_AIM = 5.0
_ROOT = Path(__file__).parents[1]
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_BUCKETS_A_METRIC = 6_250  # about 43 days of ten minutes
_READINGS = 6  # of each bucket
_MISSING = 0.05  # of the buckets, so that windows lack some
OURS, SPARK = "Assay, its start counted", "Spark form of before, on a running engine"


@dataclass(frozen=True, slots=True)
class Compared:
    """Seconds of both, and how many equal rows and columns they gave."""

    seconds: Stages
    rows: int
    columns: int


def write_inputs(folder: Path, rows: int) -> None:
    """`buckets.parquet` of about so many rows, and `machines.parquet`; the same for the same number."""
    profile, rng = load_profile(PLANT), np.random.default_rng(3)
    names = tuple(profile.metrics)
    each = min(_BUCKETS_A_METRIC, -(-rows // len(names)))
    machines = -(-rows // (each * len(names)))
    place = np.flatnonzero(rng.random(machines * len(names) * each) >= _MISSING)
    machine, metric, number = np.unravel_index(place, (machines, len(names), each))
    steps = rng.integers(3_000, 7_000, (len(place), 1)) + rng.integers(-400, 400, (len(place), _READINGS))
    held = steps * (np.arange(_READINGS) < rng.integers(1, _READINGS + 1, (len(place), 1)))
    is_in = held != 0
    began_us = int(_BEGAN.timestamp()) * 1_000_000
    counts = is_in.sum(axis=1)
    buckets = {
        "machine_id": pa.array([f"M{at:03d}" for at in range(machines)]).take(pa.array(machine)),
        "factory_id": pa.array(["berlin", "osaka"]).take(pa.array(machine % 2)),
        "metric": pa.array(names).take(pa.array(metric)),
        "bucket_at": stamps(began_us + number.astype(np.int64) * profile.bucket_s * 1_000_000),
        "reading_count": pa.array(counts),
        "sum_steps": pa.array(held.sum(axis=1)),
        "sum_squares": pa.array((held * held).sum(axis=1)).cast(pa.decimal128(38, 0)),
        "minimum_steps": pa.array(np.where(is_in, held, 2**40).min(axis=1)),
        "maximum_steps": pa.array(held.max(axis=1)),
        "last_steps": pa.array(held[np.arange(len(place)), counts - 1]),
        "warning_count": pa.array(rng.integers(0, 2, len(place))),
    }
    pq.write_table(pa.table(buckets), folder / "buckets.parquet")
    pq.write_table(_machines(machines), folder / "machines.parquet")


def _machines(count: int) -> pa.Table:
    """Two stretches of each machine: it gets another model and age on the tenth day."""
    ids = [f"M{at:03d}" for at in range(count)]
    change = _BEGAN + timedelta(days=10)
    kind = pa.timestamp("us", "UTC")
    return pa.table(
        {
            "machine_id": pa.array([*ids, *ids]),
            "factory_id": pa.array([("berlin", "osaka")[at % 2] for at in range(count)] * 2),
            "machine_model": pa.array(["P100"] * count + ["P200"] * count),
            "moved_from": pa.nulls(2 * count, pa.string()),
            "age_years": pa.array([float(at % 9) for at in range(count)] + [0.5] * count),
            "valid_from": pa.array([_BEGAN] * count + [change] * count, kind),
            "valid_to": pa.array([change] * count + [None] * count, kind),
        }
    )


def compare(work: Path, rows: int) -> Compared:
    """Both once on the same files.

    Raises:
        SystemExit: They give different rows, or ours failed.
    """
    write_inputs(work, rows)
    stages = Stages()
    with stages.stage(OURS):
        _build_ours(work)
    _build_by_spark(work, stages)
    ours, theirs = (_sorted(pq.read_table(work / name)) for name in ("ours.parquet", "spark.parquet"))
    if differing := differences(ours, theirs):
        raise SystemExit(f"the two forms differ in {', '.join(differing)}")
    return Compared(stages, ours.num_rows, ours.num_columns)


def _build_ours(work: Path) -> None:
    files = [str(work / name) for name in ("buckets.parquet", "machines.parquet", "ours.parquet")]
    subprocess.run([sys.executable, "-m", "bench.our_features", *files], cwd=_ROOT, check=True)


def _build_by_spark(work: Path, stages: Stages) -> None:
    engine = start_server(work / "engine", memory="4g", cores=len(os.sched_getaffinity(0)), outlives_us=False)
    try:
        spark = connect(engine.remote, str(uuid.uuid4()))
        spark.range(1).collect()  # the session is there
        with stages.stage(SPARK):
            buckets, machines = (spark.read.parquet(str(work / f"{name}.parquet")) for name in ("buckets", "machines"))
            built = spark_features.build(buckets, machines, load_profile(PLANT))
            built.write.parquet(str(work / "spark.parquet"))
        spark.stop()
    finally:
        stop_server(engine.pid)


def _sorted(rows: pa.Table) -> pa.Table:
    return rows.sort_by([("machine_id", "ascending"), ("scored_at", "ascending")])


def differences(ours: pa.Table, theirs: pa.Table) -> list[str]:
    """Columns that are not equal in every bit; rows in one order, and all of them where their number differs."""
    if ours.column_names != theirs.column_names or ours.num_rows != theirs.num_rows:
        return [f"rows or columns: {ours.shape} and {theirs.shape}"]
    return [name for name in ours.column_names if not _bits(ours.column(name)).equals(_bits(theirs.column(name)))]


def _bits(column: pa.ChunkedArray) -> pa.Array:
    whole = pc.cast(column.combine_chunks(), pa.int64() if pa.types.is_timestamp(column.type) else column.type)
    return whole.view(pa.int64()) if pa.types.is_float64(whole.type) else whole


def show(rows: int, compared: Compared) -> None:
    """The seconds, their ratio, and what was equal."""
    seconds = compared.seconds.seconds
    print(f"{rows:,} buckets to the features of gold, cold; seconds")
    for name, value in seconds.items():
        print(f"  {name:44s}{value:8.1f}")
    print(
        f"  {seconds[SPARK] / seconds[OURS]:.1f} x faster than the Spark form (aim: at least {_AIM:.0f}, at 1M); ",
        end="",
    )
    print(f"{compared.rows:,} rows of {compared.columns} columns equal in every bit")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=size, default=ROWS, help="buckets, such as 100k (the default) or 1M")
    parser.add_argument("--small", action="store_true", help=SMALL)
    add_work(parser)
    arguments = parser.parse_args(argv)
    print(machine_line())
    rows = _SMALL if arguments.small else arguments.size
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        show(rows, compare(Path(folder), rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
