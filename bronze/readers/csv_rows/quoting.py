"""Where CSV records end: quotes may hold newlines, and broken quotes must not swallow the lines behind them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bronze.readers.text.lines import last_newline, line_ends, with_newlines
from bronze.readers.text.record import too_long
from domain.record.csv_layout import BLANKS, CsvLayout
from domain.record.csv_record import MAX_QUOTED
from domain.record.faults import Fault
from domain.record.text_lines import is_too_long


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """One record: bytes `start` to `end` of its block, the place of its first line, its fields or its fault.

    `is_open`: its quotes are not closed at the end of the block.
    """

    start: int
    end: int
    line: int
    content: tuple[str, ...] | Fault
    is_open: bool = False


def record_ends(data: bytes, layout: CsvLayout) -> NDArray[np.int64] | None:
    """Positions behind each record, or None where quotes are not plainly in place and `records` must look.

    Plainly in place: quotes alternate between opening (behind a delimiter or newline) and closing (before one).
    """
    ends = line_ends(with_newlines(data))
    if layout.rule.widths or b'"' not in data:
        return ends
    text = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(text == ord('"'))
    tab = [ord("\t")] if layout.delimiter == BLANKS else []
    edges = np.array([ord(layout.delimiter), 10, 13, *tab], np.uint8)
    padded = np.concatenate((edges[1:2], text, edges[1:2]))
    opening, closing = quotes[::2], quotes[1::2]
    # `padded` is shifted by one: its place p is the byte before p, its place p + 2 the byte behind.
    if not (np.isin(padded[opening], edges).all() and np.isin(padded[closing + 2], edges).all()):
        return None
    whole = ends[np.searchsorted(quotes, ends) % 2 == 0]
    longest = int(np.diff(np.concatenate(([0], whole, [len(data)]))).max())
    return whole if longest <= MAX_QUOTED else None


def boundary(data: bytes, layout: CsvLayout) -> int:
    """Length of the part of `data` that ends with its last whole record and the end of a line.

    A last carriage return may be half of an end: only what precedes it is looked at.
    """
    end = last_newline(with_newlines(data[:-1] if data.endswith(b"\r") else data))
    ends = record_ends(data[:end], layout)
    if ends is not None:
        return int(ends[-1]) if len(ends) else 0
    for record in records(data[:end], layout):
        if record.is_open:
            return record.start
    return end


def records(data: bytes, layout: CsvLayout) -> Iterator[CsvRecord]:
    """Every record of a block in order, by Python's csv; lines of white space and comments are none.

    A line ends with a newline, a carriage return, or both, as for Python's csv.

    A tab that parts fields is no white space. A record whose quotes break is given up: its first line alone is faulty,
    and reading goes on with the second.
    """
    ends = line_ends(with_newlines(data))
    place = 0
    while place < len(ends):
        start = int(ends[place - 1]) if place else 0
        raw = data[start : int(ends[place])]
        lines = 1
        if not layout.is_none(raw):
            record = _record(data, ends, place, layout)
            lines = record.line
            yield CsvRecord(start, int(ends[place + lines - 1]), place, record.content, record.is_open)
        place += lines


def _record(data: bytes, ends: NDArray[np.int64], place: int, layout: CsvLayout) -> CsvRecord:
    """The record that begins with line `place`; `line` of the result is the number of lines it takes."""
    start = int(ends[place - 1]) if place else 0
    first = data[start : int(ends[place])]
    if is_too_long(first):
        return CsvRecord(start, 0, 1, too_long(len(first.rstrip(b"\r\n")), b""))
    others = (data[int(ends[k - 1]) : int(ends[k])] for k in range(place + 1, len(ends)))
    found = layout.record(first, others)
    content = found.content if isinstance(found.content, Fault) else tuple(found.content)
    return CsvRecord(start, 0, found.lines, content, found.is_open)
