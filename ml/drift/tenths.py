"""The bins in which PSI and KL compare: tenths of the reference."""

from __future__ import annotations

import numpy as np

from ml.drift.sketch import Int64

TENTHS = 10


def tenths(reference: Int64, rows: Int64) -> Int64:
    """Rows by tenths of the reference: a bin is in the tenth in which the reference's rows below it end.

    Bins that hold several tenths of the reference, such as the zeros of a count, make fewer tenths; the outer ones
    hold what lies outside the reference, so an outlier counts as one row and no more.

    >>> tenths(np.array([1] * 10), np.array([[0] * 9 + [7]])).tolist()
    [[0, 0, 0, 0, 0, 0, 0, 0, 0, 7]]
    >>> tenths(np.array([95, 4, 1]), np.array([[10, 5, 1]])).tolist()
    [[10, 6]]

    Args:
        reference: Rows of the reference by bin, ascending, shape (b,); at least one.
        rows: Rows of windows by the same bins, shape (w, b).

    Returns:
        Shape (w, t), t at most ten.
    """
    below = np.concatenate([[0], np.cumsum(reference)[:-1]])
    place = np.minimum(below * TENTHS // reference.sum(), TENTHS - 1)
    first = np.flatnonzero(np.diff(place, prepend=-1))
    return np.asarray(np.add.reduceat(rows, first, axis=1), dtype=np.int64)
