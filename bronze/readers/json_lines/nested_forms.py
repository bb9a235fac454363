"""Documents of one form: nested JSON whose text differs in the values only, read many at a time.

A document is parsed once with a mark in place of each value. The records of the marked document say where in the text
the value of each column is; in the other documents only the bytes between the values are compared.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bronze.readers.columns import typed_rows
from bronze.readers.json_lines.line_form import LineForm, Lines, form_of_values
from bronze.readers.json_lines.marks import Mark, Marked, restored
from bronze.readers.json_lines.written import is_written
from bronze.readers.plan import ReadPlan
from bronze.readers.shape import SourceRows
from bronze.readers.text.record import is_utf8
from domain.record.cells import ONLY, QUALITY, SCALAR, TEXT
from domain.record.faults import Fault, RecordError
from domain.record.json_documents import PLACE, Documents
from domain.record.json_object import json_value
from domain.record.senml import RELATIVE_BELOW
from domain.record.text_lines import MAX_LINE

_MOST_FORMS = 32
_FEWEST = 4  # documents worth a form of their own
_FEWEST_OF = 32  # of so many documents that are left one must be of a form that is worth it
_QUOTE, _ESCAPE, _SPACE = b'"\\ '
_VALUE = re.compile(rb'"([^"\\]*)"(\s*:)?|(-?[0-9][0-9.eE+-]*)')
_BASED_TIME = "t"
Places = NDArray[np.int64]
_Found = tuple[int, ...] | str | None
"""Of a column of a record: the numbers of the values that are its text, or a constant."""


@dataclass(frozen=True, slots=True)
class _Form:
    """What documents of one form have in common.

    Attributes:
        line: Where the values are; their names are their numbers.
        controls: How many control characters a document has: all of them are between its values.
        records: For each record what is found, by column.
        places: Where in the document each record is.
        absolute: Numbers of the values that are times of a SenML pack and must not be relative.
    """

    line: LineForm
    controls: int
    records: tuple[dict[str, _Found], ...]
    places: tuple[str | None, ...]
    absolute: frozenset[int] = frozenset()


class NestedForms:
    """Reads documents of the forms that were met so far, for one plan."""

    def __init__(self, plan: ReadPlan, documents: Documents) -> None:
        self._plan, self._documents = plan, documents
        self._forms: list[_Form] = []
        mapping = plan.mapping
        # These ask what a value is, not only where it is.
        asks = mapping.series or SCALAR in plan.fields.values()
        self._is_based = bool(mapping.base)
        has_time = mapping.time is not None and mapping.time.column == _BASED_TIME
        self._is_fast = not asks and (has_time or not self._is_based)

    def sources(self, data: bytes, starts: Places, ends: Places, left: Places) -> Iterator[SourceRows]:
        """Rows of the documents that are plainly in order, all records of each; `line` is the document's number.

        Args:
            data: Bytes that hold the documents.
            starts: Where each document begins.
            ends: Where each ends, without white space behind it.
            left: Numbers of the documents to read.
        """
        if not self._is_fast or not is_utf8(data):
            return
        text = np.frombuffer(data, np.uint8)
        quotes, controls = np.flatnonzero(text == _QUOTE), np.flatnonzero(text < _SPACE)
        escapes = np.flatnonzero(text == _ESCAPE)
        plain = np.searchsorted(escapes, starts) == np.searchsorted(escapes, ends)
        left = left[(plain & (ends - starts <= MAX_LINE))[left]]
        counts = np.searchsorted(controls, ends) - np.searchsorted(controls, starts)
        lines = Lines(data, quotes, starts, ends).with_counts()
        for form in self._forms:
            left = yield from self._rows(_fitting(form, lines, counts, left), len(starts), left)
        while len(left) >= _FEWEST and (new := self._learnt(lines, counts, left)) is not None:
            left = yield from self._rows(new, len(starts), left)

    def _rows(self, found: "_Fitting", size: int, left: Places) -> Generator[SourceRows, None, Places]:
        """Rows of the documents of one form; returns the numbers of those, of so many, that are still to be read."""
        if not len(found.documents):
            return left
        source = self._typed(found.form, found.texts, found.documents)
        if source is None:
            return left
        yield source
        taken = np.zeros(size, np.bool_)
        taken[source.line] = True
        return left[~taken[left]]

    def _typed(self, form: _Form, texts: dict[str, pa.Array], documents: Places) -> SourceRows | None:
        """All records of the documents, by document and then by place; only of documents that are wholly in order."""
        size, width = len(documents), len(form.records)
        raw = {
            column: pa.concat_arrays([_column(record.get(column), texts, size) for record in form.records])
            for column in self._plan.fields
        }
        places = [_constant(place, size) for place in form.places]
        place = pa.concat_arrays(places) if any(form.places) else None
        line = np.tile(documents, width)
        source = typed_rows(raw, pa.nulls(size * width, pa.string()), line, self._plan, place)
        if source is None:
            return None
        source = source.only(self._has_values(source))
        if len(source.line) < size * width:
            source = source.only(np.isin(source.line, _whole(source.line, width)))
        # The records are by place and then by document: all of them have their places.
        size = len(source.line) // width
        return source if width == 1 else source.taken(np.arange(size * width).reshape(width, size).T.ravel())

    def _has_values(self, source: SourceRows) -> NDArray[np.bool_]:
        """Which rows have a value; a row that lacks one may be no blank."""
        if not self._plan.cells:
            return np.ones(len(source.line), np.bool_)
        valid = np.zeros(len(source.line), np.bool_)
        for column in self._plan.cell_columns:
            valid |= source.columns[column].is_valid().to_numpy(zero_copy_only=False)
        return valid if source.is_other is None else valid | source.is_other

    def _learnt(self, lines: Lines, counts: Places, left: Places) -> "_Fitting | None":
        """A new form that some of the documents have; from now on known. Where keys are data, there are several."""
        for number in (left[0], left[len(left) // 2]) if len(self._forms) < _MOST_FORMS else ():
            form = self._form(lines.data[lines.starts[number] : lines.ends[number]], int(counts[number]))
            if form is not None:
                found = _fitting(form, lines, counts, left)
                if len(found.documents) >= max(_FEWEST, len(left) // _FEWEST_OF):
                    self._forms.append(form)
                    return found
        return None

    def _form(self, document: bytes, controls: int) -> _Form | None:
        values = [found for found in _VALUE.finditer(document) if found[2] is None]
        try:
            marked = Marked(json_value(document), as_values=self._is_based)
            records = [self._restored(record) for record in self._documents.of(marked.value)]
        except RecordError:
            return None
        is_text = tuple(found[3] is None for found in values)
        if marked.is_text != is_text or not records or not all(isinstance(record, dict) for record in records):
            return None
        named = [self._named(record, is_text) for record in records if isinstance(record, dict)]
        if not all(one is not None for one in named):
            return None
        line = form_of_values(document, [found.span(1 if found[3] is None else 3) for found in values], is_text)
        found_at = [record.get(PLACE) for record in records if isinstance(record, dict)]
        places = tuple(place if isinstance(place, str) else None for place in found_at)
        found = tuple(one for one in named if one is not None)
        times = (one.get(_BASED_TIME) for one in found if self._is_based)
        return _Form(
            line, controls, found, places, frozenset(n for time in times if isinstance(time, tuple) for n in time)
        )

    def _restored(self, record: dict[str, object] | Fault) -> dict[str, object] | None:
        if isinstance(record, Fault):
            return None
        return restored(record) if self._is_based else record

    def _named(self, record: dict[str, object], is_text: Sequence[bool]) -> dict[str, _Found] | None:
        """For each column the numbers of its values or its constant; None where a record must be decoded alone."""
        plan, found = self._plan, dict[str, _Found]()
        for column, value in record.items():
            if column == PLACE or (column == plan.mapping.blank_where and isinstance(value, bool)):
                continue
            if column not in plan.fields:
                return None
            kind = plan.fields[column]
            if isinstance(value, Mark):
                if not all(is_written(plan, column, is_text[number]) for number in value.numbers):
                    return None
                found[column] = value.numbers
            elif value is None or (isinstance(value, str) and kind in (TEXT, QUALITY, ONLY)):
                found[column] = value
            elif isinstance(value, bool) and kind == QUALITY:
                found[column] = "true" if value else "false"
            else:
                return None
        needs_value = bool(plan.cells) and plan.mapping.only_where is None
        return None if needs_value and not any(isinstance(found.get(c), tuple) for c in plan.cell_columns) else found


@dataclass(frozen=True, slots=True)
class _Fitting:
    """The documents that have a form, and their values as texts by number."""

    form: _Form
    documents: Places
    texts: dict[str, pa.Array]


def _fitting(form: _Form, lines: Lines, counts: Places, left: Places) -> _Fitting:
    """Those of the documents that are left."""
    fits, texts = form.line.values(lines.only(left))
    documents = left[fits]
    same = (counts[documents] == form.controls) & _are_absolute(form, texts, len(documents))
    if not same.all():
        texts, documents = {name: text.filter(pa.array(same)) for name, text in texts.items()}, documents[same]
    return _Fitting(form, documents, texts)


def _are_absolute(form: _Form, texts: dict[str, pa.Array], size: int) -> NDArray[np.bool_]:
    """Of which documents no time is relative to when they were sent."""
    same = np.ones(size, np.bool_)
    for number in form.absolute:
        try:
            times = texts[str(number)].cast(pa.float64())
        except pa.ArrowInvalid:
            return np.zeros(size, np.bool_)
        same &= pc.greater_equal(times, float(RELATIVE_BELOW)).to_numpy(zero_copy_only=False)
    return same


def _column(found: _Found, texts: dict[str, pa.Array], size: int) -> pa.Array:
    if not isinstance(found, tuple):
        return _constant(found, size)
    values = [texts[str(number)] for number in found]
    return values[0] if len(values) == 1 else pc.binary_join_element_wise(*values, "")


def _constant(text: str | None, size: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), size)


def _whole(line: Places, width: int) -> Places:
    """The documents all of whose records are there."""
    numbers, counts = np.unique(line, return_counts=True)
    return np.asarray(numbers[counts == width], np.int64)
