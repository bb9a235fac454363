"""The forms that a source's lines have, learnt from the lines themselves; rows of the lines of each form."""

from collections.abc import Generator, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bronze.readers.columns import typed_rows
from bronze.readers.json_lines.field_rows import FieldRows
from bronze.readers.json_lines.line_form import LineForm, Lines, form_of
from bronze.readers.json_lines.written import is_written
from bronze.readers.plan import ReadPlan
from bronze.readers.shape import SourceRows
from bronze.readers.text.lines import Block
from bronze.readers.text.record import is_utf8
from domain.record.cells import TEXT
from domain.record.text_lines import MAX_LINE

_MOST_FORMS = 4
_FEWEST_LINES = 4  # worth a form of their own
_FEWEST_OF = 256  # of so many lines one must be: fewer are read one by one in less time
_QUOTE, _ESCAPE, _SPACE = b'"\\ '
_WHOLE = "^(?:0|-?[1-9][0-9]*)$"  # as Python writes it too


class JsonForms:
    """Reads lines of the forms that were met so far, for one plan."""

    def __init__(self, plan: ReadPlan) -> None:
        self._plan = plan
        self._forms: list[LineForm] = []
        self._fields = FieldRows(plan)

    def sources(self, block: Block) -> Iterator[SourceRows]:
        """Rows of the lines that are plainly in order, `line` from 0; a line that has none of the forms is left out."""
        text = np.frombuffer(block.data, np.uint8)
        if not is_utf8(block.data) or np.count_nonzero(text < _SPACE) != block.newlines:
            return
        lines = Lines(block.data, np.flatnonzero(text == _QUOTE), block.starts, block.ends)
        left = np.flatnonzero(_has_no_escape(text, lines) & (block.ends - block.starts <= MAX_LINE))
        for form in self._forms:
            left = yield from self._rows(form, lines, left)
        fewest = max(_FEWEST_LINES, len(block.ends) // _FEWEST_OF)
        while len(left) >= fewest and (new := self._learnt(lines.only(left))) is not None:
            left = yield from self._rows(new, lines, left)
        if len(left) >= fewest:
            yield from self._fields.sources(lines.only(left), left)

    def _rows(
        self, form: LineForm, lines: Lines, left: NDArray[np.int64]
    ) -> Generator[SourceRows, None, NDArray[np.int64]]:
        """Rows of one form; returns the lines that are left."""
        fits, texts = self._values(form, lines.only(left))
        absent = pa.nulls(int(fits.sum()), pa.string())
        raw = {column: texts.get(column, absent) for column in self._plan.fields}
        source = typed_rows(raw, absent, left[fits], self._plan)
        if source is None:
            return left
        yield source
        return left[~fits]

    def _values(self, form: LineForm, lines: Lines) -> tuple[NDArray[np.bool_], dict[str, pa.Array]]:
        """Which lines are of the form, and their values; a name without quotes is a whole number in each."""
        fits, texts = form.values(lines)
        written = zip(form.names, form.is_text, strict=True)
        bare = [name for name, is_text in written if not is_text and self._plan.fields.get(name) == TEXT]
        if not bare or not fits.any():
            return fits, texts
        are_whole = np.ones(int(fits.sum()), np.bool_)
        for name in bare:
            found = pc.match_substring_regex(texts[name], _WHOLE)
            are_whole &= pc.fill_null(found, False).to_numpy(zero_copy_only=False)
        if not are_whole.all():
            fits[np.flatnonzero(fits)[~are_whole]] = False
            texts = {name: text.filter(pa.array(are_whole)) for name, text in texts.items()}
        return fits, texts

    def _learnt(self, lines: Lines) -> LineForm | None:
        """A new form that half of the lines have, or more; from now on known."""
        for place in (0, len(lines.starts) // 2) if len(self._forms) < _MOST_FORMS else ():
            form = form_of(lines.data[lines.starts[place] : lines.ends[place]])
            if form is not None and self._suits(form) and 2 * self._values(form, lines)[0].sum() >= len(lines.starts):
                self._forms.append(form)
                return form
        return None

    def _suits(self, form: LineForm) -> bool:
        """Whether every key is known and its values are written as its kind is, and one holds readings."""
        plan = self._plan
        written = dict(zip(form.names, form.is_text, strict=True))
        return (
            plan.known.issuperset(written)
            and all(
                is_written(plan, column, is_text) or (plan.fields[column] == TEXT and not is_text)
                for column, is_text in written.items()
                if column in plan.fields
            )
            and (not plan.cells or any(column in written for column in plan.cell_columns))
        )


def _has_no_escape(text: NDArray[np.uint8], lines: Lines) -> NDArray[np.bool_]:
    has_none = np.ones(len(lines.ends), np.bool_)
    has_none[np.searchsorted(lines.ends, np.flatnonzero(text == _ESCAPE), side="right")] = False
    return has_none
