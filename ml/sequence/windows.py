"""Windows of consecutive rows of one machine; a row behind a gap or a missing value has none, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ml.data.dataset import Dataset, Float64, Mask
from ml.data.failure_events import Int64
from ml.errors import FrameError
from ml.models.pca import Int32

BEGIN, GAP, MISSING = "too few rows before it", "a gap among the rows before it", "a value is missing in its window"
REASONS = (BEGIN, GAP, MISSING)
"""Why a row has no window, the first that holds."""


@dataclass(frozen=True, slots=True)
class Windows:
    """The rows of each window, oldest first; a window belongs to its last row.

    Attributes:
        rows: Places of the rows, shape (n, length); ascending by the last.
        reasons: For each of all rows, shape (m,), the place in `REASONS` of why it has no window; -1 where it has one.
    """

    rows: Int64
    reasons: Int64

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def last(self) -> Int64:
        """Place of the row that each window belongs to, shape (n,)."""
        return self.rows[:, -1]

    @property
    def unscored(self) -> Mapping[str, int]:
        """Rows without a window by reason, of `REASONS`."""
        return _counted(self.reasons)

    def unscored_among(self, chosen: Mask) -> Mapping[str, int]:
        """The same of some of the rows, shape (m,)."""
        return _counted(self.reasons[chosen])

    def keep(self, chosen: Int64) -> Windows:
        """The windows at these places."""
        return replace(self, rows=self.rows[chosen])

    def thinned(self, most: int) -> Windows:
        """At most so many, at even places; of as many machines and times as before."""
        if len(self) <= most:
            return self
        return self.keep(np.linspace(0, len(self) - 1, most).astype(np.int64))


def windows_of(rows: Dataset, columns: Int32, length: int, distance_us: int) -> Windows:
    """A window of each row that has one: itself and the rows before it, each one distance of rows apart.

    Args:
        rows: In any order of machines and times; rows that are left out are gaps.
        columns: Of which no value may be missing in a window.
        length: Rows of a window, 2 or more.
        distance_us: Of two consecutive rows, microseconds; to the nearest whole number of them.

    Raises:
        FrameError: The length is below 2, or a value is infinite.
    """
    if length < 2:
        raise FrameError(f"windows of {length} rows; legal: 2 or more, or there is no sequence")
    _check_finite(rows.values[:, columns])
    order = np.lexsort((rows.scored_us, rows.machine_ids))
    at_us = rows.scored_us[order]
    machine_ids = rows.machine_ids[order]
    is_same = np.append(False, np.equal(machine_ids[1:], machine_ids[:-1]))
    is_next = is_same & (np.append(0, np.rint(np.diff(at_us) / distance_us)) == 1)
    first_of_machine, first_of_run = _since(~is_same), _since(~is_next)
    reasons = (
        first_of_machine < length - 1,
        first_of_run < length - 1,
        _lacking(rows.values[order][:, columns], length),
    )
    why = np.select(reasons, (0, 1, 2), default=-1)
    ends = np.flatnonzero(why == -1)
    found = order[ends[:, None] + np.arange(1 - length, 1)]
    return Windows(found[np.argsort(found[:, -1])], why[np.argsort(order)])


def _counted(reasons: Int64) -> Mapping[str, int]:
    counts = np.bincount(reasons + 1, minlength=len(REASONS) + 1)[1:]
    return dict(zip(REASONS, counts.tolist(), strict=True))


def _lacking(values: Float64, length: int) -> Mask:
    """Where one of so many rows, the newest at each place, lacks a value.

    >>> _lacking(np.array([[1.0], [np.nan], [1.0], [1.0]]), 2).tolist()
    [False, True, True, False]
    """
    lacking = np.append(0, np.cumsum(np.isnan(values).sum(axis=1)))
    before = np.maximum(np.arange(1, len(lacking)) - length, 0)
    return np.asarray(lacking[1:] > lacking[before], dtype=np.bool_)


def _since(starts: Mask) -> Int64:
    """Rows since the last start, 0 at it.

    >>> _since(np.array([True, False, False, True])).tolist()
    [0, 1, 2, 0]
    """
    places = np.arange(len(starts))
    return np.asarray(places - np.maximum.accumulate(np.where(starts, places, 0)), dtype=np.int64)


def _check_finite(values: Float64) -> None:
    wrong = np.argwhere(np.isinf(values))
    if len(wrong):
        row, column = wrong[0].tolist()
        raise FrameError(
            f"row {row}, column {column} of the rows of a sequence is {values[row, column]} ({len(wrong)} values): "
            "legal are finite values, and NaN for a value that is missing"
        )
