"""Parquet: a record (or a wide row of them) a row. Types are taken where they convert without loss, else row by row."""

import io
import json
import math
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bronze.readers import reasons
from bronze.readers.batch import Fault, ReadBatch, Rejected
from bronze.readers.canonical import json_text
from bronze.readers.columns import typed_rows
from bronze.readers.content import GZIP_MAGIC, PIECE, ZSTD_MAGIC, Content
from bronze.readers.errors import FieldError
from bronze.readers.gathered import Gathered
from bronze.readers.judge import Decoded
from bronze.readers.named import column_fault
from bronze.readers.plan import BOOLEAN, INTEGER, NUMBER, SCALAR, TEXT, TIME, ReadPlan
from bronze.readers.shape import SourceRows
from bronze.readers.values import decode

_BATCH = 65_536
_EXPECTED = {NUMBER: pa.float64(), INTEGER: pa.int64(), BOOLEAN: pa.bool_(), TEXT: pa.string()}


class ParquetReader:
    """Reads one Parquet file. `use_fast` False decodes every row by itself: same batches, for comparison.

    A column that the mapping names, not as optional, and a file lacks makes every row a `missing_column`. Text and
    raw bytes of a rejected row are its values as JSON. Line numbers are row numbers from 1; there is no byte offset.
    """

    def __init__(self, plan: ReadPlan, *, use_fast: bool) -> None:
        self._plan, self._use_fast = plan, use_fast

    def read(self, stream: BinaryIO) -> Iterator[ReadBatch]:
        """The batches of the file."""
        try:
            file = pq.ParquetFile(_seekable(stream))
        except (pa.ArrowException, OSError) as exc:
            yield self._broken(Fault(reasons.UNREADABLE_FILE, f"not a Parquet file: {exc}"), 1, 1)
            return
        done = 0
        try:
            for batch in file.iter_batches(_BATCH):
                yield self._batch(batch, done + 1)
                done += batch.num_rows
        except (pa.ArrowException, OSError) as exc:
            left = file.metadata.num_rows - done
            detail = f"{left} rows from row {done + 1} on cannot be read: {exc}; send the file again"
            yield self._broken(Fault(reasons.CORRUPT_STREAM, detail), done + 1, max(left, 1))

    def _broken(self, fault: Fault, line: int, records: int) -> ReadBatch:
        gathered = Gathered(self._plan)
        gathered.reject(Rejected(line, None, fault, b"", records))
        return gathered.batch()

    def _batch(self, batch: pa.RecordBatch, first: int) -> ReadBatch:
        gathered = Gathered(self._plan)
        fault = column_fault(batch.schema.names, self._plan, "file")
        if fault is not None:
            self._reject_all(batch, first, fault, gathered)
            return gathered.batch()
        raw = {column: _column(batch, column, kind) for column, kind in self._plan.fields.items()}
        taken = np.zeros(batch.num_rows, np.bool_)
        source = self._fast(batch, raw, first) if self._use_fast else None
        if source is not None:
            lacking = gathered.add_rows(source)
            taken[source.line - first] = True
            taken[lacking - first] = False
        self._read_slowly(batch, raw, first, np.flatnonzero(~taken), gathered)
        return gathered.batch()

    def _reject_all(self, batch: pa.RecordBatch, first: int, fault: Fault, gathered: Gathered) -> None:
        for place, row in enumerate(_rows(batch)):
            gathered.reject(Rejected(first + place, None, fault, row))

    def _fast(self, batch: pa.RecordBatch, raw: dict[str, pa.Array], first: int) -> SourceRows | None:
        if not all(self._is_plain(raw[column].type, kind) for column, kind in self._plan.fields.items()):
            return None
        lines = np.arange(first, first + batch.num_rows)
        return typed_rows(raw, _rescued(batch, self._plan), lines, self._plan)

    def _is_plain(self, got: pa.DataType, kind: str) -> bool:
        rule = self._plan.mapping.time
        if kind == TIME:
            return bool(got == (pa.float64() if rule and rule.kind == "epoch" else pa.string()))
        return kind != SCALAR and bool(got == _EXPECTED[kind])

    def _read_slowly(
        self, batch: pa.RecordBatch, raw: dict[str, pa.Array], first: int, places: NDArray[np.int64], gathered: Gathered
    ) -> None:
        rows = batch.take(pa.array(places))
        lists = {column: array.take(pa.array(places)).to_pylist() for column, array in raw.items()}
        rescued = _rescued(rows, self._plan).to_pylist()
        for k, row in enumerate(_rows(rows)):
            fields = {column: values[k] for column, values in lists.items()}
            gathered.add_record(first + int(places[k]), None, row, self._decoded(fields, rescued[k]))

    def _decoded(self, fields: dict[str, object], rescued: str | None) -> Decoded:
        values, faults = {}, {}
        for column, raw in fields.items():
            try:
                values[column] = decode(column, raw, self._plan, is_text=False)
            except FieldError as exc:
                faults[column] = exc.fault
        return Decoded(values, faults, rescued)


