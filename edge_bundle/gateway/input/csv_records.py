"""Records of CSV: quotes may hold line ends, and broken quotes must not swallow the lines behind them.

The rules are those of the lakehouse's readers: a line ends with a newline, a carriage return or both; lines of white
space are no records; of a record whose quotes break the first line alone is given up, and reading goes on behind it.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TextIO, Union

from edge_bundle.gateway.input.records import Fault

# A record of several lines may not be longer. Source: the lakehouse's readers have the same limit.
MAX_QUOTED = 65_536
_WHITE_SPACE = " \t\n\r\x0b\x0c"
Row = Union[list[str], Fault]


def csv_rows(text: TextIO, delimiter: str, max_line_bytes: int) -> Iterator[Row]:
    """The fields of every record, or what is wrong with it.

    Args:
        text: Opened with ``newline=""`` and ``errors="surrogateescape"``.
        delimiter: What parts fields; a tab that does is no white space.
        max_line_bytes: A longer line is a fault; what is behind its beginning is not kept.
    """
    csv.field_size_limit(max_line_bytes)
    lines, space = _Lines(text, max_line_bytes), _WHITE_SPACE.replace(delimiter, "")
    while first := lines.next():
        if isinstance(first, Fault):
            yield first
        elif first.strip(space):
            yield _row(first, lines, delimiter)


class _Lines:
    """Lines one by one; some may be given back."""

    def __init__(self, text: TextIO, max_line_bytes: int) -> None:
        self._text, self._limit = text, max_line_bytes
        self._given_back: deque[str | Fault] = deque()

    def next(self) -> str | Fault:
        """The next line with its end; an empty text at the end."""
        if self._given_back:
            return self._given_back.popleft()
        line = self._text.readline(self._limit + 1)
        if len(line) * 4 <= self._limit or _bytes_of(line) <= self._limit:
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(self._limit)
        return Fault("line_too_long", f"a line has more than {self._limit} bytes")

    def give_back(self, lines: Sequence[str | Fault]) -> None:
        """Let these come again, before all others."""
        self._given_back.extendleft(reversed(lines))


def _row(first: str, lines: _Lines, delimiter: str) -> Row:
    taken = [first]
    try:
        fields = next(csv.reader(_record_lines(taken, lines), strict=True, delimiter=delimiter))
    except csv.Error as exc:
        lines.give_back(taken[1:])
        return Fault("bad_quoting", str(exc))
    if any(_is_undecodable(line) for line in taken):
        lines.give_back(taken[1:])
        return Fault("not_utf8", "not UTF-8")
    return fields


def _record_lines(taken: list[str], lines: _Lines) -> Iterator[str]:
    """The first line, then more while quotes are open; all that are given are noted."""
    yield taken[0]
    length = _bytes_of(taken[0])
    while line := lines.next():
        if isinstance(line, Fault) or length + _bytes_of(line) > MAX_QUOTED:
            lines.give_back([line])
            return
        length += _bytes_of(line)
        taken.append(line)
        yield line


def _bytes_of(line: str) -> int:
    return len(line.encode("utf-8", "surrogateescape"))


def _is_undecodable(line: str) -> bool:
    return not line.isascii() and any("\udc80" <= character <= "\udcff" for character in line)
