"""The bins in which PSI and KL compare: tenths of the reference."""

from __future__ import annotations

import numpy as np

from ml.drift.sketch import Float64, Int64

TENTHS = 10


def ends_of_tenths(reference: Float64) -> Int64:
    """The last bin of each tenth: a bin is in the tenth in which the reference's rows below it end.

    Bins that hold several tenths of the reference, such as the zeros of a count, make fewer tenths; the outer ones
    hold what lies outside the reference, so an outlier counts as one row and no more.

    >>> ends_of_tenths(np.arange(1.0, 11.0)).tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    >>> ends_of_tenths(np.array([95.0, 99.0, 100.0])).tolist()
    [0, 2]

    Args:
        reference: Rows of the reference at or below each bin, shape (b,); at least one.

    Returns:
        Shape (t,), ascending, t at most ten.
    """
    total = int(reference[-1])
    begun = [-(-tenth * total // TENTHS) for tenth in range(1, TENTHS)]
    return np.array(sorted({*np.searchsorted(reference, begun).tolist(), len(reference) - 1}), np.int64)


def rows_by_end(rows: Float64, ends: Int64) -> Float64:
    """Rows of windows within each tenth, shape (w, t).

    >>> rows_by_end(np.array([[10.0, 15.0, 16.0]]), np.array([0, 2])).tolist()
    [[10.0, 6.0]]

    Args:
        rows: Rows at or below each bin, shape (w, b).
        ends: The last bin of each tenth.
    """
    found = np.take(rows, ends, axis=1)
    found[:, 1:] -= found[:, :-1].copy()
    return found
