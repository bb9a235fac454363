"""The documents of a file of whole JSON, found on all its bytes at once; as `domain.record.json_spans` finds them."""

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
_ESCAPE, _QUOTE, _ARRAY, _SEPARATOR = b'\\"[\x1e'
_OPENS, _BRACKETS, _BETWEEN = np.zeros(256, np.bool_), np.zeros(256, np.bool_), np.zeros(256, np.bool_)
_OPENS[list(b"{[")] = True
_BRACKETS[list(b"{}[]")] = True
_BETWEEN[list(b" \t\r\n,\x1e")] = True
_FEW = 1_000
"""Documents with fewer are large: looking at what is between them costs less than counting over the file."""


def plain_spans(data: bytes, *, whole_arrays: bool) -> tuple[Places, Places] | None:
    """Where each document begins and ends; None where the file is not plainly in order, or has an escape.

    Args:
        data: The file, without byte order mark.
        whole_arrays: Whether an array at the top is one document.
    """
    text = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(text == _QUOTE)
    if len(quotes) % 2 or np.count_nonzero(text == _ESCAPE):
        return None
    places = np.flatnonzero(_BRACKETS[text])
    places = places[np.searchsorted(quotes, places) % 2 == 0]
    if not len(places):
        return None
    opens = _OPENS[text[places]]
    depth = np.cumsum(np.where(opens, 1, -1))
    if depth.min() < 0 or depth[-1] != 0:
        return None
    marks = np.flatnonzero(text == _SEPARATOR)
    if len(marks) and (np.concatenate(([0], depth))[np.searchsorted(places, marks)].any()):
        return None
    before = depth - np.where(opens, 1, -1)
    at_top = opens & (before == 0)
    is_array = (text[places[at_top]] == _ARRAY) & (not whole_arrays)
    top = is_array[np.cumsum(at_top) - 1].astype(np.int64)
    starts, ends = places[opens & (before == top)], places[~opens & (depth == top)] + 1
    return (starts, ends) if _is_nothing_between(text, starts, ends, int(is_array.sum())) else None


def _is_nothing_between(text: NDArray[np.uint8], starts: Places, ends: Places, arrays: int) -> bool:
    """Whether documents have nothing but white space and commas between them, and the brackets of arrays."""
    if len(starts) < _FEW:
        gaps = zip([0, *ends.tolist()], [*starts.tolist(), len(text)], strict=True)
        return sum(int(np.count_nonzero(~_BETWEEN[text[begin:end]])) for begin, end in gaps) == 2 * arrays
    known = np.concatenate(([0], np.cumsum(~_BETWEEN[text], dtype=np.int64)))
    inside = int((known[ends] - known[starts]).sum())
    return int(known[-1]) - inside == 2 * arrays
