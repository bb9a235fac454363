"""Work on several boosters at once: each on one core, so every one has the bytes that it has alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ml.data.dataset import Dataset

Item = TypeVar("Item")
Made = TypeVar("Made")

MOST_BYTES = 512 * 1024**2
"""Features that are learnt from at one time, float32, all together; XGBoost's bins of each take as much again."""


def each(work: Callable[[Item], Made], items: Sequence[Item], rows: Dataset) -> Iterator[Made]:
    """What the work makes of each item, in their order; XGBoost lets other threads run while it trains.

    Threads within one booster are no use here: on a busy machine they wait for each other, see `FailureParams`.

    Args:
        work: Trains boosters of one thread.
        items: What it is done with.
        rows: The most rows that one of them learns from; where they are many there is less at a time.
    """
    at_once = min(len(os.sched_getaffinity(0)), len(items), max(1, MOST_BYTES // max(rows.values.size * 4, 1)))
    if at_once < 2:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(work, items)
