"""The text at the beginning of a file as a table: delimiter, header, rows; or why it is none. Pure."""

import csv
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bronze import magic

DELIMITERS = (";", "\t", "|", ",")
_ROWS = 400
# A clock in columns of its own: hour, minute, second.
CLOCK = (("hour", 24.0), ("minute", 60.0), ("second", 60.0))
# The column behind it where it counts up within each second, by its unit; without one it is the digit behind the point.
FRACTIONS = (("tenth", ""), ("millisecond", "ms"), ("microsecond", "us"), ("nanosecond", "ns"))
_BELOW = dict(zip((name for name, _ in FRACTIONS), (10.0, 1e3, 1e6, 1e9), strict=True))
_NUMBER = re.compile(r"\s*[+\u2212-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SIGNATURES = ((b"PK\x03\x04", "a workbook or zip archive"), (magic.PARQUET, "Parquet"))


@dataclass(frozen=True, slots=True)
class Table:
    """The first rows of a file.

    Attributes:
        format: csv or jsonl.
        names: Its columns; `column_1` and so on where it has no header.
        rows: Texts, as many in each row as there are columns.
        has_header: Whether the names are the file's own.
        delimiter: CSV: what is between the fields.
        skipped: Lines above the header.
        below: Rows below the header without a number, such as units; they are no rows of the table.
        encoding: `utf-8`, or what the mapping has to say.
    """

    format: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    has_header: bool = True
    delimiter: str = ","
    skipped: int = 0
    below: int = 0
    encoding: str = "utf-8"

    def column(self, name: str) -> tuple[str, ...]:
        """The texts of a column."""
        at = self.names.index(name)
        return tuple(row[at] for row in self.rows)


@dataclass(frozen=True, slots=True)
class NoTable:
    """Why nothing can be drafted from a file."""

    reason: str


def table_of(head: bytes, *, is_whole: bool) -> Table | NoTable:
    """The table at the beginning of a file.

    Args:
        head: Its first bytes, decompressed.
        is_whole: Whether these are all; else the last line may be cut and is left out.
    """
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            return NoTable(f"it is {what}; only text files are drafted")
    text, encoding = _decoded(head)
    if "\0" in text:
        return NoTable("it is a binary file")
    lines = text.splitlines() if is_whole else text.splitlines()[:-1]
    numbers = [number for number, line in enumerate(lines) if line.strip()]
    lines = [lines[number] for number in numbers]
    if not lines:
        return NoTable("it holds no line")
    if lines[0].lstrip().startswith(("{", "[")):
        return _json(lines, encoding)
    return _csv(lines, numbers, encoding)


def is_number(text: str) -> bool:
    """Whether a text is a number, with a decimal point or comma."""
    return _NUMBER.fullmatch(text) is not None


def _decoded(head: bytes) -> tuple[str, str]:
    for mark, codec in _BOMS:
        if head.startswith(mark):
            return head.decode(codec, errors="replace"), "auto" if codec == "utf-16" else "utf-8"
    text = head.decode("utf-8", errors="replace")
    # The last character may be cut.
    if "\ufffd" in text[:-1]:
        return head.decode("cp1252", errors="replace"), "cp1252"
    return text, "utf-8"


def _json(lines: Sequence[str], encoding: str) -> Table | NoTable:
    records = []
    for line in lines[:_ROWS]:
        try:
            record = json.loads(line)
        except ValueError:
            return NoTable("it is JSON, but not one object a line; see `records` and presets in docs/mapping.md")
        if not isinstance(record, dict) or any(isinstance(value, dict | list) for value in record.values()):
            return NoTable("its JSON is nested; see `records` and presets in docs/mapping.md")
        records.append(record)
    names = tuple(dict.fromkeys(name for record in records for name in record))
    rows = tuple(tuple(_text(record.get(name)) for name in names) for record in records)
    return Table("jsonl", names, rows, encoding=encoding)


def _text(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def _csv(lines: Sequence[str], numbers: Sequence[int], encoding: str) -> Table | NoTable:
    delimiter, rows = _parted(lines[:_ROWS])
    width = Counter(map(len, rows)).most_common(1)[0][0]
    if width < 2:
        return NoTable("no delimiter parts its lines alike; legal: , ; | tab or blanks")
    skipped = next(at for at, row in enumerate(rows) if len(row) == width)
    first, *others = [tuple(cell.strip() for cell in row) for row in rows[skipped:] if len(row) == width]
    has_header = not any(map(is_number, first)) and len(set(first)) == width and all(first)
    names = first if has_header else _numbered([first, *others])
    below = _below(others) if has_header else 0
    found = others[below:] if has_header else [first, *others]
    above = numbers[skipped] if skipped else 0
    return Table("csv", names, tuple(found), has_header, delimiter, above, below, encoding)


def _below(rows: Sequence[tuple[str, ...]]) -> int:
    """How many rows come before the first with a number, such as units; 0 where none has one."""
    found = next((at for at, row in enumerate(rows) if any(map(is_number, row))), 0)
    return found if not any(any(sign.isdecimal() for sign in "".join(row)) for row in rows[:found]) else 0


def _numbered(rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Names of columns without a header: by their place, and those of a clock where the first three are one."""
    count = len(rows[0])
    is_clock = count > len(CLOCK) and all(
        all(_is_below(row[at], limit) for row in rows) for at, (_, limit) in enumerate(CLOCK)
    )
    names = [f"column_{at + 1}" for at in range(count)]
    if not is_clock:
        return tuple(names)
    clock = [*(name for name, _ in CLOCK), *_fraction(rows)]
    return (*clock, *names[len(clock) :])


def _fraction(rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The fraction of a second behind a clock: it grows within each second, and is small again in the next."""
    place = len(CLOCK)
    if len(rows[0]) <= place + 1 or not all(_is_below(row[place], _BELOW["nanosecond"]) for row in rows):
        return ()
    grows = [float(a[place]) < float(b[place]) for a, b in pairwise(rows) if a[:place] == b[:place]]
    if not grows or not all(grows):
        return ()
    if all(len(row[place]) == 1 for row in rows):
        return ("tenth",)
    most = max(float(row[place]) for row in rows)
    return (next(name for name, limit in _BELOW.items() if most < limit and name != "tenth"),)


def _is_below(text: str, limit: float) -> bool:
    return is_number(text) and text.isascii() and "," not in text and 0 <= float(text) < limit


def _parted(lines: Sequence[str]) -> tuple[str, list[list[str]]]:
    """The delimiter by which most lines have one and the same number of fields, the more fields the better."""
    found = []
    for delimiter in DELIMITERS:
        rows = list(csv.reader(lines, delimiter=delimiter))
        width, alike = Counter(map(len, rows)).most_common(1)[0]
        found.append((width > 1 and alike >= 0.6 * len(rows), alike, width, delimiter, rows))
    _, _, width, delimiter, rows = max(found, key=lambda one: one[:3])
    if width > 1:
        return delimiter, rows
    return " ", [line.split() for line in lines]
