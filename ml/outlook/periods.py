"""How often a failure followed rows of one bin of margins, counted once a horizon."""

from __future__ import annotations

import numpy as np

from ml.data.dataset import Dataset, Mask
from ml.data.failure_events import Int64
from ml.evaluation.metrics import Proportion


def periods_followed(rows: Dataset, mask: Mask, horizon_us: int) -> Proportion:
    """Periods of one horizon, each opened by a row of the mask, that a failure followed within the horizon.

    Rows of one period are nearly one observation, so periods are the n of an interval.
    """
    total = followed = 0
    for machine_id in np.unique(rows.machine_ids).tolist():
        mine = np.asarray(rows.machine_ids == machine_id, dtype=np.bool_)
        starts = period_starts(rows.scored_us[mine & mask], horizon_us)
        total += len(starts)
        followed += _followed(starts, rows.failures.of_machine(machine_id), horizon_us)
    return Proportion(followed, total)


def period_starts(at_us: Int64, length_us: int) -> Int64:
    """Openings of the periods of one machine's times (ascending); a time at the end of one opens the next.

    >>> period_starts(np.array([0, 5, 10, 12, 30]), 10).tolist()
    [0, 10, 30]
    """
    starts, place = [], 0
    while place < len(at_us):
        start = int(at_us[place])
        starts.append(start)
        place = int(np.searchsorted(at_us, start + length_us, side="left"))
    return np.asarray(starts, dtype=np.int64)


def _followed(starts: Int64, failed_us: Int64, horizon_us: int) -> int:
    """Number of openings with a failure strictly later and within the horizon."""
    first = np.searchsorted(failed_us, starts, side="right")
    last = np.searchsorted(failed_us, starts + horizon_us, side="right")
    return int((last > first).sum())
