"""JSON Lines: one object a line. The fast road reads a block with Arrow, the slow one line by line with `json`."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from numpy.typing import NDArray

from bronze.readers import reasons
from bronze.readers.batch import Fault
from bronze.readers.canonical import WHOLE_LIMIT, json_text
from bronze.readers.columns import typed_rows
from bronze.readers.errors import FieldError, RecordError
from bronze.readers.flat_lines import plain_lines
from bronze.readers.judge import Decoded
from bronze.readers.lines import MAX_LINE, Block, last_newline, line_ends
from bronze.readers.plan import BOOLEAN, INTEGER, NUMBER, SCALAR, TIME, ReadPlan
from bronze.readers.shape import SourceRows
from bronze.readers.textual import CR_HINT, TextRecord, too_long
from bronze.readers.values import decode

_ARROW = {NUMBER: pa.float64(), INTEGER: pa.int64(), BOOLEAN: pa.bool_()}
_MAX_REFUSED = 64
# Unknown fields whose types are remembered from small parts, so that large parts can be read with them.
_MAX_NEW = 64
_IN_ROW = re.compile(r" in row (\d+)$")
_UNEXPECTED = "unexpected field"
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class JsonLines:
    """Reads blocks of JSON Lines for one plan."""

    def __init__(self, plan: ReadPlan) -> None:
        self._plan = plan
        self._schema = pa.schema([(column, _arrow_type(kind, plan)) for column, kind in plan.fields.items()])
        self._is_fast = SCALAR not in plan.fields.values()
        self._new: dict[str, pa.DataType] = {}

    def boundary(self, data: bytes) -> int:
        """Length of the part of `data` that ends with its last newline."""
        return last_newline(data)

    def marked(self, data: bytes) -> bytes:
        """The bytes as they are: a carriage return alone is white space in JSON and ends no line."""
        return data

    def begin(self, block: Block) -> tuple[Block, None]:
        """The first block as it is: JSON Lines have no header."""
        return block, None

    def is_divisible(self, data: bytes) -> bool:  # noqa: ARG002 - any part of JSON Lines may take the fast road
        """Whether a smaller part of the block may take the fast road."""
        return self._is_fast

    def places(self, data: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The number of each line, from 0, and the position behind it."""
        ends = line_ends(data)
        return np.arange(len(ends)), ends

    def fast(self, data: bytes, *, infer: bool) -> Sequence[SourceRows] | None:
        """Rows of the lines that are one plain, flat, valid object each; None where Arrow cannot say which are.

        Args:
            data: Whole lines. `line` of the result counts from 0.
            infer: Whether unknown fields may occur. (Every new key costs a column of the whole block, so callers infer
                on small blocks only.)
        """
        ends = line_ends(data)
        starts = np.concatenate(([0], ends[:-1]))
        lines = np.flatnonzero(plain_lines(data, starts, ends))
        if len(lines) < len(ends):
            data = _joined(data, starts, ends, lines)
        try:
            return list(self._sources(data, lines, infer=infer))
        except pa.ArrowInvalid:
            return None

    def _sources(self, data: bytes, lines: NDArray[np.int64], *, infer: bool) -> Iterator[SourceRows]:
        """Rows of the lines, but for lines that Arrow refuses by their row; it refuses the first and stops.

        Raises:
            pa.ArrowInvalid: A refusal that names no row, or too many.
        """
        for _ in range(_MAX_REFUSED):
            if not len(lines):
                return
            try:
                yield self._source(data, lines, infer=infer)
            except pa.ArrowInvalid as exc:
                row = _refused_row(exc, len(lines))
            else:
                return
            ends = line_ends(data)
            if row:
                yield self._source(data[: ends[row - 1]], lines[:row], infer=infer)
            data, lines = data[ends[row] :], lines[row + 1 :]
        raise pa.ArrowInvalid

    def _source(self, data: bytes, lines: NDArray[np.int64], *, infer: bool) -> SourceRows:
        table = self._read(data, infer=infer)
        if table.num_rows != len(lines):
            raise pa.ArrowInvalid
        rescued = _rescued(table, self._plan)
        raw = {column: _whole(table[column]) for column in self._plan.fields}
        source = None if rescued is None else typed_rows(raw, rescued, lines, self._plan)
        if source is None:
            raise pa.ArrowInvalid
        return source.only(~self._lacking(source))

    def _lacking(self, source: SourceRows) -> NDArray[np.bool_]:
        """Rows without any value: Arrow does not tell an absent field from a null one, and only null is blank."""
        lacking = np.full(len(source.line), bool(self._plan.cells))
        for column in self._plan.cell_columns:
            lacking &= source.columns[column].is_null().to_numpy(zero_copy_only=False)
        return lacking

    def _read(self, data: bytes, *, infer: bool) -> pa.Table:
        new = {} if infer else self._new
        table = _read_json(data, pa.schema([*self._schema, *new.items()]), infer=infer)
        found = {f.name: f.type for f in table.schema if f.name not in self._plan.fields}
        if any(map(pa.types.is_timestamp, found.values())):
            # Arrow takes texts that look like times for times; their spelling would be lost.
            found = {name: pa.string() if pa.types.is_timestamp(kind) else kind for name, kind in found.items()}
            table = _read_json(data, pa.schema([*self._schema, *found.items()]), infer=infer)
        if infer and len(self._new | found) <= _MAX_NEW:
            self._new |= {name: kind for name, kind in found.items() if not pa.types.is_null(kind)}
        return table

    def slow(self, block: Block) -> Iterator[TextRecord]:
        """Every record of a block, line by line; lines of white space are none."""
        start = 0
        for place, end in enumerate(line_ends(block.data)):
            raw = block.data[start:end].rstrip(b"\r\n")
            if raw.strip():
                yield TextRecord(block.line + place, block.offset + start, raw, self._record(raw))
            start = int(end)

    def _record(self, raw: bytes) -> Decoded | Fault:
        if len(raw) > MAX_LINE:
            return too_long(len(raw), raw)
        try:
            return self._decoded(_json_object(raw))
        except RecordError as exc:
            return exc.fault

    def _decoded(self, fields: dict[str, object]) -> Decoded:
        plan = self._plan
        values, faults = {}, {}
        for column in plan.fields:
            try:
                values[column] = decode(column, fields.get(column), plan, is_text=False)
            except FieldError as exc:
                faults[column] = exc.fault
        faults |= self._absent(fields)
        try:
            rescued = json_text({name: value for name, value in fields.items() if name not in plan.known})
        except ValueError as exc:
            raise RecordError(reasons.NOT_FINITE, "an unknown field holds NaN or an infinite number") from exc
        return Decoded(values, faults, rescued)

    def _absent(self, fields: dict[str, object]) -> dict[str, Fault]:
        """A reading whose value's field is not there at all is no blank: the source may have renamed the field."""
        cells = self._plan.cell_columns
        if not cells or any(column in fields for column in cells):
            return {}
        detail = f"none of {', '.join(cells)} is in the object; it has {', '.join(map(repr, sorted(fields)))}"[:1000]
        if self._plan.is_wide:
            raise RecordError(reasons.MISSING_FIELD, detail)
        return {cells[0]: Fault(reasons.MISSING_FIELD, detail, cells[0])}


