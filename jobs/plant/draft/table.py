"""The first rows of a file as a table, whatever its format. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

ROWS = 400
"""Rows that a draft looks at."""
_GROUPED = r"\d{1,3}([.,' \u2019\u00a0\u202f]\d{3})+([.,]\d+)?"
_NUMBER = re.compile(rf"\s*[+\u2212-]?({_GROUPED}|\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*")


@dataclass(frozen=True, slots=True)
class Table:
    """The first rows of a file.

    Attributes:
        format: csv, json or jsonl.
        names: Its columns; `column_1` and so on where it has no header; of JSON their paths.
        rows: Texts, as many in each row as there are columns.
        has_header: Whether the names are the file's own.
        delimiter: CSV: what is between the fields.
        skipped: Lines above the header.
        below: Rows below the header without a number, such as units; they are no rows of the table.
        encoding: `utf-8`, or what the mapping has to say.
        is_made: Whether the names are made of two rows.
        units: Column -> the unit in a row below the header.
        labels: What the name of a column says of it, where that is not the name itself.
        quoted: JSON: columns with numbers in quotes.
        records: JSON: path of the records in a document.
        base: JSON: the standard whose base fields are resolved.
        other_records: JSON: paths of arrays that are no records here.
    """

    format: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    has_header: bool = True
    delimiter: str = ","
    skipped: int = 0
    below: int = 0
    encoding: str = "utf-8"
    is_made: bool = False
    units: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    quoted: frozenset[str] = frozenset()
    records: str = ""
    base: str = ""
    other_records: tuple[str, ...] = ()

    def label(self, name: str) -> str:
        """What the name of a column says of it."""
        return self.labels.get(name, name)

    def column(self, name: str) -> tuple[str, ...]:
        """The texts of a column."""
        at = self.names.index(name)
        return tuple(row[at] for row in self.rows)


@dataclass(frozen=True, slots=True)
class NoTable:
    """Why nothing can be drafted from a file."""

    reason: str


def is_number(text: str) -> bool:
    """Whether a text is a number, with a decimal point or comma, also in groups of three digits."""
    return _NUMBER.fullmatch(text) is not None
