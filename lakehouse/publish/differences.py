"""In what two contents of a table differ: which row, which column, the value of one and of the other."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from expectations.tables.contract import Table
from lakehouse.arrow_reading import by_contract
from lakehouse.publish.changed_partitions import are_same, bits

Keyed = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that differs.

    Attributes:
        key: The row, by the columns of its key.
        column: The column; None: the two have the row a different number of times.
        stored: The value of the first content, or how often it has the row.
        built: The same of the other.
    """

    key: Keyed
    column: str | None
    stored: Any
    built: Any


def differences(stored: "pa.Table", built: "pa.Table", table: Table) -> Iterator[Difference]:
    """Every difference, by key; none where both have the same rows in every bit, in whatever order."""
    if are_same(built, stored, table):
        return
    sides = [by_contract(rows, table) for rows in (stored, built)]
    places = [_places(side, table) for side in sides]
    values = [dict(zip(table.column_names, map(_values, side.columns), strict=True)) for side in sides]
    counts = [Counter(key for key, _ in found) for found in places]
    first = [dict(reversed(found)) for found in places]
    for key in sorted({**first[0], **first[1]}, key=_as_texts):
        if counts[0][key] != counts[1][key]:
            yield Difference(key, None, counts[0][key], counts[1][key])
            continue
        at = [one[key] for one in first]
        for name in table.column_names:
            (bits_0, one), (bits_1, other) = values[0][name], values[1][name]
            if bits_0[at[0]] != bits_1[at[1]]:
                yield Difference(key, name, one[at[0]].as_py(), other[at[1]].as_py())


def _as_texts(key: Keyed) -> tuple[str, ...]:
    return tuple(map(str, key))


def _places(rows: "pa.Table", table: Table) -> list[tuple[Keyed, int]]:
    """The key of each row, and its place."""
    keys = zip(*(rows.column(name).to_pylist() for name in table.key), strict=True)
    return [(key, place) for place, key in enumerate(keys)]


def _values(column: "pa.ChunkedArray") -> "tuple[list[Any], pa.ChunkedArray]":
    """What is compared of a column, and the column itself."""
    return bits(column).to_pylist(), column
