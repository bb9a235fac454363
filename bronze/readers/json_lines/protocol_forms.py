"""Lines of InfluxDB's line protocol of one form: they differ in their values only, and are read many at a time.

One line is taken apart and shows where its values begin and end, counted in commas, equals signs and blanks. In the
other lines the bytes between the values are compared. The measurement is one of them. A line with an escape, a
quotation mark or a control character has no form, and neither has one without a time.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bronze.readers.columns import typed_rows
from bronze.readers.json_lines.line_form import LineForm, Lines, form_of_values
from bronze.readers.json_lines.written import is_written
from bronze.readers.plan import ReadPlan
from bronze.readers.shape import SourceRows
from bronze.readers.text.record import is_utf8
from domain.record.cells import INTEGER, NUMBER, TIME
from domain.record.line_protocol import MEASUREMENT
from domain.record.line_protocol import TIME as STAMP
from domain.record.text_lines import MAX_LINE

Places = NDArray[np.int64]
_MOST_FORMS = 32
_FEWEST = 4  # lines worth a form of their own
_FEWEST_OF = 32  # of so many lines that are left one must be of a form that is worth it
_MARKS = b",= "
_IS_MARK, _IS_ODD = np.zeros(256, np.bool_), np.zeros(256, np.bool_)
_IS_MARK[list(_MARKS)] = True
_IS_ODD[[*range(ord(" ")), *b'"\\']] = True
_LINE = re.compile(
    rb"[!-+\--<>-~][^,= ]*((?:,[^,= ]+=[^,= ]+)*) ([^,= ]+=[^,= ]+(?:,[^,= ]+=[^,= ]+)*) (-?[0-9]{1,19})"
)
_PAIR = re.compile(rb"([^,= ]+)=([^,= ]+)")
_FLOAT, _WHOLE = re.compile(rb"[0-9.eE+-]+"), re.compile(rb"-?[0-9]{1,19}[iu]")
_DIGITS = r"^-?[0-9]{1,19}$"


@dataclass(frozen=True, slots=True)
class _Value:
    """One value of a line: its name, where it is in the line, and how it is written."""

    name: str
    span: tuple[int, int]
    is_text: bool
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class _Form:
    """What lines of one form have in common: their measurement, and name and kind of each value."""

    line: LineForm
    measurement: str
    values: tuple[_Value, ...]

    def texts(self, lines: Lines) -> tuple[NDArray[np.bool_], dict[str, pa.Array]]:
        """Which lines are of the form, and by name their values as text."""
        fits, found = self.line.values(lines)
        texts = {value.name: found[str(number)] for number, value in enumerate(self.values)}
        same = np.ones(int(fits.sum()), np.bool_)
        for value in self.values:
            if value.is_text:
                same &= pc.greater(pc.binary_length(texts[value.name]), 0).to_numpy(zero_copy_only=False)
            elif value.is_whole:
                same &= pc.match_substring_regex(texts[value.name], _DIGITS).to_numpy(zero_copy_only=False)
        if not same.all():
            fits[np.flatnonzero(fits)[~same]] = False
            texts = {name: text.filter(pa.array(same)) for name, text in texts.items()}
        size = int(fits.sum())
        return fits, texts | {MEASUREMENT: pa.repeat(pa.scalar(self.measurement, pa.string()), size)}


class ProtocolForms:
    """Reads lines of the forms that were met so far, for one plan."""

    def __init__(self, plan: ReadPlan) -> None:
        self._plan = plan
        self._forms: list[_Form] = []

    def sources(self, data: bytes, starts: Places, ends: Places) -> Iterator[SourceRows]:
        """Rows of the lines that are plainly in order, `line` from 0; a line that has none of the forms is left out.

        Args:
            data: Bytes that hold the lines.
            starts: Where each line begins.
            ends: Where each ends, without its line end.
        """
        if not is_utf8(data):
            return
        text = np.frombuffer(data, np.uint8)
        odd = np.flatnonzero(_IS_ODD[text])
        plain = np.searchsorted(odd, starts) == np.searchsorted(odd, ends)
        left = np.flatnonzero(plain & (ends - starts <= MAX_LINE))
        lines = Lines(data, np.flatnonzero(_IS_MARK[text]), starts, ends)
        for form in self._forms:
            left = yield from self._rows(form, lines, left)
        while len(left) >= _FEWEST and (new := self._learnt(lines, left)) is not None:
            left = yield from self._rows(new, lines, left)

    def _rows(self, form: _Form, lines: Lines, left: Places) -> Generator[SourceRows, None, Places]:
        """Rows of one form; returns the lines that are left."""
        fits, texts = form.texts(lines.only(left))
        if not fits.any():
            return left
        absent = pa.nulls(int(fits.sum()), pa.string())
        raw = {column: texts.get(column, absent) for column in self._plan.fields}
        source = typed_rows(raw, absent, left[fits], self._plan)
        if source is not None:
            yield source
        return left[~fits]

    def _learnt(self, lines: Lines, left: Places) -> _Form | None:
        """A new form that some of the lines have; from now on known."""
        for number in left[:: -(-len(left) // 4)] if len(self._forms) < _MOST_FORMS else ():
            form = _form_of(lines.data[lines.starts[number] : lines.ends[number]])
            if form is not None and self._suits(form):
                fitting = int(form.texts(lines.only(left))[0].sum())
                if fitting >= max(_FEWEST, len(left) // _FEWEST_OF):
                    self._forms.append(form)
                    return form
        return None

    def _suits(self, form: _Form) -> bool:
        """Whether every name is known and its values are written as its kind is, and one holds readings."""
        plan = self._plan
        values = (*form.values, _Value(MEASUREMENT, (0, 0), is_text=True))
        names = {value.name for value in values}
        return (
            plan.known.issuperset(names)
            and all(self._is_legal(value) for value in values if value.name in plan.fields)
            and (not plan.cells or any(column in names for column in plan.cell_columns))
        )

    def _is_legal(self, value: _Value) -> bool:
        """Whether a column may be read from the text of such a value: `5` is a float here, and `5i` a whole number."""
        kind = self._plan.fields[value.name]
        if value.is_text or (kind == TIME and value.name == STAMP):
            return is_written(self._plan, value.name, value.is_text)
        return kind == NUMBER or (kind == INTEGER and value.is_whole)


def _form_of(line: bytes) -> _Form | None:
    """The form of a line; None where it is not plain, has a field that is no number, or has one name twice."""
    found = _LINE.fullmatch(line)
    if found is None or line.startswith(b"#"):
        return None
    values = []
    for pair in _PAIR.finditer(line, found.start(1), found.end(1)):
        values.append(_Value(pair[1].decode(), pair.span(2), is_text=True))
    for pair in _PAIR.finditer(line, found.start(2), found.end(2)):
        is_whole = _WHOLE.fullmatch(pair[2]) is not None
        if not is_whole and _FLOAT.fullmatch(pair[2]) is None:
            return None
        values.append(
            _Value(pair[1].decode(), (pair.start(2), pair.end(2) - is_whole), is_text=False, is_whole=is_whole)
        )
    values.append(_Value(STAMP, found.span(3), is_text=False, is_whole=True))
    if len({MEASUREMENT, *(value.name for value in values)}) <= len(values):
        return None
    form = form_of_values(line, [value.span for value in values], tuple(value.is_text for value in values), _MARKS)
    measurement = line[: found.start(1)].decode()
    return _Form(form, measurement, tuple(values))
