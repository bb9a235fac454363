"""Lines of one form: JSON objects whose text differs in the values only, as most producers write them.

The bytes between the values are the same in every line. One line is parsed and shows where values begin and end,
counted in quotation marks. In the other lines only the bytes between are compared, many lines at a time.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bronze.readers.json_lines.plain_numbers import are_numbers

Places = NDArray[np.int64]
_SAMPLE = 64
"""Lines by which the byte is found that tells those of a form from others."""
_FIELD = re.compile(rb'"([^"\\]*)"\s*:\s*(?:"([^"\\]*)"|(-?[0-9][0-9.eE+-]*))')


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines within one buffer of valid UTF-8 without control characters but newlines.

    Attributes:
        data: The buffer.
        quotes: Places of all its quotation marks.
        starts: Where each line begins.
        ends: Where each line ends, behind its newline.
        counted: For each line the number of its first quotation mark among all, and that of the first one behind it;
            None: not counted yet.
    """

    data: bytes
    quotes: Places
    starts: Places
    ends: Places
    counted: tuple[Places, Places] | None = None

    def only(self, mask: NDArray[np.bool_] | Places) -> "Lines":
        """Some of the lines."""
        counted = None if self.counted is None else (self.counted[0][mask], self.counted[1][mask])
        return Lines(self.data, self.quotes, self.starts[mask], self.ends[mask], counted)

    def with_counts(self) -> "Lines":
        """The same, counted once for many forms."""
        return replace(self, counted=_quotes_of(self))


@dataclass(frozen=True, slots=True)
class _Edge:
    """A place in a line: so many bytes from its quotation mark of that number; without one, from its end."""

    quote: int | None
    offset: int

    def of(self, lines: Lines, first: Places) -> Places:
        """The place in each line, whose first quotation marks are `first` among all."""
        anchor = lines.ends if self.quote is None else lines.quotes[first + self.quote]
        return anchor + self.offset


