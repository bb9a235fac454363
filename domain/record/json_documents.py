"""Records of nested JSON: from one document to flat records by the names of the source's columns.

A column is a member of the record of just that name, or a path (`json_path`), or one of `@key` (the member's name by
which the record was found; `@key2` is that of the next one outward), `@index` (the element's place, from 0) and
`@value` (the record itself). A record that is an array has columns by place, such as `[0]`. `a|b` is `b` where `a` is
absent; a whole number found by such a second way is its text where the column is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from domain.record import reasons
from domain.record.faults import Fault
from domain.record.json_path import ALL, Path, is_path, parse_path
from domain.record.json_table import Table, Values, below_header, header_names, side_by_side
from domain.record.json_walk import Found, down, rest_of, tree_of, walk
from domain.record.only_where import OnlyRule, OnlyWhere
from domain.record.senml import resolved

PLACE, OFFSET = "@place", "@offset_us"
"""Names under which a flat record says where it was found, and how much later its time is than its time column says."""
UNITS_US = {"s": 1_000_000, "ms": 1_000, "us": 1}


class SeriesRule(Protocol):
    """Values as arrays: the time from one to the next."""

    @property
    def step(self) -> str:
        """The column with the time from one value to the next."""

    @property
    def every(self) -> float:
        """That time where it is the same for all, else 0."""

    @property
    def unit(self) -> str:
        """Its unit: s, ms or us."""


class NestedRule(Protocol):
    """What of a source says where its records are."""

    @property
    def records(self) -> str:
        """Path of the records within a document; empty: the document is one."""

    @property
    def base(self) -> str:
        """Empty, or senml: base fields are resolved (RFC 8428)."""

    @property
    def blank_where(self) -> str:
        """The column that is true where a record has no value; empty: none."""

    @property
    def side_by_side(self) -> bool:
        """Whether a record is an object of arrays: each place of them is a record."""

    @property
    def header(self) -> str:
        """Path to the names of the elements, where records are arrays; empty: their columns are by place."""

    @property
    def only_where(self) -> OnlyRule | None:
        """Which records are those of the source; None: all."""

    @property
    def series(self) -> SeriesRule | None:
        """How arrays of values are spread over time; None: a value is no array."""


class Documents:
    """Turns documents of one source into flat records.

    Args:
        rule: Where the records are.
        columns: Every source column that is read.
        cells: Those that hold values.
        ignored: Names and paths that are left out on purpose.
        texts: Those columns that are texts.
        times: Those columns that make the time.
    """

    def __init__(
        self,
        rule: NestedRule,
        columns: Iterable[str],
        cells: Iterable[str],
        ignored: Iterable[str] = (),
        texts: Iterable[str] = (),
        times: Iterable[str] = (),
    ) -> None:
        self._rule = rule
        self._records = parse_path(rule.records) or Path(())
        named = dict.fromkeys((*columns, *((rule.blank_where,) if rule.blank_where else ())))
        self._columns = {name: [_Way(part) for part in name.split("|")] for name in named}
        self._cells, self._texts = tuple(cells), frozenset(texts)
        step = (rule.series.step,) if rule.series is not None and rule.series.step else ()
        paths = [part for name in (*named, *ignored, *step) for part in name.split("|")]
        self._used = tree_of(path for part in paths if not part.startswith(("$", "@")) and (path := parse_path(part)))
        self._has_places = any(isinstance(step, int) for step in self._used)
        self._literal = frozenset(paths)
        self._header = parse_path(rule.header) if rule.header else None
        self._arrays = (*times, *self._cells)
        self._step = _Way(step[0]) if step else None

    def of(self, document: object) -> Iterator[dict[str, object] | Fault]:
        """The flat records of a document, or why one cannot be read; an array is that many documents.

        A flat record has the columns that are there, the unknown rest by its names, and `PLACE` where the document
        holds several.
        """
        if self.has_tables:
            for table in self.tables(document):
                yield from _records_of(table)
            return
        if isinstance(document, list) and not self._is_whole:
            for place, element in enumerate(document):
                yield from self._in(element, f"[{place}]")
        elif self._rule.base:
            yield from self._based(document)
        else:
            yield from self._in(document, "")

    @property
    def has_tables(self) -> bool:
        """Whether the records of a document are those of tables."""
        return self._rule.side_by_side or self._header is not None

    def tables(self, document: object) -> Iterator[Table | Fault]:
        """The tables of a document, of a source that has tables, or why there is none."""
        if isinstance(document, list) and not self._is_whole:
            for place, element in enumerate(document):
                yield from self._tables(element, f"[{place}]")
        else:
            yield from self._tables(document, "")

    @property
    def _is_whole(self) -> bool:
        """Whether an array at the top is one document."""
        return bool(self._rule.base) or self._rule.records.startswith(("[*]", "$[*]"))

    def _tables(self, document: object, place: str) -> Iterator[Table | Fault]:
        steps = self._records.steps if self._header is None else self._records.steps[:-1]
        found = list(walk(document, steps, (), place))
        if not found and self._is_other(document):
            yield Table(place, 1, {}, {}, {})
        elif not found:
            yield Fault(reasons.MISSING_FIELD, f"no record at {self._rule.records!r} of the document")
        for one in found:
            yield self._beside(one, document) if self._header is None else self._below(self._header, one, document)

    def _beside(self, found: Found, document: object) -> Table | Fault:
        """The table of arrays side by side."""
        if not isinstance(found.value, dict):
            return Fault(
                reasons.NOT_AN_OBJECT, f"got no object{f' at {found.place}' * bool(found.place)}; legal: arrays"
            )
        named: dict[str, object] = {}
        constants: dict[str, object] = {}
        for name, ways in self._columns.items():
            for way in ways:
                is_there, value = way.value(found, document)
                if is_there:
                    (constants if way.is_outside else named)[name] = value
                    break
        return side_by_side(
            {**named, **rest_of(found.value, self._used, self._literal)}, constants, self._arrays, found.place
        )

    def _below(self, header: Path, found: Found, document: object) -> Table | Fault:
        """The table of the rows below a header."""
        if not isinstance(found.value, list):
            return Fault(reasons.NOT_AN_OBJECT, f"got no array at {self._rule.records!r}; legal: rows that are arrays")
        names = header_names(document, header, found.bound)
        table = below_header(found.value, names, {}, found.place)
        columns = {name: values for name, values in table.columns.items() if name not in self._literal}
        constants: dict[str, object] = {}
        for name, ways in self._columns.items():
            for number, way in enumerate(ways):
                if (values := way.values(table, found.bound, document)) is not None:
                    columns[name] = _texts(values) if number and name in self._texts else values
                    break
        return table._replace(columns=columns, constants=constants)

    def _based(self, document: object) -> Iterator[dict[str, object] | Fault]:
        for place, record in enumerate(resolved(document)):
            if isinstance(record, Fault):
                yield record
            else:
                yield from self._record(Found(record, (), f"[{place}]"), record)

    def _in(self, document: object, place: str) -> Iterator[dict[str, object] | Fault]:
        found = list(walk(document, self._records.steps, (), place))
        if not found and not self._is_other(document):
            detail = f"no record at {self._rule.records!r} of the document"
            yield Fault(reasons.MISSING_FIELD, detail)
        elif not found:
            yield {}
        for one in found:
            yield from self._record(one, document)

    def _is_other(self, document: object) -> bool:
        """Whether a document without a record has none of the source, as its own column says."""
        rule = self._rule.only_where
        if rule is None or not rule.column.startswith("$"):
            return False
        is_there, value = _Way(rule.column).value(Found(None, (), ""), document)
        return not OnlyWhere(rule).takes_value(value if is_there else None)

    def _is_member(self, found: Found) -> bool:
        """Whether a record is a member of an object, by its key; an element of an array is expected to be a record."""
        by_key = bool(found.bound) and isinstance(found.bound[-1], str)
        return by_key and self._records.steps[-1:] == (ALL,)

    def _is_of_others(self, fields: Mapping[str, object]) -> bool:
        """Whether a record is none of the source, whatever else is wrong with it."""
        rule = self._rule.only_where
        return rule is not None and not OnlyWhere(rule).takes(fields)

    def _record(self, found: Found, document: object) -> Iterator[dict[str, object] | Fault]:
        is_legal = isinstance(found.value, dict) or (isinstance(found.value, list) and self._has_places)
        if not is_legal and not any("@value" in name for name in self._columns):
            if self._is_member(found) and self._is_of_others({}):
                yield {PLACE: found.place}
                return
            got = "an array" if isinstance(found.value, list) else "a single value"
            yield Fault(reasons.NOT_AN_OBJECT, f"got {got}; legal: an object{f' at {found.place}' * bool(found.place)}")
            return
        flat: dict[str, object] = {}
        for name, ways in self._columns.items():
            for number, way in enumerate(ways):
                is_there, value = way.value(found, document)
                if is_there:
                    is_whole = isinstance(value, int) and not isinstance(value, bool)
                    flat[name] = str(value) if number and is_whole and name in self._texts else value
                    break
        if isinstance(found.value, dict):
            flat.update(rest_of(found.value, self._used, self._literal))
        elif isinstance(found.value, list) and self._has_places:
            flat.update((f"[{place}]", one) for place, one in enumerate(found.value) if place not in self._used)
        if self._rule.blank_where and flat.get(self._rule.blank_where) is True:
            flat.update((cell, None) for cell in self._cells if cell not in flat)
        if self._rule.series is not None:
            yield from self._timed_rows(flat, found, document)
            return
        yield {**flat, PLACE: found.place} if found.place else flat

    def _timed_rows(
        self, flat: dict[str, object], found: Found, document: object
    ) -> Iterator[dict[str, object] | Fault]:
        """A record for each place of the arrays of values."""
        arrays = {cell: value for cell in self._cells if isinstance(value := flat.get(cell), list)}
        sizes = set(map(len, arrays.values()))
        step_us = self._step_us(found, document)
        if (len(sizes) != 1 or step_us is None) and self._is_of_others(flat):
            yield {**flat, PLACE: found.place}
            return
        if len(sizes) != 1:
            detail = "no array of values" if not sizes else "arrays of values of different lengths"
            yield Fault(reasons.WRONG_TYPE, f"{detail} in {', '.join(self._cells)}"[:500])
            return
        if step_us is None:
            yield Fault(reasons.WRONG_TYPE, "the time from one value to the next is no number")
            return
        for number in range(sizes.pop()):
            own = {cell: array[number] for cell, array in arrays.items()}
            yield {**flat, **own, OFFSET: round(number * step_us), PLACE: f"{found.place}[{number}]"}

    def _step_us(self, found: Found, document: object) -> float | None:
        series = self._rule.series
        step: object = series.every if series is not None else None
        if self._step is not None:
            step = self._step.value(found, document)[1]
        if isinstance(step, bool) or not isinstance(step, (int, float)) or series is None or not abs(step) < 1e15:
            return None
        return step * UNITS_US[series.unit]


class _Way:
    """One way to a column's value."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._path = None if text.startswith("@") else parse_path(text)

    @property
    def is_outside(self) -> bool:
        """Whether it begins at the document, or names what leads to the record."""
        return self._text.startswith("@") or (self._path is not None and self._path.is_absolute)

    def values(self, table: Table, bound: tuple[object, ...], document: object) -> Values | None:
        """The value for each row of a table below a header; None where there is none."""
        if self._text in table.columns:
            return table.columns[self._text]
        if (
            not self.is_outside
            and self._path is not None
            and self._path.steps[:1]
            and self._path.steps[0] in table.columns
        ):
            inner = table.columns[str(self._path.steps[0])]
            return [down(value, self._path.steps[1:], ())[1] for value in inner]
        if not self.is_outside:
            return None
        found = [self.value(Found(None, (*bound, number), ""), document) for number in range(table.size)]
        return [value for _, value in found] if any(is_there for is_there, _ in found) else None

    def value(self, found: Found, document: object) -> tuple[bool, object]:
        """Whether it is there, and what it is."""
        text = self._text
        if isinstance(found.value, dict) and text in found.value:
            return True, found.value[text]
        if text.startswith("@"):
            return _named(text, found)
        if self._path is None or (len(self._path.steps) == 1 and not self._path.is_absolute):
            return (False, None) if self._path is None else down(found.value, self._path.steps, ())
        start = document if self._path.is_absolute else found.value
        return down(start, self._path.steps, found.bound)


def is_nested(rule: NestedRule, columns: Iterable[str]) -> bool:
    """Whether a source's records are not the flat objects of its documents."""
    declared = (rule.records, rule.base, rule.blank_where, rule.series, rule.side_by_side, rule.header)
    return any(map(bool, declared)) or any(map(is_path, columns))


def _records_of(table: Table | Fault) -> Iterator[dict[str, object] | Fault]:
    if isinstance(table, Fault):
        yield table
        return
    for number in range(table.size):
        record = table.record(number)
        yield record if isinstance(record, Fault) else {**record, PLACE: f"{table.place}[{number}]"}


def _texts(values: Values) -> Values:
    """The values with whole numbers as texts."""
    return [str(value) if type(value) is int else value for value in values]


def _named(text: str, found: Found) -> tuple[bool, object]:
    if text == "@value":
        return True, found.value
    if text == "@index":
        indexes = [one for one in found.bound if isinstance(one, int)]
        return bool(indexes), indexes[-1] if indexes else None
    keys = [one for one in reversed(found.bound) if isinstance(one, str)]
    number = int(text[4:] or 1) if text[:4] == "@key" and text[4:].isdigit() | (text == "@key") else 0
    return (True, keys[number - 1]) if 0 < number <= len(keys) else (False, None)
