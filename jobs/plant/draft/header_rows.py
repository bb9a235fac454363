"""Which rows of a file are its header: those above the first record, by where its times are. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from expectations.units import is_unit
from jobs.plant.draft.quality_codes import is_quality_name
from jobs.plant.draft.table import is_number

Row = tuple[str, ...]
_STAMP = re.compile(r"\d{1,4}[-./ ]\s?\w{1,3}[-./ ]\s?\d{1,4}([ T].*)?|\d{1,2}:\d{2}.*|\d{4}-\d\d-\d\d.*")
_VALUE = re.compile(r"^(wert|value)\s*", re.I)
_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class HeaderRows:
    """Where a file's header is.

    Attributes:
        names: Of the columns.
        at: Place of the header among the rows; of the first record where the names are made of several rows.
        below: Rows between the header and the first record.
        is_made: Whether the names are made of two rows.
        units: Column -> the unit that a row below the header has.
        has_names: Whether the names are the file's own.
    """

    names: Row
    at: int
    below: int = 0
    is_made: bool = False
    units: Mapping[str, str] = field(default_factory=dict)
    has_names: bool = True


def header_rows(rows: Sequence[Row]) -> HeaderRows | None:
    """The header above the first row with a time; None where no column has times, or nothing is above.

    Args:
        rows: All rows that are as wide as most are.
    """
    first = _first_record(rows)
    if not first:
        return None
    for at in reversed(range(first)):
        row = rows[at]
        if _is_header(row) and not (at and _is_of_units(row) and _is_header(rows[at - 1])):
            units = [dict(zip(row, below, strict=True)) for below in rows[at + 1 : first]]
            named = {name: cell for one in units for name, cell in one.items() if cell and is_unit(cell)}
            return HeaderRows(row, at, first - at - 1, units=named)
    if first < 2:
        return None
    names = _joined(rows[first - 2], rows[first - 1])
    return HeaderRows(names, first, is_made=True) if all(names) and len(set(names)) == len(names) else None


def _is_header(row: Row) -> bool:
    return all(row) and len(set(row)) == len(row) and not any(map(is_number, row))


def _is_of_units(row: Row) -> bool:
    """Whether half of the cells are units, so that the names are above."""
    return 2 * sum(map(is_unit, row)) >= len(row)


def _first_record(rows: Sequence[Row]) -> int:
    """The place of the first row with a time in the column that has most of them; 0 where none has."""
    found = []
    for column in range(len(rows[0])):
        times = [at for at, row in enumerate(rows) if _STAMP.fullmatch(row[column])]
        if times and len(times) >= _ALIKE * (len(rows) - times[0]):
            found.append((len(times), -column, times[0]))
    return max(found)[2] if found else 0


def _joined(upper: Row, lower: Row) -> Row:
    """Names of two rows: an upper one holds up to the next; a code is named after the value before it."""
    names: list[str] = []
    group = ""
    for above, below in zip(upper, lower, strict=True):
        group = above or group
        if names and is_quality_name(below):
            names.append(f"{names[-1]} {below}")
        else:
            names.append(" ".join(part for part in (group, _VALUE.sub("", below)) if part))
    return tuple(names)
