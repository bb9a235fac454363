"""Blocks of JSON Lines by Arrow's reader: rows of all lines that are one plain, flat, valid object each."""

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from numpy.typing import NDArray

from bronze.readers.columns import typed_rows
from bronze.readers.plan import ReadPlan
from bronze.readers.shape import SourceRows
from bronze.readers.text.lines import line_ends
from domain.record.canonical import WHOLE_LIMIT, json_text
from domain.record.cells import BOOLEAN, INTEGER, NUMBER, TIME
from domain.record.times import FINE_UNITS, NUMBERS

_ARROW = {NUMBER: pa.float64(), INTEGER: pa.int64(), BOOLEAN: pa.bool_()}
_MAX_REFUSED = 64
# Unknown fields whose types are remembered from small parts, so that large parts can be read with them.
_MAX_NEW = 64
_IN_ROW = re.compile(r" in row (\d+)$")
_UNEXPECTED = "unexpected field"


class JsonBlocks:
    """Reads plain lines for one plan."""

    def __init__(self, plan: ReadPlan) -> None:
        self._plan = plan
        self._schema = pa.schema([(column, arrow_type(kind, plan)) for column, kind in plan.fields.items()])
        self._new: dict[str, pa.DataType] = {}

    def sources(self, data: bytes, lines: NDArray[np.int64], *, infer: bool) -> Iterator[SourceRows]:
        """Rows of the lines without those that Arrow refuses. Arrow names the first such row and stops.

        Args:
            data: The lines; plain ones, as `flat_lines.plain_lines` says.
            lines: Their numbers.
            infer: Whether unknown fields may occur. (Every new key costs a column of the whole block, so callers infer
                on small blocks only.)

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
        return source

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


def arrow_type(kind: str, plan: ReadPlan) -> pa.DataType:
    """What Arrow is to read a field of that kind as."""
    if kind == TIME and plan.mapping.time and plan.mapping.time.kind in NUMBERS:
        return pa.int64() if plan.mapping.time.unit in FINE_UNITS else pa.float64()
    return _ARROW.get(kind, pa.string())


def _read_json(data: bytes, schema: pa.Schema, *, infer: bool) -> pa.Table:
    return pj.read_json(
        pa.BufferReader(data),
        read_options=pj.ReadOptions(use_threads=False, block_size=len(data) + 1),
        parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="infer" if infer else "error"),
    )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks or [pa.array([], column.type)])


def _rescued(table: pa.Table, plan: ReadPlan) -> pa.Array | None:
    """JSON of the unknown fields of each row; None where Arrow's type of one may have changed its value."""
    if not all(_is_finite(table[name]) for name in table.column_names if name in plan.mapping.ignored):
        return None
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


def _is_finite(column: pa.ChunkedArray) -> bool:
    """Whether no number is one that Arrow alone reads: `Inf`, or one of more digits than Python does."""
    return not pa.types.is_floating(column.type) or pc.all(pc.is_finite(column)).as_py() is not False


def _is_faithful(array: pa.Array) -> bool:
    if pa.types.is_floating(array.type):
        # NaN and infinity fail the comparison too.
        return pc.all(pc.less(pc.abs(array), WHOLE_LIMIT)).as_py() is not False
    kinds = (pa.types.is_string, pa.types.is_int64, pa.types.is_boolean, pa.types.is_null)
    return any(kind(array.type) for kind in kinds)
