"""Rows as XGBoost's bins, batch by batch: no copy of all rows is made, in whatever they lie."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from expectations.model_folder.derived import Derived
from ml.data.dataset import Dataset, Float32
from ml.models.derived_booster import with_derived

Places = NDArray[np.intp]

ROWS = 65_536
"""Rows of a batch: 13 MB of 50 features, float32. Starting value; it changes no bit of a booster."""

IN_MEMORY = 2**27
"""Most values whose bins lie in memory: a bin takes five bytes where some values are missing, 0.7 GB of so many."""


@dataclass(frozen=True, slots=True)
class Batches:
    """Rows to learn from, wherever they lie.

    Attributes:
        rows: How many there are.
        each: Starts over with each call: columns of some rows, float32, shape (k, f), and labels of 0 and 1, shape
            (k,). XGBoost asks four times: to count, to find the quantiles, to take the bins, to see that none is left.
    """

    rows: int
    each: Callable[[], Iterator[tuple[Float32, Float32]]]


def batches_of(rows: Dataset, derived: Derived | None, places: Places) -> Batches:
    """The rows at these places with their residual columns, in their order."""

    def each() -> Iterator[tuple[Float32, Float32]]:
        for some in parts(places):
            yield with_derived(derived, rows.values[some]), rows.label[some].astype(np.float32)

    return Batches(len(places), each)


def parts(places: Places) -> Iterator[Places]:
    """The places in their order, `ROWS` at a time; one empty part where there is none.

    >>> [len(part) for part in parts(np.arange(ROWS + 1))]
    [65536, 1]
    """
    for start in range(0, max(len(places), 1), ROWS):
        yield places[start : start + ROWS]


@contextmanager
def binned(batches: Batches, nthread: int, like: xgb.DMatrix | None = None) -> Iterator[xgb.DMatrix]:
    """The matrix that a booster learns from, while the context is open: of each value the bin between quantiles.

    Bins lie in memory, or where they are many (`IN_MEMORY`) in files of the system's temporary folder, which are gone
    with the context. A booster is the same in every bit either way, and that of a plain ``DMatrix`` of all rows:
    XGBoost feeds its sketch of quantiles row by row in all three. Source: `docs/decisions/0273-training-by-batches.md`.

    Args:
        batches: At least one row.
        nthread: Threads that read.
        like: Matrix whose quantiles are taken, for rows that only evaluate; None: their own.
    """
    columns = next(batches.each())[0].shape[1]
    if batches.rows * columns <= IN_MEMORY:
        yield xgb.QuantileDMatrix(_Fed(batches), nthread=nthread, ref=like)
        return
    with tempfile.TemporaryDirectory(prefix="assay-bins-") as folder:
        fed = _Fed(batches, str(Path(folder) / "bins"))
        yield xgb.ExtMemQuantileDMatrix(fed, nthread=nthread, ref=like)


class _Fed(xgb.DataIter):  # type: ignore[misc]  # xgboost has no types
    """Hands XGBoost one batch after the other; each is dropped before the next is asked for."""

    def __init__(self, batches: Batches, cache_prefix: str | None = None) -> None:
        super().__init__(cache_prefix=cache_prefix, release_data=True)
        self._each = batches.each
        self._left = batches.each()

    def next(self, input_data: Callable[..., None]) -> bool:
        batch = next(self._left, None)
        if batch is not None:
            input_data(data=batch[0], label=batch[1])
        return batch is not None

    def reset(self) -> None:
        self._left = self._each()
