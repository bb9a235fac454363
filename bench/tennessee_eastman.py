"""What a residual model sees that a forest does not: the Tennessee Eastman process, 52 variables, faults after row 160.

`python -m bench.tennessee_eastman` fits on the 500 healthy rows of `d00`. Thresholds lie at one rank of T2 and Q, the
lowest with at most 1 % of the 960 healthy rows of `d00_te` in alarm. Printed is the fraction of faulty rows found, and
the false alarms of the 160 healthy rows before each fault, from which nothing was made. It needs the set in `--data`.
An LSTM autoencoder of as many rows is beside them, in float and in INT8, each with a threshold of its own.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from sklearn.ensemble import IsolationForest

from bench.measure import SMALL, machine_line
from ml.candidates.anomaly_model import AnomalyParams
from ml.data.dataset import Dataset, Float64, Mask
from ml.data.failure_events import NO_EVENTS
from ml.evaluation.common_rank import any_reached, common_rank_thresholds
from ml.models.forest import export_forest, path_lengths
from ml.models.pca import fit_pca
from ml.sequence.fit import Autoencoder, SequenceParams, fit_autoencoder
from ml.sequence.int8 import Int8Form, int8_form
from ml.sequence.int8_loss import Int8Loss, rank_correlation

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "tennessee_eastman"
FAULTS, SMALL_FAULTS = (1, 4, 5, 10, 11, 16, 19, 20), (1, 4)
AIMS = {1: 0.99, 4: 0.98, 11: 0.6, 20: 0.55}
HEALTHY_ROWS = 160
"""Rows of a faulty file before its fault."""
MOST_FALSE, MOST_LOST = 0.01, 0.03
LAGS = 2
"""Earlier rows beside each row. Source: dynamic PCA of this process, Russell, Chiang & Braatz, Chemometrics and
Intelligent Laboratory Systems 51, 2000: two."""

SEQUENCE = SequenceParams(length=LAGS + 1, units=64, batch=32, epochs=150, patience=15)
"""As many rows as dynamic PCA has. Source: the best of the sizes that were tried, docs/decisions/0285-lstm-in-numpy.md.
"""
DISTANCE_US = 180_000_000
LSTM = "LSTM autoencoder"

Scores = Callable[[Float64], tuple[Float64, ...]]
"""Scores of rows, each rising with what is unusual."""


@dataclass(frozen=True, slots=True)
class Detector:
    """A model with its thresholds.

    Attributes:
        name: What to call it.
        scores: How it scores rows.
        thresholds: One for each score.
        lags: Earlier rows that it takes beside each.
        seconds: What its training took, of the LSTM autoencoder.
    """

    name: str
    scores: Scores
    thresholds: tuple[float, ...]
    lags: int
    seconds: float = 0.0

    def flags(self, rows: Float64) -> Mask:
        """Alarms, of rows with all their lags."""
        return any_reached(self.scores(lagged(rows, self.lags)), self.thresholds)


@dataclass(frozen=True, slots=True)
class Result:
    """What one detector did.

    Attributes:
        false_chosen: False alarms and rows of `d00_te`, which chose the thresholds.
        false_later: Of the healthy rows before the faults.
        found: Faulty rows found and all of them, by fault.
        seconds: What its training took, of the LSTM autoencoder.
        scores: Of the healthy rows before the faults.
    """

    false_chosen: tuple[int, int]
    false_later: tuple[int, int]
    found: Mapping[int, tuple[int, int]]
    seconds: float = 0.0
    scores: Float64 = field(default_factory=lambda: np.zeros(0))


def measure(data: Path, faults: Sequence[int] = FAULTS) -> dict[str, Result]:
    """Every detector on every fault."""
    growing, choosing = np.loadtxt(data / "d00.dat").T, np.loadtxt(data / "d00_te.dat")
    files = {fault: np.loadtxt(data / f"d{fault:02d}_te.dat") for fault in faults}
    return {each.name: _result(each, choosing, files) for each in detectors(growing, choosing)}


def detectors(growing: Float64, choosing: Float64) -> tuple[Detector, ...]:
    """Dynamic PCA, T2 and Q together and each alone; PCA without lags; a forest; an LSTM autoencoder in two forms."""
    found = []
    for lags in (LAGS, 0):
        rows = lagged(growing, lags)
        pca = fit_pca(rows, np.arange(rows.shape[1], dtype=np.int32))
        name = f"PCA, {lags} lags, {pca.components} of {len(pca.variances)} components"
        scorers = {"T2 or Q": (pca.t2.scores, pca.q.scores), "T2": (pca.t2.scores,), "Q": (pca.q.scores,)}
        for which, each in scorers.items():
            found.append(_detector(f"{name}: {which}", _together(each), choosing, lags))
    found.append(_detector("isolation forest", forest_scores(growing), choosing, 0))
    began = time.perf_counter()
    trained = fit_autoencoder(_rows(growing), np.arange(growing.shape[1], dtype=np.int32), DISTANCE_US, SEQUENCE)
    seconds = time.perf_counter() - began
    for form, model in (("float", trained), ("INT8", int8_form(trained))):
        one = _detector(f"{LSTM}, {LAGS} lags, {form}", sequence_scores(model), choosing, LAGS)
        found.append(replace(one, seconds=seconds))
    return tuple(found)


def sequence_scores(form: Autoencoder | Int8Form) -> Scores:
    """Scores of rows with their lags, the newest first."""

    def scores(rows: Float64) -> tuple[Float64]:
        windows = rows.reshape(len(rows), LAGS + 1, -1)[:, ::-1]
        return (form.score(form.standard.deviations(windows)),)

    return scores


def int8_loss(results: Mapping[str, Result]) -> Int8Loss:
    """What the INT8 form loses of the faulty rows that the float form finds."""
    float_form, int8 = (each for name, each in results.items() if name.startswith(LSTM))
    sums = [tuple(map(sum, zip(*each.found.values(), strict=True))) for each in (float_form, int8)]
    correlation = rank_correlation(float_form.scores, int8.scores)
    return Int8Loss(correlation, len(int8.scores), sums[0][0], sums[1][0], sums[0][1], MOST_LOST)


def _rows(values: Float64) -> Dataset:
    at_us = np.arange(len(values), dtype=np.int64) * DISTANCE_US
    return Dataset(np.full(len(values), "process"), at_us, values, np.zeros(len(values), dtype=np.int8), NO_EVENTS)


def forest_scores(growing: Float64) -> Scores:
    """The product's forest: path lengths, negative so that they rise."""
    params = AnomalyParams()
    grown = IsolationForest(n_estimators=params.trees, max_samples=params.max_samples, random_state=params.seed)
    places = np.arange(growing.shape[1], dtype=np.int32)
    forest = export_forest(grown.fit(growing.astype(np.float32)), places)
    return lambda rows: (-path_lengths(forest, rows.astype(np.float32)),)