def _seekable(stream: BinaryIO) -> BinaryIO:
    """The stream itself, or its decompressed content in memory: Parquet is read from its end."""
    if stream.seekable():
        place = stream.tell()
        head = stream.read(len(GZIP_MAGIC + ZSTD_MAGIC))
        stream.seek(place)
        if not head.startswith((GZIP_MAGIC, ZSTD_MAGIC)):
            return stream
    content = Content(stream.read(PIECE), stream)
    data = b"".join(content.pieces())
    if content.broken is not None:
        raise OSError(content.broken.detail)
    return io.BytesIO(data)


def _column(batch: pa.RecordBatch, column: str, kind: str) -> pa.Array:
    """The column as `_normal` has it; nulls where the file does without."""
    there = column in batch.schema.names
    return _normal(batch[column], kind) if there else pa.nulls(batch.num_rows, _EXPECTED[kind])


def _normal(array: pa.Array, kind: str) -> pa.Array:
    """The column in the types that JSON has, where that loses nothing (times: as text, fractions past us cut off)."""
    got = array.type
    if pa.types.is_dictionary(got):
        return _normal(array.dictionary_decode(), kind)
    if pa.types.is_large_string(got) or pa.types.is_string_view(got):
        return array.cast(pa.string())
    if pa.types.is_timestamp(got):
        return array.cast(pa.timestamp("us", got.tz), safe=False).cast(pa.string())
    if pa.types.is_date(got) or (pa.types.is_integer(got) and kind == TEXT):
        return array.cast(pa.string())
    return _number(array, kind)


def _number(array: pa.Array, kind: str) -> pa.Array:
    got = array.type
    is_real = pa.types.is_floating(got) or pa.types.is_decimal(got) or pa.types.is_integer(got)
    try:
        if kind == INTEGER and pa.types.is_integer(got):
            return array.cast(pa.int64())
        return array.cast(pa.float64()) if is_real and kind in (NUMBER, TIME) else array
    except pa.ArrowInvalid:
        # A whole number past 2^53: the scalar road says which row.
        return array


def _rows(batch: pa.RecordBatch) -> Iterator[bytes]:
    """Each row as JSON, for people and for replay."""
    names, lists = batch.schema.names, [column.to_pylist() for column in batch.columns]
    for values in zip(*lists, strict=True):
        row = dict(zip(names, values, strict=True))
        yield json.dumps(_json_value(row), ensure_ascii=False).encode("utf-8", "replace")


def _rescued(batch: pa.RecordBatch, plan: ReadPlan) -> pa.Array:
    names = [name for name in batch.schema.names if name not in plan.known]
    if not names:
        return pa.nulls(batch.num_rows, pa.string())
    lists = [batch[name].to_pylist() for name in names]
    rows = ({n: _json_value(v) for n, v in zip(names, values, strict=True)} for values in zip(*lists, strict=True))
    return pa.array([json_text(row) for row in rows], pa.string())


def _json_value(value: object) -> object:
    """The value as JSON can hold it: NaN, infinity, times, bytes and decimals as text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {str(name): _json_value(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(part) for part in value]
    return value.hex() if isinstance(value, bytes) else str(value)
