"""Lines of columns of fixed width as lines with delimiters, all lines of a block at once."""

import numpy as np

from bronze.readers.text.lines import line_ends

UNIT_SEPARATOR = "\x1f"
"""What parts the fields then: no plain line has it."""
_BLANK, _NEWLINE, _RETURN = b" \n\r"


def is_plain(data: bytes) -> bool:
    """Whether a byte is a character, and none is a quotation mark or a control character but ends of lines."""
    if not data.isascii() or b'"' in data:
        return False
    ends = data.count(b"\n") + data.count(b"\r\n")
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) < _BLANK)) == ends


def with_delimiters(data: bytes, widths: tuple[int, ...]) -> bytes | None:
    """The lines with a delimiter between columns, short ones filled with blanks; None where a line is none of these.

    Args:
        data: Lines that are plain.
        widths: Characters of each column.

    A line without a sign, or with one behind the last column, is left to who reads line by line.
    """
    text, ends = np.frombuffer(data, np.uint8), line_ends(data)
    starts, size = np.concatenate(([0], ends[:-1])), sum(widths)
    ends = ends - (text[ends - 1] == _NEWLINE)
    ends = ends - ((ends > starts) & (text[np.maximum(ends - 1, 0)] == _RETURN))
    if not len(ends) or int((ends - starts).max()) > size:
        return None
    place = starts[:, None] + np.arange(size)
    signs = np.where(place < ends[:, None], text[np.minimum(place, len(text) - 1)], _BLANK).astype(np.uint8)
    if not (signs != _BLANK).any(axis=1).all():
        return None
    lines = np.full((len(ends), size + len(widths)), ord(UNIT_SEPARATOR), np.uint8)
    lines[:, np.arange(size) + np.repeat(np.arange(len(widths)), widths)] = signs
    lines[:, -1] = _NEWLINE
    return lines.tobytes()