def lagged(rows: Float64, lags: int) -> Float64:
    """Each row with the `lags` before it beside it; the first rows, which lack them, are left out.

    >>> lagged(np.array([[1.0], [2.0], [3.0]]), 1).tolist()
    [[2.0, 1.0], [3.0, 2.0]]
    """
    return np.hstack([rows[lags - lag : len(rows) - lag] for lag in range(lags + 1)])


def _together(scorers: Sequence[Callable[[Float64], Float64]]) -> Scores:
    return lambda rows: tuple(score(rows) for score in scorers)


def _detector(name: str, scores: Scores, choosing: Float64, lags: int) -> Detector:
    rows = lagged(choosing, lags)
    most = int(MOST_FALSE * len(rows))
    return Detector(name, scores, common_rank_thresholds(scores(rows), lambda flags: int(flags.sum()) <= most), lags)


def _result(each: Detector, choosing: Float64, files: Mapping[int, Float64]) -> Result:
    start = HEALTHY_ROWS - each.lags
    flags = {fault: each.flags(rows) for fault, rows in files.items()}
    chosen, later = each.flags(choosing), np.concatenate([of_file[:start] for of_file in flags.values()])
    healthy = np.concatenate([each.scores(lagged(rows, each.lags)[:start])[0] for rows in files.values()])
    return Result(
        (int(chosen.sum()), len(chosen)),
        (int(later.sum()), len(later)),
        {fault: (int(of_file[start:].sum()), len(of_file) - start) for fault, of_file in flags.items()},
        each.seconds,
        healthy,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print each detector with its denominators."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the set (default: beside the checkout)")
    parser.add_argument("--small", action="store_true", help=SMALL)
    arguments = parser.parse_args(argv)
    if not arguments.data.exists():
        print("the Tennessee Eastman set is not on this machine: nothing is measured; give its folder by --data")
        return 0
    print(machine_line())
    results = measure(arguments.data, SMALL_FAULTS if arguments.small else FAULTS)
    for name, result in results.items():
        shown = ", ".join(f"{fault} {_percent(*rows)}" for fault, rows in result.found.items())
        rows = next(iter(result.found.values()))[1]
        print(
            f"{name}: of {rows} rows of each fault found, %: {shown}; false {_of(result.false_chosen)} where the "
            f"thresholds were chosen, {_of(result.false_later)} before the faults"
            f"{f'; trained in {result.seconds:.1f} s' if result.seconds else ''}"
        )
    print(int8_loss(results))
    aims = ", ".join(f"{fault} {aim:.0%}" for fault, aim in AIMS.items())
    print(
        f"Tennessee Eastman, aim of T2 or Q with {LAGS} lags: at least {aims}; at most {MOST_FALSE:.0%} false in d00_te"
    )
    return 0


def _percent(found: int, rows: int) -> str:
    return f"{100 * found / rows:.1f}"


def _of(counts: tuple[int, int]) -> str:
    return f"{counts[0]}/{counts[1]}"


if __name__ == "__main__":
    sys.exit(main())
