"""Where the documents of a JSON file are, which is one array, one object, or several of either one behind the other.

Between documents may be white space, commas and record separators (RFC 7464): behind one of them reading begins again,
whatever was cut off before it. An array's elements are documents each, unless the source's documents are whole arrays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from domain.record import reasons
from domain.record.faults import Fault

MOST_BYTES = 256 << 20
"""Largest file of whole JSON, unpacked: it is in memory at once."""
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\]]', re.DOTALL)
SEPARATOR = b"\x1e"
_BETWEEN = b" \t\r\n,"
_OPEN = b"{["


class Span(NamedTuple):
    """One document's place, or what lies between documents and is none."""

    start: int
    end: int
    fault: Fault | None = None


def spans(data: bytes, *, whole_arrays: bool) -> Iterator[Span]:
    """The documents of a file in their order; what cannot be parted is one faulty span.

    Args:
        data: The file, without byte order mark.
        whole_arrays: Whether an array at the top is one document.
    """
    start = 0
    while start <= len(data):
        end = data.find(SEPARATOR, start)
        end = len(data) if end < 0 else end
        for span in _spans(data[start:end] if start or end < len(data) else data, whole_arrays=whole_arrays):
            yield Span(span.start + start, span.end + start, span.fault)
        start = end + 1


def _spans(data: bytes, *, whole_arrays: bool) -> Iterator[Span]:
    """The documents between two record separators, of which no document has one inside: its text would not be JSON."""
    scan = _Scan(data, whole_arrays=whole_arrays)
    for match in _TOKEN.finditer(data):
        if len(match[0]) == 1:
            yield from scan.take(match[0], match.start())
            if scan.is_lost:
                break
    yield from scan.rest()


class _Scan:
    """How deep a place in the file is; `top` is how deep documents are there, `done` what is behind the last."""

    def __init__(self, data: bytes, *, whole_arrays: bool) -> None:
        self._data, self._whole_arrays = data, whole_arrays
        self._depth = self._top = self._start = self._done = 0
        self.is_lost = False

    def take(self, sign: bytes, at: int) -> Iterator[Span]:
        """The spans that end at a bracket, a brace, or a quote without counterpart."""
        if sign in (b"{", b"["):
            yield from self._open(sign, at)
        elif sign == b'"' or self._depth == 0:
            self.is_lost = True
        else:
            yield from self._close(at)

    def _open(self, sign: bytes, at: int) -> Iterator[Span]:
        if self._depth == self._top:
            yield from self._strange(at)
            self._start = at
        if self._depth == 0 and sign == b"[" and not self._whole_arrays:
            self._top, self._done = 1, at + 1
        self._depth += 1

    def _close(self, at: int) -> Iterator[Span]:
        self._depth -= 1
        if self._depth == self._top:
            yield Span(self._start, at + 1)
            self._done = at + 1
        elif self._depth < self._top:
            yield from self._strange(at)
            self._done, self._top = at + 1, 0

    def rest(self) -> Iterator[Span]:
        """What is behind the last document."""
        if not self.is_lost and self._depth == 0:
            yield from self._strange(len(self._data))
            return
        what = "a quote or a bracket has no counterpart" if self.is_lost else "it ends within an array or an object"
        first = self._start if self._depth > self._top else self._done
        yield Span(
            first,
            len(self._data),
            Fault(
                reasons.NOT_JSON, f"the file cannot be read from here to its end or its next record separator: {what}"
            ),
        )

    def _strange(self, end: int) -> Iterator[Span]:
        """What is between documents and neither white space nor a comma."""
        left = self._data[self._done : end].strip(_BETWEEN)
        if left:
            at = self._data.find(left, self._done)
            yield Span(at, at + len(left), Fault(reasons.NOT_AN_OBJECT, "got a single value; legal: objects"))
