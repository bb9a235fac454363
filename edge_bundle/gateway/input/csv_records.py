"""Records of a CSV file, line by line from its bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Union

from domain.record import reasons
from domain.record.csv_layout import CsvLayout, is_separator_line
from domain.record.text_lines import BOM, is_too_long

from edge_bundle.gateway.input.records import Fault

Row = Union[list[str], Fault]
_Line = Union[bytes, Fault]


class CsvRows:
    """The fields of every record, or what is wrong with it; lines of white space and comments are none.

    Args:
        file: The bytes of the file from its beginning.
        layout: How the file is laid out.
        max_line_bytes: A longer line is a fault; what is behind its beginning is not stored.
        skip: Lines above the first record that are none; so is Excel's line of the delimiter behind them.

    Attributes:
        is_after_gap: Whether a line of white space is right above the record that was given last.
    """

    def __init__(self, file: BinaryIO, layout: CsvLayout, max_line_bytes: int, *, skip: int = 0) -> None:
        self._lines, self._layout, self._skip = _Lines(file, max_line_bytes), layout, skip
        self.is_after_gap = False
        self._rows = self._all()

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        return next(self._rows)

    def _all(self) -> Iterator[Row]:
        lines, layout = self._lines, self._layout
        for _ in range(self._skip):
            lines.next()
        while isinstance(first := lines.next(), bytes) and first and is_separator_line(first):
            pass
        is_gap = False
        while first:
            self.is_after_gap, is_gap = is_gap, isinstance(first, bytes) and not first.strip(layout.space)
            if isinstance(first, Fault):
                yield first
            elif not layout.is_none(first):
                yield _row(first, lines, layout)
            first = lines.next()


def csv_rows(file: BinaryIO, layout: CsvLayout, max_line_bytes: int, *, skip: int = 0) -> CsvRows:
    """The records of a file, as `CsvRows` gives them."""
    return CsvRows(file, layout, max_line_bytes, skip=skip)


def _row(first: bytes, lines: _Lines, layout: CsvLayout) -> Row:
    taken: list[bytes] = []
    record = layout.record(first, _more(lines, taken))
    if len(taken) >= record.lines:
        lines.give_back(taken[record.lines - 1 :])
    content = record.content
    return content if isinstance(content, list) else Fault(content.reason, content.detail)


def _more(lines: _Lines, taken: list[bytes]) -> Iterator[bytes]:
    """The next lines, noted as taken, up to one that is too long."""
    while line := lines.next():
        if isinstance(line, Fault):
            lines.give_back([line])
            return
        taken.append(line)
        yield line


class _Lines:
    """Lines one by one; some may be given back."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file, self._limit = file, limit
        self._waiting: deque[_Line] = deque()
        self._rest = file.read(len(BOM)).removeprefix(BOM)
        self._is_done = False

    def next(self) -> _Line:
        """The next line with its end; an empty text at the end."""
        while not self._waiting and not self._is_done:
            block = self._file.readline(self._limit + 2)
            if not self._rest and block.endswith(b"\n") and b"\r" not in block and len(block) <= self._limit:
                return block
            self._cut(block)
        return self._waiting.popleft() if self._waiting else b""

    def give_back(self, lines: Sequence[_Line]) -> None:
        """Let these come again, before all others."""
        self._waiting.extendleft(reversed(lines))

    def _cut(self, block: bytes) -> None:
        """Cut what was read at its line ends; what has none yet waits, of a line that is too long its beginning."""
        lines = (self._rest + block).splitlines(keepends=True)
        self._is_done, self._rest = not block, b""
        if block and not block.endswith(b"\n"):
            last = lines.pop()  # A carriage return may be half of an end.
            end = b"\r" if last.endswith(b"\r") else b""
            self._rest = last[: self._limit + 1] + end if is_too_long(last, self._limit) else last
        self._waiting.extend(self._too_long() if is_too_long(line, self._limit) else line for line in lines)

    def _too_long(self) -> Fault:
        return Fault(reasons.LINE_TOO_LONG, f"a line has more than {self._limit} bytes")
