"""The documents of a file of whole JSON, found on all its bytes at once; as `domain.record.json_spans` finds them."""

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
_ESCAPE, _QUOTE, _SEPARATOR = b"\\", b'"', b"\x1e"
_OPENING, _CLOSING, _ARRAY = b"{}["
_LOWER = 0x20  # the bit by which braces differ from brackets
_IS_BETWEEN = np.zeros(256, np.bool_)
_IS_BETWEEN[list(b" \t\r\n,\x1e")] = True


def plain_spans(data: bytes, *, whole_arrays: bool) -> tuple[Places, Places] | None:
    """Where each document begins and ends; None where the file is not plainly in order, or has an escape.

    Args:
        data: The file, without byte order mark.
        whole_arrays: Whether an array at the top is one document.
    """
    if _ESCAPE in data:
        return None
    text = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(text == ord(_QUOTE))
    if len(quotes) % 2:
        return None
    places, opens = _brackets(text, quotes)
    if not len(places):
        return None
    depth = np.cumsum(np.where(opens, 1, -1))
    if depth.min() < 0 or depth[-1] != 0:
        return None
    marks = np.flatnonzero(text == ord(_SEPARATOR)) if _SEPARATOR in data else ()
    if len(marks) and (np.concatenate(([0], depth))[np.searchsorted(places, marks)].any()):
        return None
    before = depth - np.where(opens, 1, -1)
    at_top = opens & (before == 0)
    is_array = (text[places[at_top]] == _ARRAY) & (not whole_arrays)
    top = is_array[np.cumsum(at_top) - 1].astype(np.int64)
    starts, ends = places[opens & (before == top)], places[~opens & (depth == top)] + 1
    return (starts, ends) if _is_nothing_between(text, starts, ends, int(is_array.sum())) else None


def _brackets(text: NDArray[np.uint8], quotes: Places) -> tuple[Places, NDArray[np.bool_]]:
    """Where the braces and brackets outside texts are, and which of them open."""
    lower = text | _LOWER
    places = np.flatnonzero((lower == _OPENING) | (lower == _CLOSING))
    places = places[np.searchsorted(quotes, places) % 2 == 0]
    return places, lower[places] == _OPENING


def _is_nothing_between(text: NDArray[np.uint8], starts: Places, ends: Places, arrays: int) -> bool:
    """Whether documents have nothing but white space and commas between them, and the brackets of arrays."""
    edges = np.concatenate(([0], np.stack([starts, ends], axis=1).ravel(), [len(text)]))
    is_outside = np.arange(len(edges) - 1) % 2 == 0
    between = text[np.repeat(is_outside, np.diff(edges))]
    return int(np.count_nonzero(~_IS_BETWEEN[between])) == 2 * arrays
