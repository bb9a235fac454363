"""The header of a CSV file: what is above it, where it comes again, and which columns it names."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bronze.readers.column_names import column_fault, unique_names
from bronze.readers.csv_rows.quoting import CsvRecord, record_ends, records
from bronze.readers.plan import ReadPlan
from bronze.readers.text.lines import Block, line_ends, newlines, with_newlines
from domain.record import reasons
from domain.record.cells import TIME, TIME_PART
from domain.record.csv_layout import OF_NUMBERS, CsvLayout, Needs, is_separator_line, lower_case, nameless
from domain.record.faults import Fault
from domain.record.text_lines import BOM, WHITE_SPACE

MOST_BEFORE = 1 << 12
"""Bytes before a header within the file that may be lines of its own."""
_MOST_ABOVE = 1_000  # records above a header that is looked for
_OF_STAMPS = b'0123456789+-.,:;/TZ \t\r\n"'
_IS_NUMBER, _IS_SPACE = np.zeros(256, np.bool_), np.zeros(256, np.bool_)
_IS_NUMBER[list(b"0123456789\r\n")] = True
_IS_SPACE[list(WHITE_SPACE)] = True
_EDGES = b'\r\n" \t'


@dataclass(frozen=True, slots=True)
class Names:
    """The columns that a header names.

    Attributes:
        fields: Their names, made different where two are equal.
        nameless: Those without a name in the header, but for the first.
        fault: Why records below cannot be read.
        is_record: Whether the line has no name that the mapping knows, or cannot be read: it may be no header at all.
        is_lacking: Whether it is a header within the file without a column that must be there: a rejected record.
    """

    fields: tuple[str, ...]
    nameless: tuple[str, ...] = ()
    fault: Fault | None = None
    is_record: bool = False
    is_lacking: bool = False


class Headers:
    """Finds the headers of one plan's files."""

    def __init__(self, plan: ReadPlan, layout: CsvLayout) -> None:
        self._plan, self._layout = plan, layout
        times = tuple(name for name in plan.file_columns if plan.fields[name] in {TIME, TIME_PART})
        self._needs = Needs(plan.file_columns, plan.optional, plan.cell_columns if plan.cells else (), times)
        probes = [name for name in plan.file_columns if name not in plan.optional and name in self._needs.plain]
        plain = [name for name in probes if name.isascii() and " " not in name]  # written in one way only
        self._probe = max(plain or probes, key=len, default="").encode()
        lowered = {lower_case(name) for name in self._needs.plain}
        self._probes = {name: name.translate(None, OF_NUMBERS) for name in lowered}
        self._exact = {name.encode(): name.encode().translate(None, _OF_STAMPS) for name in self._needs.plain}
        self._edges = _EDGES + layout.delimiter.encode()
        begins = rb"(?:\A|" + re.escape(layout.delimiter.encode()) + rb")[ \"'+.(-]*[0-9]"
        self._with_number = re.compile(begins)
        space = re.escape(bytes(set(layout.space) - set(b"\r\n")))
        self._gap = re.compile(rb"(?:\A|(?<=\n))[" + space + rb"]*\r?\n(?=[^\r\n" + space + rb"])")
        self._ends_in_gap = False
        self._ends = b"" if layout.rule.widths else b"(?=[" + re.escape(self._edges) + rb"]|\Z)"

    def are_unknown_names(self, fields: Sequence[str], names: Sequence[str]) -> bool:
        """Whether a record that is none of the mapping's may be a header of names that it does not know."""
        return self._needs.are_unknown_names(fields, names)

    @property
    def times(self) -> tuple[str, ...]:
        """The columns that make the time of a record."""
        return self._needs.times

    def given(self) -> Names:
        """The names that the mapping itself gives."""
        return self._named(self._layout.rule.names)

    def skip_lines(self, block: Block) -> Block:
        """The block without the lines above the header."""
        data = with_newlines(block.data)
        ends = line_ends(data)
        skip = self._layout.rule.skip
        start = int(ends[min(skip, len(ends)) - 1]) if skip and len(ends) else 0
        while start < len(data):
            end = data.find(b"\n", start) + 1 or len(data)
            if not is_separator_line(data[start:end].removeprefix(BOM)):
                break
            start = end
        return from_byte(block, start)

    def first(self, block: Block) -> tuple[CsvRecord, Names] | None:
        """The header of the block; None where it has no record."""
        found = records(block.data, self._layout)
        first = next(found, None)
        if first is None:
            return None
        if self._layout.rule.find_header:
            for record in (first, *(record for record, _ in zip(found, range(_MOST_ABOVE), strict=False))):
                if (names := self._again(record)) is not None:
                    return record, names
        return first, self._learnt(first)

    def again(self, block: Block, fields: Sequence[str] = ()) -> Iterator[tuple[CsvRecord, Names]]:
        """Each header within the block, in order.

        Args:
            block: Some lines.
            fields: The names of the header above them.
        """
        first = _first_signs(block.data)
        may_be_names = bool((~_IS_NUMBER[first]).any())  # else each line begins with a number, and no other rule asks
        gaps = set(self._behind_gaps(block.data, bool(_IS_SPACE[first].any()) and may_be_names))
        named = self._with_names(block.data) if may_be_names else self._with_two_names(block.data)
        lines = sorted({*gaps, *self._candidates(block.data, self._probe), *named})
        if not lines:
            return
        ends = record_ends(block.data, self._layout)
        is_whole = ends is not None and len(ends) > 0 and int(ends[-1]) == len(block.data)
        if ends is None or not is_whole:
            found = {record.start: record for record in records(block.data, self._layout)}
        else:
            starts = set(np.concatenate(([0], ends[:-1])).tolist())
            lines = [start for start in lines if start in starts]
            found = {}
        for start in lines:
            record = self._at(block.data, start) if is_whole else found.get(start)
            if record is not None and (names := self._later(record, fields, is_after_gap=start in gaps)) is not None:
                fields = names.fields
                yield record, names

    def _behind_gaps(self, data: bytes, has_space: bool) -> Iterator[int]:
        """Begins of lines without a number that have a line of white space above them.

        Args:
            data: Some lines.
            has_space: Whether one of them begins with white space.
        """
        data = with_newlines(data)
        starts = [0] if self._ends_in_gap and data else []
        if has_space:
            starts += [found.end() for found in self._gap.finditer(data)]
        last = data[data.rfind(b"\n", 0, max(len(data) - 1, 0)) + 1 :]
        self._ends_in_gap = bool(data) and not last.strip(self._layout.space)
        for start in starts:
            if self._with_number.search(data, start, (data.find(b"\n", start) + 1 or len(data)) - 1) is None:
                yield start

    def _with_names(self, data: bytes) -> Iterator[int]:
        """Begins of lines that hold a column as a whole field, upper and lower case alike.

        A name that may be part of a number or time, such as T, counts beside another one only.
        """
        rest = data.translate(None, OF_NUMBERS).lower()  # of records of numbers little is left to search
        found = [name for name, left in self._probes.items() if left in rest]
        named = [name for name in found if self._probes[name]]
        if not named and len(found) < 2:
            return
        lowered = data.lower()
        yield from (line for name in named for line in self._candidates(lowered, name))
        if len(found) - len(named) > 1:
            bare = (name for name in found if not self._probes[name])
            counts = Counter(line for name in bare for line in set(self._candidates(lowered, name)))
            yield from (line for line, count in counts.items() if count > 1)

    def _with_two_names(self, data: bytes) -> Iterator[int]:
        """Begins of lines that hold two of the columns, each as a whole field."""
        rest = data.translate(None, _OF_STAMPS)  # a search in what is left of records of numbers costs nothing
        found = [name for name, left in self._exact.items() if left in rest and name in data]
        if len(found) > 1:
            counts = Counter(line for name in found for line in set(self._candidates(data, name)))
            yield from (line for line, count in counts.items() if count > 1)

    def _candidates(self, data: bytes, probe: bytes) -> Iterator[int]:
        """Begins of lines that hold a name as a whole field."""
        if not probe or probe not in data:  # many times as fast as a pattern
            return
        for found in re.finditer(re.escape(probe) + self._ends, data):
            place = found.start()
            if self._layout.rule.widths or not place or data[place - 1] in self._edges:
                yield max(data.rfind(b"\n", 0, place), data.rfind(b"\r", 0, place)) + 1

    def _at(self, data: bytes, start: int) -> CsvRecord | None:
        record = next(records(data[start : start + (1 << 20)], self._layout), None)
        return None if record is None else replace(record, start=record.start + start, end=record.end + start)

    def _again(self, record: CsvRecord) -> Names | None:
        found = self._later(record)
        return found if found is not None and found.fault is None else None

    def _later(self, record: CsvRecord, fields: Sequence[str] = (), *, is_after_gap: bool = False) -> Names | None:
        """The names of a header within the file; one that cannot be used has a fault, which is that of its rows."""
        if isinstance(record.content, Fault):
            return None
        names = self._layout.names(record.content)
        if self._needs.has_all(names):
            return self._named(names)
        is_lacking = self._needs.is_lacking(names, fields, is_after_gap=is_after_gap)
        return replace(self._named(names, "header within the file"), is_lacking=True) if is_lacking else None

    def _learnt(self, record: CsvRecord) -> Names:
        if isinstance(record.content, Fault):
            detail = f"the header cannot be read ({record.content.detail}); correct it and replay"
            return Names((), fault=Fault(reasons.MISSING_COLUMN, detail), is_record=True)
        return self._named(self._layout.names(record.content))

    def _named(self, names: Sequence[str], where: str = "header") -> Names:
        fields = unique_names(names)
        known = self._plan.known
        bare = tuple(fields[place] for place in nameless(names) if fields[place] not in known)
        fault = column_fault(names, self._plan, where)
        return Names(fields, bare, fault, fault is not None and not any(name in known for name in names))


def _first_signs(data: bytes) -> NDArray[np.uint8]:
    """The first byte of each line, or the one behind it where that is a quotation mark."""
    data = with_newlines(data)
    text, ends = np.frombuffer(data, np.uint8), line_ends(data)
    starts = np.concatenate((np.zeros(min(len(ends), 1), np.int64), ends[:-1]))
    is_quote = text[starts] == ord('"')
    return np.asarray(text[np.minimum(starts + is_quote, max(len(text) - 1, 0))], np.uint8)


def from_byte(block: Block, start: int) -> Block:
    """The block from a byte on, which begins a line."""
    if not start:
        return block
    lines = newlines(with_newlines(block.data[:start]))
    return Block(block.data[start:], block.line + lines, block.offset + start)


def lines_before(data: bytes) -> bytes:
    """The last whole lines of some bytes that end with a line, `MOST_BEFORE` bytes at most."""
    last = data[-MOST_BEFORE:]
    return last if len(last) == len(data) else last[last.find(b"\n") + 1 :]
