"""What a CSV file has beside its records, and what its fields have around them: comments, blanks, guards, widths."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple, Protocol

from domain.record import reasons
from domain.record.csv_record import CsvRecord, csv_record
from domain.record.faults import Fault
from domain.record.header_names import spelled_as
from domain.record.text_lines import WHITE_SPACE

BLANKS = " "
"""The delimiter that stands for runs of blanks and tabs."""
TRIMMED = " \t\u00a0"
"""What trimming takes from the ends of a field."""
BOM_TEXT = "\ufeff"
_SEPARATOR_LINE = re.compile(rb'"?sep=.?"?[ \t;,]*\r?\n?\Z', re.IGNORECASE)
_NUMBER, _NUMBER_BEGINS = re.compile(r"\d"), re.compile(r"\W*\d")
OF_NUMBERS = b'0123456789+-.,:;/TZtz \t\r\n"'
"""Bytes of numbers, times, and what is between them."""
_LEAST_NAMES = 2  # of a header; one may be a value by chance, where not all fields are names
_GUARD = re.compile(r'=?"(.*)"|=(.*)|\'(.*)', re.DOTALL)


class LayoutRule(Protocol):
    """How a CSV file is laid out."""

    @property
    def skip(self) -> int:
        """Lines above the header (or above the first record, where there is none)."""

    @property
    def find_header(self) -> bool:
        """Whether the header is the first line that has every name, whatever is above it."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of a file without a header; empty: it has one."""

    @property
    def skip_after_header(self) -> int:
        """Records behind each header that are none, such as a row of units."""

    @property
    def comments(self) -> tuple[str, ...]:
        """Beginnings of lines that are no records."""

    @property
    def trim(self) -> bool:
        """Whether blanks around fields and names are left out."""

    @property
    def unguard(self) -> bool:
        """Whether fields are guarded as for Excel, such as ``="007"``."""

    @property
    def trailing_delimiters(self) -> bool:
        """Whether empty fields behind the last column are left out."""

    @property
    def widths(self) -> tuple[int, ...]:
        """Characters of each column of a file without delimiters; empty: it has some."""


class Needs(NamedTuple):
    """Columns that a header must have.

    Attributes:
        columns: Every column that is read.
        optional: Those of them that a file may do without.
        cells: Those that hold readings; one of them must be there.
        times: Those that make the time of a record.
    """

    columns: tuple[str, ...]
    optional: Collection[str] = ()
    cells: tuple[str, ...] = ()
    times: tuple[str, ...] = ()

    def has_all(self, names: Sequence[str]) -> bool:
        """Whether these names are a header: each column that is read is there once."""
        for column in self.columns:
            count = names.count(column)
            if count > 1 or (not count and column not in self.optional):
                return False
        return not self.cells or any(column in names for column in self.cells)

    @property
    def plain(self) -> frozenset[str]:
        """The columns that a header may be known by: their names are written in one way only."""
        return frozenset(name for name in self.columns if name and not set(name) & set('"\r\n'))

    @property
    def ascii_names(self) -> frozenset[bytes]:
        """The columns whose names are written in one way but for upper and lower case, in lower case.

        A name that may be part of a number or time, such as T, is none.
        """
        names = (lower_case(name) for name in self.plain if name.isascii() and not set(name) & set(TRIMMED))
        return frozenset(name for name in names if name.translate(None, OF_NUMBERS))

    def is_lacking(self, fields: Sequence[str], names: Sequence[str], *, is_after_gap: bool = False) -> bool:
        """Whether a record is a header that cannot be used: it has some of the columns, but not all that must be there.

        A record with a time (or a number, where no column has the time) in its place is none. Neither is one with one
        of the columns alone, unless all fields are names: none begins with a number, one at most is empty. With none
        of the columns it is the header of another table, where an empty line is above it and it has as many fields,
        all of them different names.

        Args:
            fields: The record's fields.
            names: Those of the header above it.
            is_after_gap: Whether the line above is one of white space.
        """
        typed = self.times or self.cells
        placed = [field for name, field in zip(names, fields) if name in typed]
        if any(field not in self.columns and _NUMBER_BEGINS.match(field) for field in placed) or self.has_all(fields):
            return False
        if len(self.plain.intersection(fields)) >= _LEAST_NAMES:
            return True
        known = len(self.ascii_names.intersection(map(lower_case, fields)))
        is_other = is_after_gap and all(fields) and len(fields) == len(names) == len(set(fields))
        has_time = bool(self.times) and any(map(_NUMBER.search, placed))  # such as Nov 02 2026
        return (known > 0 or is_other) and any(placed) and not has_time and _are_names(fields)

    def are_unknown_names(self, fields: Sequence[str], names: Sequence[str]) -> bool:
        """Whether a record is nothing but different names, also where its time belongs.

        Of records that are none of the source's, such a one is no other source's either.

        Args:
            fields: The record's fields.
            names: Those of the header above it.
        """
        placed = [field for name, field in zip(names, fields) if name in self.times]
        is_whole = bool(placed) and all(fields) and len(fields) == len(names) == len(set(fields))
        return is_whole and not any(map(_NUMBER.search, placed)) and _are_names(fields)


