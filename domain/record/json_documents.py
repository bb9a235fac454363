"""Records of nested JSON: from one document to flat records by the names of the source's columns.

A column is a member of the record of just that name, or a path (`json_path`), or one of `@key` (the member's name by
which the record was found; `@key2` is that of the next one outward), `@index` (the element's place, from 0) and
`@value` (the record itself). A record that is an array has columns by place, such as `[0]`. `a|b` is `b` where `a` is
absent; a whole number found by such a second way is its text where the column is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

from domain.record import reasons
from domain.record.faults import Fault
from domain.record.json_path import ALL, Path, Step, is_path, parse_path
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
    def only_where(self) -> OnlyRule | None:
        """Which records are those of the source; None: all."""

    @property
    def series(self) -> SeriesRule | None:
        """How arrays of values are spread over time; None: a value is no array."""


class _Found(NamedTuple):
    """A record within a document: the value, and the keys and indexes that lead to it by `ALL`."""

    value: object
    bound: tuple[object, ...]
    place: str


class Documents:
    """Turns documents of one source into flat records.

    Args:
        rule: Where the records are.
        columns: Every source column that is read.
        cells: Those that hold values.
        ignored: Names and paths that are left out on purpose.
        texts: Those columns that are texts.
    """

    def __init__(
        self,
        rule: NestedRule,
        columns: Iterable[str],
        cells: Iterable[str],
        ignored: Iterable[str] = (),
        texts: Iterable[str] = (),
    ) -> None:
        self._rule = rule
        self._records = parse_path(rule.records) or Path(())
        named = dict.fromkeys((*columns, *((rule.blank_where,) if rule.blank_where else ())))
        self._columns = {name: [_Way(part) for part in name.split("|")] for name in named}
        self._cells, self._texts = tuple(cells), frozenset(texts)
        step = (rule.series.step,) if rule.series is not None and rule.series.step else ()
        paths = [part for name in (*named, *ignored, *step) for part in name.split("|")]
        self._used = _tree(path for part in paths if not part.startswith(("$", "@")) and (path := parse_path(part)))
        self._has_places = any(isinstance(step, int) for step in self._used)
        self._literal = frozenset(paths)
        self._step = _Way(step[0]) if step else None

    def of(self, document: object) -> Iterator[dict[str, object] | Fault]:
        """The flat records of a document, or why one cannot be read; an array is that many documents.

        A flat record has the columns that are there, the unknown rest by its names, and `PLACE` where the document
        holds several.
        """
        is_whole = self._rule.base or (self._records.steps and self._records.steps[0] is ALL and self._in_array())
        if isinstance(document, list) and not is_whole:
            for place, element in enumerate(document):
                yield from self._in(element, f"[{place}]")
        elif self._rule.base:
            yield from self._based(document)
        else:
            yield from self._in(document, "")

    def _in_array(self) -> bool:
        return self._rule.records.startswith(("[*]", "$[*]"))

    def _based(self, document: object) -> Iterator[dict[str, object] | Fault]:
        for place, record in enumerate(resolved(document)):
            if isinstance(record, Fault):
                yield record
            else:
                yield from self._record(_Found(record, (), f"[{place}]"), record)

    def _in(self, document: object, place: str) -> Iterator[dict[str, object] | Fault]:
        found = list(_walk(document, self._records.steps, (), place))
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
        is_there, value = _Way(rule.column).value(_Found(None, (), ""), document)
        return not OnlyWhere(rule).takes_value(value if is_there else None)

    def _record(self, found: _Found, document: object) -> Iterator[dict[str, object] | Fault]:
        is_legal = isinstance(found.value, dict) or (isinstance(found.value, list) and self._has_places)
        if not is_legal and not any("@value" in name for name in self._columns):
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
            flat.update(_rest(found.value, self._used, self._literal))
        elif isinstance(found.value, list) and self._has_places:
            flat.update((f"[{place}]", one) for place, one in enumerate(found.value) if place not in self._used)
        if self._rule.blank_where and flat.get(self._rule.blank_where) is True:
            flat.update((cell, None) for cell in self._cells if cell not in flat)
        if self._rule.series is not None:
            yield from self._timed_rows(flat, found, document)
            return
        yield {**flat, PLACE: found.place} if found.place else flat

    def _timed_rows(
        self, flat: dict[str, object], found: _Found, document: object
    ) -> Iterator[dict[str, object] | Fault]:
        """A record for each place of the arrays of values."""
        arrays = {cell: value for cell in self._cells if isinstance(value := flat.get(cell), list)}
        sizes = set(map(len, arrays.values()))
        if len(sizes) != 1:
            detail = "no array of values" if not sizes else "arrays of values of different lengths"
            yield Fault(reasons.WRONG_TYPE, f"{detail} in {', '.join(self._cells)}"[:500])
            return
        step_us = self._step_us(found, document)
        if step_us is None:
            yield Fault(reasons.WRONG_TYPE, "the time from one value to the next is no number")
            return
        for number in range(sizes.pop()):
            own = {cell: array[number] for cell, array in arrays.items()}
            yield {**flat, **own, OFFSET: round(number * step_us), PLACE: f"{found.place}[{number}]"}

    def _step_us(self, found: _Found, document: object) -> float | None:
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

    def value(self, found: _Found, document: object) -> tuple[bool, object]:
        """Whether it is there, and what it is."""
        text = self._text
        if isinstance(found.value, dict) and text in found.value:
            return True, found.value[text]
        if text.startswith("@"):
            return _named(text, found)
        if self._path is None or (len(self._path.steps) == 1 and not self._path.is_absolute):
            return (False, None) if self._path is None else _down(found.value, self._path.steps, ())
        start = document if self._path.is_absolute else found.value
        return _down(start, self._path.steps, found.bound)


def is_nested(rule: NestedRule, columns: Iterable[str]) -> bool:
    """Whether a source's records are not the flat objects of its documents."""
    return bool(rule.records or rule.base or rule.blank_where or rule.series or any(map(is_path, columns)))


