"""Which lines Arrow may be given as JSON: found on the bytes of a whole block at once."""

import numpy as np
from numpy.typing import NDArray

from bronze.readers.text.record import is_utf8
from domain.record.text_lines import MAX_LINE

_NEWLINE, _RETURN, _OPEN, _CLOSE = b"\n\r{}"


def plain_lines(data: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which lines begin with `{`, end with `}`, have no brace and no bracket, are UTF-8 and not too long.

    Such a line is at most one object without nesting. Arrow would take `{..}{..}` for two rows, an object over two
    lines for one, and it crashes on a `null` between objects and on very deep nesting (measured, pyarrow 26.0.1).
    """
    if not len(ends):
        return np.zeros(0, np.bool_)
    text = np.frombuffer(data, np.uint8)
    last = np.maximum(ends - 1 - (text[ends - 1] == _NEWLINE), 0)
    last = np.maximum(last - (text[last] == _RETURN), 0)
    plain: NDArray[np.bool_] = (text[starts] == _OPEN) & (text[last] == _CLOSE) & (ends - starts <= MAX_LINE)
    is_whole = bool(plain.all())
    for sign, legal in ((b"{", 1), (b"}", 1), (b"[", 0), (b"\0", 0)):
        # Where each line has one brace at least, the right total is proof; else one line could make up for another.
        if np.count_nonzero(text == sign[0]) != legal * len(ends) or (legal and not is_whole):
            plain &= _counts(text, sign[0], ends) == legal
    if not is_utf8(data):
        plain &= np.array([is_utf8(data[s:e]) for s, e in zip(starts, ends, strict=True)])
    return plain


def _counts(text: NDArray[np.uint8], sign: int, ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often `sign` is in each line."""
    places = np.searchsorted(ends, np.flatnonzero(text == sign), side="right")
    return np.bincount(places, minlength=len(ends))