UNKNOWN_NAMES = (
    "only names, and none where the time belongs: such as a header of which the mapping knows no name; the records "
    "below it are read by the names above it"
)


def _are_names(fields: Sequence[str]) -> bool:
    """Whether all fields may be names: none begins with a number, and one at most is empty, as that of an index."""
    most_empty = 1 if len(fields) > _LEAST_NAMES else 0
    return (
        len(fields) >= _LEAST_NAMES
        and sum(not field for field in fields) <= most_empty
        and not any(map(_NUMBER_BEGINS.match, fields))
    )


def lower_case(name: str) -> bytes:
    """The bytes of a name, letters of ASCII in lower case."""
    return name.encode("utf-8", "surrogatepass").lower()


class CsvLayout:
    """The layout of one source's files.

    Args:
        rule: What the mapping says.
        delimiter: What parts fields.
        columns: Every column that the mapping names.

    Attributes:
        rule: What the mapping says.
        delimiter: What parts fields.
        space: Bytes of a line that is no record.
        comments: Beginnings of lines that are no records.
    """

    def __init__(self, rule: LayoutRule, delimiter: str, columns: Collection[str] = ()) -> None:
        self.rule, self.delimiter, self._columns = rule, delimiter, columns
        self.space = WHITE_SPACE if delimiter == BLANKS else WHITE_SPACE.replace(delimiter.encode(), b"")
        self.comments = tuple(text.encode() for text in rule.comments)
        self._is_cleaned = rule.trim or rule.unguard

    def is_none(self, line: bytes) -> bool:
        """Whether a line at the beginning of a record is no record: white space or a comment."""
        return not line.strip(self.space) or (bool(self.comments) and line.startswith(self.comments))

    def record(self, first: bytes, others: Iterator[bytes]) -> CsvRecord:
        """The record that begins with a line: `csv_record.csv_record`, its fields cleaned."""
        if self.rule.widths:
            return CsvRecord(self._cut(first))
        found = csv_record(first, others, self.delimiter)
        if not self._is_cleaned or isinstance(found.content, Fault):
            return found
        return found._replace(content=[self.clean(text) for text in found.content])

    def clean(self, text: str) -> str:
        """A field or name without what is around it."""
        if self.rule.trim:
            text = text.strip(TRIMMED)
        if self.rule.unguard and text[:1] in {"=", '"', "'"} and (found := _GUARD.fullmatch(text)):
            text = next(part for part in found.groups() if part is not None)
        return text.strip(TRIMMED) if self.rule.trim else text

    def names(self, fields: Sequence[str]) -> list[str]:
        """The names of a header: without a byte order mark, and without empty ones behind the last."""
        names = [name.removeprefix(BOM_TEXT) if place == 0 else name for place, name in enumerate(fields)]
        while self.rule.trailing_delimiters and names and not names[-1]:
            names.pop()
        return spelled_as(names, self._columns)

    def fitted(self, fields: Sequence[str], count: int) -> Sequence[str]:
        """A record's fields without empty ones behind the last column, where the rule says so."""
        end = len(fields)
        while self.rule.trailing_delimiters and end > count and not fields[end - 1]:
            end -= 1
        return fields[:end]

    def _cut(self, line: bytes) -> list[str] | Fault:
        """The fields of a line by their widths, each trimmed."""
        try:
            text = line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as exc:
            return Fault(reasons.NOT_UTF8, f"byte {exc.object[exc.start]:#04x} at {exc.start} is not UTF-8")
        if "\t" in text.rstrip(TRIMMED):
            return Fault(reasons.WRONG_FIELD_COUNT, "a tab has no width: nobody knows in which column the rest begins")
        fields, start = [], 0
        for width in self.rule.widths:
            fields.append(text[start : start + width].strip(TRIMMED))
            start += width
        rest = text[start:].strip(TRIMMED)
        return [*fields, rest] if rest else fields


def is_separator_line(line: bytes) -> bool:
    """Whether a line is Excel's note of the delimiter, such as ``sep=;``, which is no record."""
    return _SEPARATOR_LINE.match(line) is not None


def nameless(names: Sequence[str]) -> tuple[int, ...]:
    """Places of columns without a name; the first may be an index, as pandas writes it."""
    return tuple(place for place, name in enumerate(names) if not name and place)


def nameless_fault(place: int, text: str) -> Fault:
    """The fault of a record with content below an empty name."""
    detail = f"field {place + 1} has no name in the header and holds {text[:64]!r}: a decimal comma, or a lost name?"
    return Fault(reasons.WRONG_FIELD_COUNT, detail)
