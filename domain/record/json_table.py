"""Records of a table in JSON: arrays side by side, one for each column, or rows that are arrays below one header."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple, cast

from domain.record import reasons
from domain.record.faults import Fault
from domain.record.json_path import ALL, Path, Step

Values = Sequence[object]


class Table(NamedTuple):
    """Some records of a document, column by column.

    Attributes:
        place: Where in its document it is.
        size: How many records there are.
        columns: Name -> the value of each record.
        constants: Name -> the value of every record.
        faults: Number of a record -> why it cannot be read.
        rows: Of rows that are arrays each as it is.
    """

    place: str
    size: int
    columns: dict[str, Values]
    constants: dict[str, object]
    faults: dict[int, Fault]
    rows: Values = ()

    def record(self, number: int) -> dict[str, object] | Fault:
        """One of the records; it does not have its place."""
        fault = self.faults.get(number)
        if fault is not None:
            return fault
        return {**self.constants, **{name: values[number] for name, values in self.columns.items()}}

    def text(self, number: int) -> bytes:
        """A row as it is, in JSON."""
        row = self.rows[number] if self.rows else None
        return json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")


def split(record: dict[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """The arrays within a record, also those within its objects, and what else it has."""
    arrays: dict[str, object] = {}
    others: dict[str, object] = {}
    for name, value in record.items():
        if isinstance(value, list):
            arrays[name] = value
        elif isinstance(value, dict):
            inner_arrays, inner_others = split(value)
            arrays.update((f"{name}.{key}", inner) for key, inner in inner_arrays.items())
            if inner_others:
                others[name] = inner_others
        else:
            others[name] = value
    return arrays, others


def side_by_side(
    named: dict[str, object], constants: dict[str, object], needed: Sequence[str], place: str
) -> Table | Fault:
    """The table of arrays side by side.

    Args:
        named: Column or unknown name -> what the record has there.
        constants: What every record of the document has.
        needed: Columns of the time and of values: where one is there and not null, it is an array.
        place: Where the arrays are.
    """
    columns, others = split(named)
    single = [name for name in needed if others.get(name) is not None]
    sizes = {name: len(values) for name, values in columns.items() if isinstance(values, list)}
    if single:
        return Fault(reasons.WRONG_TYPE, f"{single[0]}: got a single value; legal: an array, as side_by_side says")
    if not sizes:
        return Fault(reasons.MISSING_FIELD, "no array is in the record; legal: arrays side by side")
    if len(set(sizes.values())) > 1:
        got = ", ".join(f"{name} has {size}" for name, size in sizes.items())
        detail = f"arrays of different lengths: {got}; legal: one value of each column for every record"
        return Fault(reasons.WRONG_TYPE, detail[:1000])
    lists: dict[str, Values] = {name: values for name, values in columns.items() if isinstance(values, list)}
    return Table(place, next(iter(sizes.values())), lists, {**constants, **others}, {})


def below_header(rows: Values, names: Sequence[str] | Fault, constants: dict[str, object], place: str) -> Table:
    """The table of rows that are arrays.

    Args:
        rows: Arrays of one value for each name.
        names: The header, or why there is none, which is the fault of each row.
        constants: What every row has.
        place: Where the rows are.
    """
    faults: dict[int, Fault] = {}
    count = 0 if isinstance(names, Fault) else len(names)
    if not isinstance(names, Fault) and {*map(type, rows)} == {list}:
        lists = cast("Sequence[list[object]]", rows)
        if {*map(len, lists)} == {count}:
            return Table(place, len(rows), dict(zip(names, _turned(lists, count))), constants, faults, rows)
    for number, row in enumerate(rows):
        if isinstance(names, Fault):
            faults[number] = names
        elif not isinstance(row, list):
            faults[number] = Fault(reasons.NOT_AN_OBJECT, "got a row that is no array; legal: arrays below a header")
        elif len(row) != count:
            detail = f"the row has {len(row)} values; the header has {count}"
            faults[number] = Fault(reasons.WRONG_FIELD_COUNT, detail)
    blank = [None] * count
    whole = [blank if number in faults else row for number, row in enumerate(rows)] if faults else rows
    columns: dict[str, Values] = {}
    if not isinstance(names, Fault):
        columns = dict(zip(names, _turned([row for row in whole if isinstance(row, list)], count if rows else 0)))
    return Table(place, len(rows), columns, constants, faults, rows)


def _turned(rows: Sequence[list[object]], count: int) -> Iterator[list[object]]:
    """The columns of rows of as many values. An iterator for each row, as `zip` makes them, costs ten times as much."""
    return (list(map(itemgetter(place), rows)) for place in range(count))


def header_names(document: object, path: Path, bound: tuple[object, ...]) -> list[str] | Fault:
    """The names in a header: texts, each once.

    Args:
        document: The document.
        path: Where the names are: an array of them, or what leads to each.
        bound: The keys and indexes that lead to the rows by `ALL`; further ones of the path lead to each name.
    """
    found = _found(document, path.steps, bound)
    if len(found) == 1 and isinstance(found[0], list):
        found = found[0]
    names = [name for name in found if isinstance(name, str)]
    if not found or len(names) < len(found):
        return Fault(reasons.MISSING_COLUMN, "no header of texts is where `header` says")
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        return Fault(reasons.MISSING_COLUMN, f"the header has {twice[0][:64]!r} twice")
    return names


def _found(value: object, steps: tuple[Step, ...], bound: tuple[object, ...]) -> list[object]:
    """What the steps lead to: `ALL` is the next of the bound ones, and then every one."""
    if not steps:
        return [value]
    step, rest = steps[0], steps[1:]
    if step is ALL and not bound:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return [one for each in inner for one in _found(each, rest, ())]
    place, left = (bound[0], bound[1:]) if step is ALL else (step, bound)
    if isinstance(place, str) and isinstance(value, dict) and place in value:
        return _found(value[place], rest, left)
    if isinstance(place, int) and isinstance(value, list) and 0 <= place < len(value):
        return _found(value[place], rest, left)
    return []
