"""A booster of more rows than memory should hold: from batches of a Parquet file, beside one plain matrix of all rows.

`python -m bench.large_training` writes 5 million rows of 50 features, one value in twenty missing, and trains 100 trees
of depth 6 on them: as the product does, from one row group after the other (`boosted`), and as one would by hand, with
all rows in one array and a ``DMatrix`` of it. Each is a process of its own; its peak is the kernel's high-water mark of
its resident memory, libraries and reading included. Both boosters must be equal in every byte.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xgboost as xgb

from bench.measure import SMALL, add_work, machine_line
from ml.data.dataset import Float32
from ml.models.batched_matrix import ROWS, Batches
from ml.models.failure_model import FailureParams, boosted, model_bytes

COLUMNS = 50
LARGE, SMALL_ROWS = 5_000_000, 70_000
MOST_S, MOST_GB = 120, 1.2
TREES = 100
PARAMS = FailureParams(rounds=TREES, max_depth=6, nthread=len(os.sched_getaffinity(0)))
_PATIENT = {"OMP_WAIT_POLICY": "passive"}  # threads that wait for others on a busy machine take no processor time


def write(path: Path, rows: int) -> None:
    """Features of float32, and a label that eight of them say something of."""
    weights = np.random.default_rng(0).normal(size=8).astype(np.float32)
    names = [*(f"f{place}" for place in range(COLUMNS)), "label"]
    writer = None
    for number, start in enumerate(range(0, rows, ROWS)):
        rng, count = np.random.default_rng(number + 1), min(ROWS, rows - start)
        values = rng.standard_normal((count, COLUMNS), dtype=np.float32)
        label = (values[:, :8] @ weights + rng.standard_normal(count, dtype=np.float32) > 5).astype(np.float32)
        values[rng.random(values.shape, dtype=np.float32) < 0.05] = np.nan
        table = pa.table([*(np.ascontiguousarray(column) for column in values.T), label], names)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="none", use_dictionary=False)
        writer.write_table(table, row_group_size=ROWS)
    if writer is not None:
        writer.close()


def row_groups(path: Path) -> Iterator[tuple[Float32, Float32]]:
    """Features and labels of one row group after the other."""
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            table = file.read_row_group(number, use_threads=False)
            *values, label = (column.to_numpy() for column in table.columns)
            yield np.column_stack(values), label


def by_batches(path: Path, params: FailureParams) -> xgb.Booster:
    """As the product trains."""
    return boosted(Batches(pq.read_metadata(path).num_rows, partial(row_groups, path)), params)


def by_plain_matrix(path: Path, params: FailureParams) -> xgb.Booster:
    """All rows in one array, then in a matrix; the array is dropped once the matrix is made."""
    rows = pq.read_metadata(path).num_rows
    values, labels, start = np.empty((rows, COLUMNS), np.float32), np.empty(rows, np.float32), 0
    for some, label in row_groups(path):
        values[start : start + len(some)], labels[start : start + len(some)] = some, label
        start += len(some)
    matrix = xgb.DMatrix(values, label=labels, nthread=params.nthread)
    del values
    settings = {
        "objective": "binary:logistic", "tree_method": "hist", "verbosity": 0, "max_depth": params.max_depth,
        "eta": params.eta, "gamma": params.gamma, "min_child_weight": params.min_child_weight, "seed": params.seed,
        "subsample": params.subsample, "colsample_bytree": params.colsample_bytree, "nthread": params.nthread,
    }  # fmt: skip
    return xgb.train(settings, matrix, num_boost_round=params.rounds)


WAYS = {"batches of row groups": by_batches, "one plain matrix": by_plain_matrix}


@dataclass(frozen=True, slots=True)
class Trained:
    """What a process that trained one way took: seconds, those of the processor, bytes at its peak; and its booster."""

    seconds: float
    worked_s: float
    peak: int
    digest: str


def measured(name: str, path: Path, trees: int) -> Trained:
    """One way in a process of its own."""
    code = "import sys; from bench import large_training as one; one.report(*sys.argv[1:])"
    command = [sys.executable, "-c", code, name, str(path), str(trees)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **_PATIENT})
    return Trained(**json.loads(done.stdout))


def report(name: str, path: str, trees: str) -> None:
    """Train, and print what `measured` reads."""
    began, worked = time.monotonic(), time.process_time()
    booster = WAYS[name](Path(path), replace(PARAMS, rounds=int(trees)))
    found = {"seconds": time.monotonic() - began, "worked_s": time.process_time() - worked}
    print(json.dumps({**found, "peak": _high_water(), "digest": hashlib.sha256(model_bytes(booster)).hexdigest()}))


def _high_water() -> int:
    (line,) = (one for one in Path("/proc/self/status").read_text("ascii").splitlines() if one.startswith("VmHWM:"))
    return 1024 * int(line.split()[1])


def run(folder: Path, rows: int, trees: int) -> None:
    """Write the rows, train both ways, and print a line for each."""
    path = folder / "rows.parquet"
    write(path, rows)
    print(f"{rows:,} rows of {COLUMNS} features, {trees} trees of depth {PARAMS.max_depth}, {PARAMS.nthread} threads")
    found = {name: measured(name, path, trees) for name in WAYS}
    for name, one in found.items():
        print(f"  {name:22} {one.seconds:6.1f} s, {one.worked_s:.1f} s of processor, peak {one.peak / 1e9:.2f} GB")
    is_equal = len({one.digest for one in found.values()}) == 1
    print(
        f"  boosters equal in every byte: {'yes' if is_equal else 'NO'}; "
        f"aim of the first, {LARGE:,} rows: {MOST_S} s, {MOST_GB} GB"
    )
    if not is_equal:
        raise SystemExit("the two boosters differ: batches must change no bit")


def main(argv: Sequence[str] | None = None) -> int:
    """Both ways on one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_work(parser)
    parser.add_argument("--small", action="store_true", help=SMALL)
    parser.add_argument("--rows", type=int, default=LARGE, help="rows to train on; default: %(default)s")
    parser.add_argument("--trees", type=int, default=TREES, help="trees to train; default: %(default)s")
    arguments = parser.parse_args(argv)
    print(machine_line())
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        rows, trees = (SMALL_ROWS, 3) if arguments.small else (arguments.rows, arguments.trees)
        run(Path(folder), rows, trees)
    return 0


if __name__ == "__main__":
    sys.exit(main())