def _named(text: str, found: _Found) -> tuple[bool, object]:
    if text == "@value":
        return True, found.value
    if text == "@index":
        indexes = [one for one in found.bound if isinstance(one, int)]
        return bool(indexes), indexes[-1] if indexes else None
    keys = [one for one in reversed(found.bound) if isinstance(one, str)]
    number = int(text[4:] or 1) if text[:4] == "@key" and text[4:].isdigit() | (text == "@key") else 0
    return (True, keys[number - 1]) if 0 < number <= len(keys) else (False, None)


def _walk(value: object, steps: tuple[Step, ...], bound: tuple[object, ...], place: str) -> Iterator[_Found]:
    """Every value that the steps lead to."""
    if not steps:
        yield _Found(value, bound, place)
        return
    step, rest = steps[0], steps[1:]
    if step is ALL:
        for key, inner in _inner(value):
            yield from _walk(
                inner, rest, (*bound, key), f"{place}[{key}]" if isinstance(key, int) else f"{place}.{key}"
            )
        return
    is_there, inner = _step(value, step)
    if is_there:
        yield from _walk(inner, rest, bound, f"{place}.{step}" if place else str(step))


def _inner(value: object) -> Iterable[tuple[object, object]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _down(value: object, steps: tuple[Step, ...], bound: tuple[object, ...]) -> tuple[bool, object]:
    """What the steps lead to; each `ALL` is the next of those by which the record was found."""
    found_by = iter(bound)
    for step in steps:
        is_there, value = _step(value, next(found_by, None) if step is ALL else step)
        if not is_there:
            return False, None
    return True, value


def _step(value: object, step: object) -> tuple[bool, object]:
    if isinstance(step, str):
        return (True, value[step]) if isinstance(value, dict) and step in value else (False, None)
    if isinstance(step, int) and isinstance(value, list) and step < len(value):
        return True, value[step]
    return False, None


Tree = Mapping[object, object]


def _tree(paths: Iterable[Path]) -> dict[object, object]:
    root: dict[object, object] = {}
    for path in paths:
        level = root
        for step in path.steps[:-1]:
            inner = level.setdefault(step, {})
            if not isinstance(inner, dict):
                break
            level = inner
        else:
            level.setdefault(path.steps[-1], None)
    return root


def _rest(record: dict[str, object], used: Tree, literal: frozenset[str]) -> dict[str, object]:
    """What of a record no column reads."""
    found: dict[str, object] = {}
    for name, value in record.items():
        if name in literal:
            continue
        if name not in used:
            found[name] = value
            continue
        inner = used[name]
        if isinstance(inner, dict) and isinstance(value, dict):
            if rest := _rest(value, inner, frozenset()):
                found[name] = rest
        elif isinstance(inner, dict) and not isinstance(value, (dict, list)):
            found[name] = value
    return found