@dataclass(frozen=True, slots=True)
class LineForm:
    """What lines of one form have in common.

    Attributes:
        names: The keys, in order.
        is_text: For each key whether its value is in quotes; else it is a number.
        quotes: How many quotation marks a line has.
    """

    names: tuple[str, ...]
    is_text: tuple[bool, ...]
    quotes: int
    _between: tuple[bytes, ...]
    _edges: tuple[_Edge, ...]

    def values(self, lines: Lines) -> tuple[NDArray[np.bool_], dict[str, pa.Array]]:
        """Which lines are of the form, and by key their values as text, numbers too. A line with an escape is not."""
        first, last = _quotes_of(lines)
        fits = last - first == self.quotes
        self._leave_out_others(fits, lines, first)
        edges = self._places(lines.only(fits), first[fits])
        # A number that is not there would begin behind its end.
        edges = _narrowed(fits, edges, _all_of_each(edges[:, 1:] >= edges[:, :-1]))
        edges = _narrowed(fits, edges, _Fields.of(lines.data, edges).lie_between(self._between))
        parts = _Fields.of(lines.data, edges)
        texts = {name: parts.texts(2 * number + 1) for number, name in enumerate(self.names)}
        same = np.ones(parts.count, np.bool_)
        for name, is_text in zip(self.names, self.is_text, strict=True):
            same &= True if is_text else are_numbers(texts[name])
        _narrowed(fits, edges, same)
        return fits, texts if same.all() else {name: text.filter(pa.array(same)) for name, text in texts.items()}

    def _leave_out_others(self, fits: NDArray[np.bool_], lines: Lines, first: Places) -> None:
        """Let lines fit no more that differ in one byte: the one in which most lines of a sample differ."""
        rows = np.flatnonzero(fits)
        sample = rows[:: max(1, len(rows) // _SAMPLE)]
        edges = self._places(lines.only(sample), first[sample])
        edges = edges[_all_of_each(edges[:, 1:] >= edges[:, :-1])]
        found = _Fields.of(lines.data, edges).differs_most(self._between)
        if found is None:
            return
        part, offset = found
        some = lines.only(rows)
        at = (self._edges[2 * part - 1].of(some, first[rows]) if part else some.starts) + offset
        is_within = (at >= some.starts) & (at < some.ends)
        same = np.frombuffer(lines.data, np.uint8)[np.where(is_within, at, 0)] == self._between[part][offset]
        fits[rows[~(is_within & same)]] = False

    def _places(self, lines: Lines, first: Places) -> NDArray[np.int32]:
        """Begin and end of the line and, in between, of each value."""
        places = np.empty((len(first), len(self._edges) + 2), np.int32)
        places[:, 0], places[:, -1] = lines.starts, lines.ends
        for number, edge in enumerate(self._edges, 1):
            places[:, number] = edge.of(lines, first)
        return places


@dataclass(frozen=True, slots=True)
class _Fields:
    """Lines cut at edges, as an Arrow array over the buffer itself. What lies between two lines is an element too."""

    parts: pa.Array
    edges: NDArray[np.int32]
    count: int
    width: int

    @classmethod
    def of(cls, data: bytes, edges: NDArray[np.int32]) -> "_Fields":
        count, width = edges.shape
        buffers = [None, pa.py_buffer(np.ascontiguousarray(edges)), pa.py_buffer(data)]
        return cls(pa.Array.from_buffers(pa.binary(), max(0, count * width - 1), buffers), edges, count, width)

    def lie_between(self, expected: tuple[bytes, ...]) -> NDArray[np.bool_]:
        """Whether what is between the values of each line is what is expected: all of it compared at once."""
        same, differs = self._compared(expected)
        same[same] = ~differs.any(axis=1) if differs.any() else True
        return same

    def differs_most(self, expected: tuple[bytes, ...]) -> tuple[int, int] | None:
        """The number of the part between values, and the place in it, in which most lines differ; None: none does."""
        differing = self._compared(expected)[1].sum(axis=0)
        if not differing.any():
            return None
        begins = np.cumsum([0, *map(len, expected)])
        place = int(differing.argmax())
        part = int(np.searchsorted(begins, place, side="right")) - 1
        return part, place - int(begins[part])

    def _compared(self, expected: tuple[bytes, ...]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which lines have parts of the same lengths between their values, and of these which bytes differ."""
        lengths = np.array([len(part) for part in expected], np.int32)
        same = _all_of_each(self.edges[:, 1::2] - self.edges[:, 0::2] == lengths)
        rows = self._first[same]
        taken = self.parts.take(pa.array((rows[:, None] + np.arange(0, self.width, 2, dtype=np.int32)).ravel()))
        whole = np.frombuffer(b"".join(expected), np.uint8)
        found = np.frombuffer(taken.buffers()[2] or b"", np.uint8, len(rows) * len(whole))
        return same, found.reshape(len(rows), len(whole)) != whole

    def texts(self, number: int) -> pa.Array:
        """That part of each line."""
        return self.parts.take(pa.array(self._first + np.int32(number))).view(pa.string())

    @property
    def _first(self) -> NDArray[np.int32]:
        """The first part of each line."""
        return np.arange(0, self.count * self.width, self.width, dtype=np.int32)


def _narrowed(fits: NDArray[np.bool_], edges: NDArray[np.int32], good: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The edges of lines that are good; the others of those that fitted fit no more."""
    if good.all():
        return edges
    fits[np.flatnonzero(fits)[~good]] = False
    return edges[good]


def _all_of_each(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether all flags of each row are set; looked at as a whole first, since most often all are."""
    if flags.all():
        return np.ones(len(flags), np.bool_)
    return np.asarray(flags.all(axis=1), np.bool_)


def _quotes_of(lines: Lines) -> tuple[Places, Places]:
    """For each line the number of its first quotation mark among all, and that of the first one behind it."""
    if lines.counted is not None:
        return lines.counted
    first = np.searchsorted(lines.quotes, lines.starts)
    if len(first) and (lines.starts[1:] == lines.ends[:-1]).all():
        return first, np.append(first[1:], np.searchsorted(lines.quotes, lines.ends[-1:]))
    return first, np.searchsorted(lines.quotes, lines.ends)


def form_of(line: bytes) -> LineForm | None:
    r"""The form of a line, newline included; None where it is not one flat object of texts and finite numbers.

    Args:
        line: Valid UTF-8. A line with an escape, or with one key twice, has no form.

    Example: the second line has the form of the first, the third has a null where the form has a text.

        >>> lines = b'{"s":"a","v":1.5}\n{"s":"bc","v":-20}\n{"s":null,"v":3}\n'
        >>> form = form_of(lines[:18])
        >>> form.names, form.is_text, form.quotes
        (('s', 'v'), (True, False), 6)
        >>> signs = np.frombuffer(lines, np.uint8)
        >>> ends = np.flatnonzero(signs == ord("\n")) + 1
        >>> starts = np.concatenate(([0], ends[:-1]))
        >>> fits, values = form.values(Lines(lines, np.flatnonzero(signs == ord('"')), starts, ends))
        >>> fits.tolist(), {name: column.to_pylist() for name, column in values.items()}
        ([True, True, False], {'s': ['a', 'bc'], 'v': ['1.5', '-20']})
    """
    fields = list(_FIELD.finditer(line))
    names = tuple(found[1].decode() for found in fields)
    if b"\\" in line or not fields or not _is_flat_object(line, names):
        return None
    spans = [found.span(2 if found[2] is not None else 3) for found in fields]
    cuts = [0, *(place for span in spans for place in span), len(line)]
    quotes = [place for place, sign in enumerate(line) if sign == ord('"')]
    return LineForm(
        names=names,
        is_text=tuple(found[2] is not None for found in fields),
        quotes=len(quotes),
        _between=tuple(line[start:end] for start, end in zip(cuts[::2], cuts[1::2], strict=True)),
        _edges=tuple(edge for span in spans for edge in _edges(span, quotes, len(line))),
    )


def form_of_values(
    document: bytes, spans: Sequence[tuple[int, int]], is_text: tuple[bool, ...], marks: bytes = b'"'
) -> LineForm:
    """The form of a document whose values are at those places; their names are their numbers.

    Args:
        document: One JSON value, or one line of another format, without an escape.
        spans: Begin and end of each text, without its quotation marks, and of each number, in their order.
        is_text: Whether each is a text.
        marks: The bytes from which places are counted; `Lines.quotes` are then places of these.
    """
    cuts = [0, *(place for span in spans for place in span), len(document)]
    quotes = [place for place, sign in enumerate(document) if sign in marks]
    return LineForm(
        names=tuple(map(str, range(len(spans)))),
        is_text=is_text,
        quotes=len(quotes),
        _between=tuple(document[start:end] for start, end in zip(cuts[::2], cuts[1::2], strict=True)),
        _edges=tuple(edge for span in spans for edge in _edges(span, quotes, len(document))),
    )


def _is_flat_object(line: bytes, names: tuple[str, ...]) -> bool:
    try:
        found = json.loads(line.decode())
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(found, dict)
        and tuple(found) == names
        and not any(isinstance(v, dict | list) for v in found.values())
    )


def _edges(span: tuple[int, int], quotes: list[int], length: int) -> tuple[_Edge, _Edge]:
    """A value begins behind the last quotation mark before it, and ends before the next one or the line's end."""
    before = int(np.searchsorted(quotes, span[0])) - 1
    after = int(np.searchsorted(quotes, span[1]))
    end = _Edge(after, span[1] - quotes[after]) if after < len(quotes) else _Edge(None, span[1] - length)
    return _Edge(before, span[0] - quotes[before]), end
