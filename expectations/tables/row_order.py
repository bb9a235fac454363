"""The order of rows by several whole numbers, as `np.lexsort` gives it, for keys of which most span few numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
_DIGITS = 1 << 16
"""Whole numbers of 16 bits are sorted by their digits, in one pass. Source: NumPy, `numpy.sort`, kind "stable"."""
_WHOLE = 1 << 63


def row_order(keys: Sequence[NDArray[Any]]) -> Places:
    """The places of rows in order, equal rows as they came; the last key varies slowest, as with `np.lexsort`.

    Neighbouring keys are joined to one number where that is sorted by its digits, or fits 64 bits. The slow part is
    then one pass over times, which mostly come in order.

    Args:
        keys: Columns of whole numbers or flags, one at least, of one length.

    >>> row_order([np.array([3, 1, 2]), np.array([0, 1, 0])]).tolist()
    [2, 0, 1]
    """
    first, *others = _words(keys)
    order: Places = np.argsort(first, kind="stable")
    for word in others:
        order = order[np.argsort(word[order], kind="stable")]
    return order


def _words(keys: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """Keys as fewer ones, the first varying fastest still."""
    words = [_from_zero(keys[-1])]
    for key in reversed(keys[:-1]):
        (above, above_span), (number, span) = words[-1], _from_zero(key)
        if above_span * span <= (_DIGITS if above_span <= _DIGITS else _WHOLE):
            above *= span
            above += number
            words[-1] = above, above_span * span
        else:
            words.append((number, span))
    return [word.astype(np.uint16) if span <= _DIGITS else word for word, span in reversed(words)]


def _from_zero(key: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """A copy of the key less its least value, and how many numbers that spans; one that spans too many as it is."""
    if not len(key):
        return key.astype(np.int64), 1
    least, most = int(key.min()), int(key.max())
    if most - least >= _WHOLE:
        return key, 2 * _WHOLE
    number = key.astype(np.int64)
    number -= least
    return number, most - least + 1
