"""Blocks of whole records cut from a stream of bytes, and lines that are too long to be records."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from domain.record.text_lines import MAX_LINE

BLOCK = 2 << 20
_NEWLINE, _RETURN = 10, 13
_FIRST = np.zeros(1, np.int64)


@dataclass(frozen=True)
class Block:
    """Whole records: their bytes, the line number of the first and its byte offset in the decompressed file."""

    data: bytes
    line: int
    offset: int

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """`line_ends` of the data, looked for once."""
        return line_ends(self.data)

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each line begins."""
        return np.concatenate((_FIRST, self.ends[:-1])) if len(self.ends) else self.ends

    @property
    def newlines(self) -> int:
        """How many newlines there are."""
        return len(self.ends) - (bool(self.data) and not self.data.endswith(b"\n"))


@dataclass(frozen=True, slots=True)
class LongLine:
    """A line over `MAX_LINE` bytes: its beginning, its size without its end, its place."""

    head: bytes
    size: int
    line: int
    offset: int


Boundary = Callable[[bytes], int]
Marked = Callable[[bytes], bytes]


def last_newline(data: bytes) -> int:
    """Length of the part of `data` that ends with its last newline."""
    return data.rfind(b"\n") + 1


def with_newlines(data: bytes) -> bytes:
    """The bytes with a newline for each lone carriage return: every line ends with one, and no byte moves."""
    if b"\r" not in data:
        return data
    text = np.frombuffer(data, np.uint8)
    places = np.flatnonzero(text == _RETURN)
    is_last = int(places[-1]) == len(text) - 1
    inner = places[:-1] if is_last else places
    lone = np.append(inner[text[inner + 1] != _NEWLINE], places[-1:] if is_last else places[:0])
    if not len(lone):
        return data
    marked = text.copy()
    marked[lone] = _NEWLINE
    return marked.tobytes()


def newlines(data: bytes) -> int:
    """How many newlines there are: counted at once, three times as fast as one by one (measured, 180 bytes a line)."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == _NEWLINE))


def line_ends(data: bytes) -> NDArray[np.int64]:
    """Positions just behind each line; a last line without newline counts."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE) + 1
    return ends if data.endswith(b"\n") or not data else np.append(ends, len(data))


class Blocks:
    """Cuts chunks into blocks at record boundaries; `last` gives what is left after the last chunk.

    `marked` gives bytes in which every line of the format ends with a newline, at the same places.
    """

    def __init__(self, chunks: Iterator[bytes], boundary: Boundary, marked: Marked, line: int, offset: int) -> None:
        self._chunks, self._boundary, self._marked = chunks, boundary, marked
        self.line, self.offset = line, offset
        self._rest: list[bytes] = []

    def __iter__(self) -> Iterator[Block | LongLine]:
        size = 0
        for chunk in self._chunks:
            self._rest.append(chunk)
            size += len(chunk)
            if size >= BLOCK:
                yield from self._cut(self._take())
                size = sum(map(len, self._rest))

    def last(self) -> Block:
        """What follows the last boundary; empty where the file ends with one."""
        return self._advance(self._take())

    def _take(self) -> bytes:
        data = b"".join(self._rest)
        self._rest = []
        return data

    def _cut(self, data: bytes) -> Iterator[Block | LongLine]:
        end = self._boundary(data)
        if end:
            yield self._advance(data[:end])
        rest = data[end:] if end else data
        if len(rest) > MAX_LINE and b"\n" not in self._marked(rest):
            yield from self._skip(rest)
        elif rest:
            self._rest = [rest]

    def _skip(self, head: bytes) -> Iterator[LongLine]:
        """The long line that begins with `head`, read to its end and dropped."""
        size, last = len(head), head[-2:]
        for chunk in self._chunks:
            data = last + chunk
            end = self._first_end(data)
            size += (end or len(data)) - len(last)
            last = data[: end or None][-2:]
            if end:
                self._rest = [data[end:]]
                break
        ending = len(last) - len(last.rstrip(b"\r\n"))
        line = LongLine(head[:MAX_LINE], size - ending, self.line, self.offset)
        self.line, self.offset = self.line + 1, self.offset + size
        yield line

    def _first_end(self, data: bytes) -> int:
        """Length of the first line; 0 where it has no end yet: a last carriage return may be half of one."""
        end = self._marked(data).find(b"\n") + 1
        return 0 if end == len(data) and data.endswith(b"\r") else end

    def _advance(self, data: bytes) -> Block:
        block = Block(data, self.line, self.offset)
        marked = self._marked(data)
        lines = block.newlines if marked is data else newlines(marked)
        self.line, self.offset = self.line + lines, self.offset + len(data)
        return block
