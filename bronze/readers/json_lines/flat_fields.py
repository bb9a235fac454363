"""The fields of flat JSON objects, a line each, found on the quotation marks of many lines at once.

For lines that differ in their keys too. Between two texts of such a line is a colon, a comma, or a colon, a number or
one of `true`, `false`, `null`, and a comma; a blank may follow colon and comma. Every other line is left out.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bronze.readers.json_lines.line_form import Lines
from bronze.readers.json_lines.plain_numbers import are_numbers

Places = NDArray[np.int64]
Flags = NDArray[np.bool_]
LITERALS = (b"true", b"false", b"null")
_BLANK, _QUOTE, _COMMA, _COLON, _OPEN, _CLOSE, _NEWLINE = b' ",:{}\n'


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of some lines, in their order.

    Attributes:
        data: The buffer that holds the lines.
        line: For each field the place of its line among those that were given.
        key: Begin and end of each key, without its quotation marks; shape (fields, 2).
        value: The same of each value: a text without its quotation marks, a number or a literal.
        is_text: Whether each value is in quotation marks.
        is_literal: Whether each value is `true`, `false` or `null`.
    """

    data: bytes
    line: Places
    key: Places
    value: Places
    is_text: Flags
    is_literal: Flags

    def only(self, mask: Flags | Places) -> "Fields":
        """Some of the fields."""
        return Fields(
            self.data, self.line[mask], self.key[mask], self.value[mask], self.is_text[mask], self.is_literal[mask]
        )

    @property
    def keys(self) -> pa.Array:
        """Each key."""
        return texts_at(self.data, self.key)

    @property
    def values(self) -> pa.Array:
        """Each value as text."""
        return texts_at(self.data, self.value)


def texts_at(data: bytes, spans: Places) -> pa.Array:
    """The texts at places of a buffer of UTF-8; `spans` are begin and end of each, in ascending order."""
    if not len(spans):
        return pa.array([], pa.string())
    edges = pa.py_buffer(np.ascontiguousarray(spans, np.int32))
    parts = pa.Array.from_buffers(pa.binary(), 2 * len(spans) - 1, [None, edges, pa.py_buffer(data)])
    return parts.take(pa.array(np.arange(0, 2 * len(spans), 2))).view(pa.string())


def fields_of(lines: Lines) -> tuple[Flags, Fields]:
    """Which lines are plainly in order, and their fields.

    Args:
        lines: Lines without an escape.
    """
    text = np.frombuffer(lines.data, np.uint8)
    ends = lines.ends - (text[lines.ends - 1] == _NEWLINE)
    first, last = np.searchsorted(lines.quotes, lines.starts), np.searchsorted(lines.quotes, lines.ends)
    count = last - first
    fits = (count % 2 == 0) & (count > 0) & (ends - lines.starts > 1)
    fits &= (text[lines.starts] == _OPEN) & (text[np.minimum(lines.starts + 1, len(text) - 1)] == _QUOTE)
    fits &= text[np.maximum(ends - 1, 0)] == _CLOSE
    strings = _Strings.of(text, lines.quotes, first[fits], count[fits], ends[fits])
    good, fields = strings.fields(lines.data)
    fits[np.flatnonzero(fits)[~good]] = False
    return fits, fields


@dataclass(frozen=True, slots=True)
class _Strings:
    """The texts of lines: their quotation marks, which line each is in, what ends behind it and where."""

    text: NDArray[np.uint8]
    opening: Places
    closing: Places
    line: Places
    is_first: Flags
    is_last: Flags
    behind: Places
    lines: int

    @classmethod
    def of(cls, text: NDArray[np.uint8], quotes: Places, first: Places, count: Places, ends: Places) -> "_Strings":
        line = np.repeat(np.arange(len(count)), count)
        begins = np.cumsum(count) - count
        marks = quotes[np.arange(len(line)) - begins[line] + first[line]]
        opening, closing, line = marks[0::2], marks[1::2], line[0::2]
        is_first = np.diff(line, prepend=-1) != 0
        is_last = np.diff(line, append=len(count)) != 0
        behind = np.append(opening[1:], 0)
        behind[is_last] = ends[line[is_last]]
        return cls(text, opening, closing, line, is_first, is_last, behind, len(count))

    def fields(self, data: bytes) -> tuple[Flags, Fields]:
        """Which lines are in order, and their fields."""
        text, limit = self.text, len(self.text) - 1
        is_key = text[np.minimum(self.closing + 1, limit)] == _COLON
        start = np.minimum(self.closing + 2, limit)
        start = start + (text[start] == _BLANK)
        is_pair = is_key & (start == self.behind) & ~self.is_last
        is_value = np.append(False, is_pair[:-1]) if len(is_pair) else is_pair
        end = self._ends()
        good = (is_value == ~is_key) & ((end >= 0) | is_pair)
        good &= ~is_value | (end == self.closing + 1)
        is_bare = is_key & ~is_pair
        good &= ~is_bare | (start < end)
        order = np.ones(self.lines, np.bool_)
        order[self.line[~good]] = False
        return self._checked(data, order, np.flatnonzero(is_key), start, end, is_pair)

    def _ends(self) -> Places:
        """Where what is behind each text ends, before a comma or the closing brace; -1: with neither."""
        text = self.text
        end = self.behind - 1
        end = end - ((text[end] == _BLANK) & ~self.is_last)
        sign = np.where(self.is_last, _CLOSE, _COMMA)
        return np.where(text[end] == sign, end, -1)

    def _checked(
        self, data: bytes, order: Flags, keys: Places, start: Places, end: Places, is_pair: Flags
    ) -> tuple[Flags, Fields]:
        keys = keys[order[self.line[keys]]]
        is_text, behind = is_pair[keys], np.minimum(keys + 1, max(len(self.opening) - 1, 0))
        value = np.column_stack(
            (
                np.where(is_text, self.opening[behind] + 1, start[keys]),
                np.where(is_text, self.closing[behind], end[keys]),
            )
        )
        key = np.column_stack((self.opening[keys] + 1, self.closing[keys]))
        bare = np.flatnonzero(~is_text)
        is_literal, is_number = _bare(data, value[bare])
        literal = np.zeros(len(keys), np.bool_)
        literal[bare] = is_literal
        order[self.line[keys[bare[~is_number & ~is_literal]]]] = False
        place = np.cumsum(order) - 1
        found = Fields(data, place[self.line[keys]], key, value, is_text, literal)
        return order, found if order.all() else found.only(order[self.line[keys]])


def _bare(data: bytes, spans: Places) -> tuple[Flags, Flags]:
    """Which values without quotation marks are literals, and which are numbers."""
    texts = texts_at(data, spans)
    is_number = are_numbers(texts)
    if is_number.all():
        return ~is_number, is_number
    literals = pa.array([literal.decode() for literal in LITERALS], pa.string())
    return pc.is_in(texts, value_set=literals).to_numpy(zero_copy_only=False), is_number
