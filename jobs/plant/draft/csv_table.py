"""Lines of text as a table: delimiter, header, rows; or why they are none. Pure."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from jobs.plant.draft.header_rows import HeaderRows, Row, header_rows
from jobs.plant.draft.table import ROWS, NoTable, Table, is_number

DELIMITERS = (";", "\t", "|", ",")
# A clock in columns of its own: hour, minute, second.
CLOCK = (("hour", 24.0), ("minute", 60.0), ("second", 60.0))
# The column behind it where it counts up within each second, by its unit; without one it is the digit behind the point.
FRACTIONS = (("tenth", ""), ("millisecond", "ms"), ("microsecond", "us"), ("nanosecond", "ns"))
_PLAIN = re.compile(r"\d+(\.\d*)?([eE][+-]?\d+)?", re.ASCII)
_BELOW = dict(zip((name for name, _ in FRACTIONS), (10.0, 1e3, 1e6, 1e9), strict=True))


def csv_table(lines: Sequence[str], numbers: Sequence[int], encoding: str) -> Table | NoTable:
    """The table of lines that are no JSON.

    Args:
        lines: Those that are not blank.
        numbers: The place of each in the file, from 0.
        encoding: As the mapping has to say.
    """
    delimiter, rows = _parted(lines[:ROWS])
    width = Counter(map(len, rows)).most_common(1)[0][0]
    if width < 2:
        return NoTable("no delimiter parts its lines alike; legal: , ; | tab or blanks")
    places = [at for at, row in enumerate(rows) if len(row) == width]
    wide = [tuple(cell.strip() for cell in rows[at]) for at in places]
    found = header_rows(wide) or _first_row(wide)
    first = found.at + found.below + (not found.is_made and found.has_names)
    skip = numbers[places[found.at]] if places[found.at] else 0
    return Table(
        "csv", found.names, tuple(wide[first:]), found.has_names, delimiter, skip, found.below, encoding,
        is_made=found.is_made, units=found.units,
    )  # fmt: skip


def _first_row(rows: Sequence[Row]) -> HeaderRows:
    """The first row as the header, where it is one; else names by place."""
    first, *others = rows
    if any(map(is_number, first)) or len(set(first)) < len(first) or not all(first):
        return HeaderRows(_numbered(rows), 0, has_names=False)
    return HeaderRows(first, 0, _below(others))


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
    return _PLAIN.fullmatch(text) is not None and float(text) < limit


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