def _joined(data: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64], lines: NDArray[np.int64]) -> bytes:
    """The bytes of some lines, taken in runs of neighbours."""
    runs = np.split(lines, np.flatnonzero(np.diff(lines) != 1) + 1) if len(lines) else []
    return b"".join([data[starts[run[0]] : ends[run[-1]]] for run in runs])


def _read_json(data: bytes, schema: pa.Schema, *, infer: bool) -> pa.Table:
    return pj.read_json(
        pa.BufferReader(data),
        read_options=pj.ReadOptions(use_threads=False, block_size=len(data) + 1),
        parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="infer" if infer else "error"),
    )


def _arrow_type(kind: str, plan: ReadPlan) -> pa.DataType:
    if kind == TIME and plan.mapping.time and plan.mapping.time.kind == "epoch":
        return pa.float64()
    return _ARROW.get(kind, pa.string())


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks or [pa.array([], column.type)])


def _rescued(table: pa.Table, plan: ReadPlan) -> pa.Array | None:
    """JSON of the unknown fields of each row; None where Arrow's type of one may have changed its value."""
    names = [name for name in table.column_names if name not in plan.known]
    arrays = [_whole(table[name]) for name in names]
    if not names:
        return pa.nulls(table.num_rows, pa.string())
    if not all(_is_faithful(array) for array in arrays):
        return None
    rows = zip(*(array.to_pylist() for array in arrays), strict=True)
    return pa.array([json_text(dict(zip(names, row, strict=True))) for row in rows], pa.string())


def _refused_row(exc: pa.ArrowInvalid, rows: int) -> int:
    """The row that the error names.

    Raises:
        pa.ArrowInvalid: It names none, or the field is unknown and must be inferred.
    """
    named = _IN_ROW.search(str(exc))
    if named is None or int(named[1]) >= rows or _UNEXPECTED in str(exc):
        raise exc
    return int(named[1])


def _is_faithful(array: pa.Array) -> bool:
    if pa.types.is_floating(array.type):
        # NaN and infinity fail the comparison too.
        return pc.all(pc.less(pc.abs(array), WHOLE_LIMIT)).as_py() is not False
    kinds = (pa.types.is_string, pa.types.is_int64, pa.types.is_boolean, pa.types.is_null)
    return any(kind(array.type) for kind in kinds)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise RecordError(reasons.DUPLICATE_KEY, f"key {twice[:64]!r} occurs twice in one object")
    return fields


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)


def _json_object(raw: bytes) -> dict[str, object]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise RecordError(reasons.NOT_UTF8, f"byte {raw[exc.start]:#04x} at {exc.start} is not UTF-8") from exc
    text = text.strip(" \t\r")
    value, end = _first_value(text)
    rest = text[end:].lstrip(" \t\r")
    if rest:
        raise _what_follows(rest, end, f"; {CR_HINT}" if "\r" in text[end : len(text) - len(rest)] else "")
    if not isinstance(value, dict):
        got = "an array" if isinstance(value, list) else "a single value"
        raise RecordError(reasons.NOT_AN_OBJECT, f"got {got}; legal: one JSON object a line")
    if _ESCAPED_SURROGATE.search(raw):
        _check_surrogates(value)
    return value


def _first_value(text: str) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text)
    except json.JSONDecodeError as exc:
        raise RecordError(reasons.NOT_JSON, f"{exc.msg} at character {exc.pos}") from exc
    except RecursionError as exc:
        raise RecordError(reasons.NOT_JSON, "nested too deeply") from exc
    except ValueError as exc:
        raise RecordError(reasons.NOT_JSON, f"a number that is too long: {exc}") from exc


def _what_follows(rest: str, end: int, hint: str) -> RecordError:
    try:
        _DECODER.raw_decode(rest)
    except (ValueError, RecursionError, RecordError):
        return RecordError(reasons.NOT_JSON, f"text after the object at character {end}{hint}")
    detail = f"a second value begins after character {end}; one object a line{hint}"
    return RecordError(reasons.SEVERAL_OBJECTS, detail)


def _check_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as exc:
        raise RecordError(reasons.NOT_UTF8, "half of a surrogate pair (\\ud800-\\udfff) stands alone") from exc
