"""One row scored through Python: the flat kernel beside the libraries that trained the models.

``python -m bench.score_row`` prints microseconds per row (median and 99th percentile of single
calls) and the ratio to ours, all in one run: 500 trees of depth 8 on 60 features, and an isolation
forest of 100 trees. The tree compiler is printed where it is installed (it has wheels for x86-64).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xgboost as xgb
from sklearn.ensemble import IsolationForest

from bench.measure import SMALL
from bench.tree_compiler import Margin, check_close, compiled_margins, interpreted_margins, is_installed
from edge_bundle.compiler.isolation_forest import compile_isolation_forest
from edge_bundle.compiler.kernel.build import build_kernels
from edge_bundle.compiler.xgboost_model import compile_xgboost
from edge_bundle.format.kernel import Scorer, load_kernel
from edge_bundle.format.reference_kernel import ReferenceKernel
from ml.models.forest import export_forest, forest_bytes, path_lengths

N_FEATURES = 60
N_TREES, FEW_TREES = 500, 10
TRAINING_ROWS = 20_000
OURS = "flat kernel"
Score = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Timing:
    """Microseconds of single calls."""

    name: str
    median_us: float
    p99_us: float


def training_rows() -> tuple[np.ndarray, np.ndarray]:
    """Random rows with 5 % missing, and labels that need deep trees."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(TRAINING_ROWS, N_FEATURES)).astype(np.float32)
    signal = (rows[:, :8] * rows[:, 8:16]).sum(axis=1) + rng.normal(size=TRAINING_ROWS)
    rows[rng.random(rows.shape) < 0.05] = np.nan
    return rows, (signal > 2.0).astype(np.int8)


def train(rows: np.ndarray, labels: np.ndarray, threads: int, trees: int = N_TREES) -> xgb.XGBClassifier:
    """The starting parameters of `FailureParams`, with lighter leaves so that trees reach depth 8."""
    model = xgb.XGBClassifier(
        n_estimators=trees,
        max_depth=8,
        learning_rate=0.1,
        subsample=0.8,
        colsample_bytree=0.8,
        min_child_weight=1,
        n_jobs=threads,
    )
    return model.fit(rows, labels)


def time_calls(name: str, score: Score, n_rows: int, calls: int) -> Timing:
    """Single calls over changing rows, after a tenth as warm-up."""
    for at in range(calls // 10):
        score(at % n_rows)
    spent: list[float] = []
    for at in range(calls):
        start = time.perf_counter_ns()
        score(at % n_rows)
        spent.append((time.perf_counter_ns() - start) / 1000)
    return Timing(name, statistics.median(spent), sorted(spent)[int(0.99 * calls)])


def margin_timings(
    kernel: Scorer, model: xgb.XGBClassifier, rows: np.ndarray, calls: int, folder: Path
) -> list[Timing]:
    """Every engine on the failure model; what is compiled is built in ``folder``."""
    booster = model.get_booster()
    booster.set_param({"nthread": 1})
    model.set_params(n_jobs=1)
    flat = compile_xgboost(bytes(booster.save_raw("ubj")))
    lists = [[float(value) for value in row] for row in rows]
    single = [rows[at : at + 1] for at in range(len(rows))]
    reference = ReferenceKernel()
    engines: list[tuple[str, Score, int]] = [
        (OURS, lambda at: kernel.margin(flat, lists[at]), calls),
        ("xgboost inplace_predict", lambda at: booster.inplace_predict(single[at]), calls // 10),
        ("xgboost predict_proba", lambda at: model.predict_proba(single[at]), calls // 10),
        ("flat reference (Python)", lambda at: reference.margin(flat, lists[at]), calls // 100),
    ]
    native = booster.inplace_predict(rows, predict_type="margin")
    _assert_equal_bits(kernel.margins(flat, rows.tobytes()), native)
    for name, margins in _tree_compilers(booster, folder).items():
        check_close(name, margins(rows), native)
        engines.append((name, _one_by_one(margins, single), calls // 10))
    nodes = flat.header.n_nodes
    print(f"failure model: {flat.header.n_trees} trees, depth {flat.header.max_depth}, {nodes} nodes,", end=" ")
    print(f"blob {len(flat.blob) / 1e6:.2f} MB, margins bit-equal on {len(rows)} rows")
    return [time_calls(name, score, len(rows), count) for name, score, count in engines]


def depth_timings(kernel: Scorer, rows: np.ndarray, calls: int) -> list[Timing]:
    """Every engine on the isolation forest."""
    positions = np.arange(N_FEATURES, dtype=np.int32)
    forest = IsolationForest(n_estimators=100, random_state=0).fit(rows)
    flat = compile_isolation_forest(forest_bytes(export_forest(forest, positions)), N_FEATURES)
    _assert_equal_bits(kernel.depths(flat, rows.tobytes()), path_lengths(export_forest(forest, positions), rows))
    lists = [[float(value) for value in row] for row in rows]
    engines: list[tuple[str, Score, int]] = [
        (OURS, lambda at: kernel.depth(flat, lists[at]), calls),
        ("sklearn score_samples", lambda at: forest.score_samples(rows[at : at + 1]), calls // 50),
    ]
    print(f"isolation forest: {flat.header.n_trees} trees, {flat.header.n_nodes} nodes, {len(flat.blob)} bytes")
    return [time_calls(name, score, len(rows), count) for name, score, count in engines]


def _tree_compilers(booster: xgb.Booster, folder: Path) -> dict[str, Margin]:
    if not is_installed():
        print("no tree compiler for this machine: tl2cgen has wheels for x86-64 only")
        return {}
    began = time.monotonic()
    compiled = compiled_margins(booster, folder)
    print(f"tree compiler: {booster.num_boosted_rounds()} trees to machine code in {time.monotonic() - began:.0f} s")
    return {"treelite + tl2cgen": compiled, "treelite gtil": interpreted_margins(booster)}


def _one_by_one(margins: Margin, single: list[np.ndarray]) -> Score:
    return lambda at: margins(single[at])


def _assert_equal_bits(ours: bytes, native: np.ndarray) -> None:
    if ours != native.tobytes():
        raise SystemExit("the kernel's scores differ from the trainer's: the timing would compare unlike things")


def show(timings: Sequence[Timing]) -> None:
    """A table with the ratio of medians to ours."""
    ours = next(timing.median_us for timing in timings if timing.name == OURS)
    for timing in timings:
        ratio = timing.median_us / ours
        print(f"  {timing.name:26s} {timing.median_us:10.2f} us  p99 {timing.p99_us:10.2f} us  {ratio:8.1f} x")


def main(argv: Sequence[str] | None = None) -> int:
    """Train, compile, time, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=20_000, help="timed calls of ours; slower engines get fewer")
    parser.add_argument("--small", action="store_true", help=SMALL)
    arguments = parser.parse_args(argv)
    trees, calls = (FEW_TREES, 200) if arguments.small else (N_TREES, arguments.calls)
    rows, labels = training_rows()
    model = train(rows, labels, threads=2, trees=trees)
    with tempfile.TemporaryDirectory() as folder:
        build_kernels(Path(folder))
        kernel = load_kernel(folder)
        print(f"scorer: {kernel.name} ({kernel.reason})")
        show(margin_timings(kernel, model, rows[:2000], calls, Path(folder)))
        show(depth_timings(kernel, rows[:2000], calls))
    return 0


if __name__ == "__main__":
    sys.exit(main())
