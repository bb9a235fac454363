"""Sketches: they add exactly, hold every row, and cost a distance next to nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from ml.drift.ks_distance import ks_distance
from ml.drift.sketch import STORED, Sketch, bins_of, merged, sketch_of, stored
from ml.errors import FrameError

NUMBERS = st.lists(st.floats(width=64, allow_nan=True, allow_infinity=True), max_size=30)
KS_ERROR = 0.002
"""Most that sketches move a Kolmogorov-Smirnov distance of values with a mean of fifty deviations."""


def _plain(sketch: Sketch) -> tuple[list[int], list[int], int, int]:
    return sketch.bins.tolist(), sketch.counts.tolist(), sketch.missing, sketch.infinite


@given(st.lists(NUMBERS, max_size=5), st.randoms())
def test_any_order_and_grouping_of_merges_gives_the_sketch_of_all_rows(days: list[list[float]], random: object) -> None:
    whole = sketch_of(np.array([value for day in days for value in day], dtype=np.float64))
    sketches = [sketch_of(np.array(day, dtype=np.float64)) for day in days]
    half = len(sketches) // 2

    shuffled = list(sketches)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis types its random as object

    assert _plain(merged(shuffled)) == _plain(whole)
    assert _plain(merged([merged(sketches[:half]), merged(sketches[half:])])) == _plain(whole)


@given(NUMBERS)
def test_every_row_is_counted_once(values: list[float]) -> None:
    sketch = sketch_of(np.array(values, dtype=np.float64))

    assert sketch.rows + sketch.missing + sketch.infinite == len(values)
    assert sketch.counts.dtype == np.int64
    assert np.all(np.diff(sketch.bins) > 0)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=30))
def test_bins_are_in_the_order_of_values(values: list[float]) -> None:
    ascending = np.sort(np.array(values, dtype=np.float64))

    assert np.all(np.diff(bins_of(ascending).astype(np.int64)) >= 0)


@given(NUMBERS)
def test_what_is_stored_are_bins_and_counts(values: list[float]) -> None:
    sketch = sketch_of(np.array(values, dtype=np.float64))

    entries = np.frombuffer(stored(sketch), STORED)

    assert (entries["bin"].tolist(), entries["count"].tolist()) == (sketch.bins.tolist(), sketch.counts.tolist())


def test_more_rows_than_a_stored_bin_holds_are_refused() -> None:
    sketch = Sketch(np.array([1], np.int32), np.array([2**31], np.int64))

    with pytest.raises(FrameError, match="2147483648 rows in one bin"):
        stored(sketch)


@pytest.mark.parametrize("shift", [0.0, 0.3, 0.8])
def test_a_distance_of_sketches_is_that_of_the_rows(shift: float) -> None:
    rng = np.random.default_rng(7)
    reference, current = rng.normal(50.0, 1.0, 20_000), rng.normal(50.0 + shift, 1.0, 2_000)
    both = [sketch_of(reference), sketch_of(current)]
    bins = merged(both).bins
    counted = [np.bincount(np.searchsorted(bins, one.bins), one.counts, len(bins)) for one in both]

    assert float(ks_distance(*np.cumsum(counted, axis=1, dtype=np.float64))) == pytest.approx(
        ks_2samp(reference, current).statistic, abs=KS_ERROR
    )
