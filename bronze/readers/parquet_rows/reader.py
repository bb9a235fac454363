"""Parquet: a record (or a wide row of them) a row. Types are taken where they convert without loss, else row by row."""

import io
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bronze import magic
from bronze.readers.batch import ReadBatch, Rejected
from bronze.readers.collected import Gathered
from bronze.readers.column_names import column_fault, unique_names
from bronze.readers.columns import typed_rows
from bronze.readers.json_lines.nested import NestedRecords, reads_nested
from bronze.readers.parquet_rows import columns
from bronze.readers.parquet_rows.nested import documents, is_within
from bronze.readers.plan import ReadPlan
from bronze.readers.record.fields import FieldReader
from bronze.readers.record.outcome import OTHER, Decoded
from bronze.readers.shape import SourceRows
from bronze.readers.text.content import CHUNK, Content
from domain.record import reasons
from domain.record.cells import NUMBER, ONLY, QUALITY, SCALAR, TIME, TIME_PART
from domain.record.faults import Fault, RecordError
from domain.record.times import EPOCH, FINE_UNITS, NUMBERS

_BATCH = 65_536
_BUFFER_BYTES = 1 << 20  # read ahead of a column; else Arrow keeps what it read of the whole file
Lines = NDArray[np.int64]
_MOST_UNPACKED = 1 << 30


class ParquetReader:
    """Reads one Parquet file. `use_fast` False decodes every row by itself: same batches, for comparison.

    A column that the mapping names, not as optional, and a file lacks makes every row a `missing_column`. Text and
    raw bytes of a rejected row are its values as JSON. Line numbers are row numbers from 1; there is no byte offset.
    """

    def __init__(self, plan: ReadPlan, *, use_fast: bool) -> None:
        self._plan, self._use_fast = plan, use_fast
        self._fields = FieldReader(plan, is_text=False)
        self._nested = NestedRecords(plan) if reads_nested(plan) else None

    def read(self, stream: BinaryIO) -> Iterator[ReadBatch]:
        """The batches of the file."""
        return self.read_with(stream, lambda batch, first: [self.batch(batch, first)], _BATCH)

    def read_with(
        self, stream: BinaryIO, read: Callable[[pa.RecordBatch, int], Iterable[ReadBatch]], rows: int
    ) -> Iterator[ReadBatch]:
        """What `read` makes of each batch of so many rows and the number of its first, and of what cannot be read."""
        try:
            file = pq.ParquetFile(_seekable(stream), pre_buffer=False, buffer_size=_BUFFER_BYTES)
        except (pa.ArrowException, OSError, ValueError) as exc:  # a name that is not UTF-8 is the last
            yield self._broken(Fault(reasons.UNREADABLE_FILE, f"not a Parquet file: {exc}"), 1, 1)
            return
        done = 0
        try:
            for batch in file.iter_batches(rows):
                yield from read(batch, done + 1)
                done += batch.num_rows
        except (pa.ArrowException, OSError, ValueError, OverflowError, KeyError) as exc:  # Parquet can hold all kinds
            left = file.metadata.num_rows - done
            detail = f"{left} rows from row {done + 1} on cannot be read: {exc}; send the file again"
            yield self._broken(Fault(reasons.CORRUPT_STREAM, detail), done + 1, max(left, 1))

    def _broken(self, fault: Fault, line: int, records: int) -> ReadBatch:
        gathered = Gathered(self._plan)
        gathered.reject(Rejected(line, None, fault, b"", records))
        return gathered.batch()

    def batch(self, batch: pa.RecordBatch, first: int) -> ReadBatch:
        """Rows of a file, of which the first has that number."""
        gathered, lines = Gathered(self._plan), np.arange(first, first + batch.num_rows)
        is_nested = self._nested is not None and is_within(batch.schema, self._plan)
        fault = None if is_nested else column_fault(batch.schema.names, self._plan, "file")
        batch = batch.rename_columns(list(unique_names(batch.schema.names)))
        try:
            batch.validate(full=True)
        except pa.ArrowInvalid:  # a text that is not UTF-8, or a file that is damaged
            batch, lines = self._without_bad_texts(batch, lines, gathered)
        if fault is not None:
            self._reject(batch, lines, fault, gathered)
        elif is_nested and self._nested is not None:
            self._read_documents(self._nested, batch, lines, gathered)
        else:
            self._read(batch, lines, gathered)
        return gathered.batch()

    def _read_documents(self, nested: NestedRecords, batch: pa.RecordBatch, lines: Lines, gathered: Gathered) -> None:
        """Each row as a document of JSON has it."""
        for line, raw, document in zip(lines.tolist(), columns.rows(batch), documents(batch), strict=True):
            if isinstance(document, RecordError):
                gathered.reject(Rejected(line, None, document.fault, raw))
                continue
            for own, content in nested.within(document, raw):
                gathered.add_record(line, None, own, content)

    def _without_bad_texts(
        self, batch: pa.RecordBatch, lines: Lines, gathered: Gathered
    ) -> tuple[pa.RecordBatch, Lines]:
        raw = columns.as_bytes(batch)
        good = columns.are_utf8(raw)
        fault = Fault(reasons.NOT_UTF8, "a text of the row is not UTF-8; its bytes are shown in hexadecimal")
        self._reject(raw.filter(pa.array(~good)), lines[~good], fault, gathered)
        readable = batch.filter(pa.array(good))
        readable.validate(full=True)
        return readable, lines[good]

    def _reject(self, batch: pa.RecordBatch, lines: Lines, fault: Fault, gathered: Gathered) -> None:
        for line, row in zip(lines.tolist(), columns.rows(batch), strict=True):
            gathered.reject(Rejected(line, None, fault, row))

    def _read(self, batch: pa.RecordBatch, lines: Lines, gathered: Gathered) -> None:
        raw = {column: columns.column(batch, column, kind) for column, kind in self._plan.fields.items()}
        left = np.ones(batch.num_rows, np.bool_)
        source = self._fast(batch, raw, lines) if self._use_fast else None
        if source is not None:
            lacking = gathered.add_rows(source)
            left[np.searchsorted(lines, source.line)] = False
            left[np.searchsorted(lines, lacking)] = True
        self._read_slowly(batch, raw, lines, np.flatnonzero(left), gathered)

    def _fast(self, batch: pa.RecordBatch, raw: dict[str, pa.Array], lines: Lines) -> SourceRows | None:
        if not all(self._is_plain(raw[column].type, kind) for column, kind in self._plan.fields.items()):
            return None
        return typed_rows(raw, columns.rescued(batch, self._plan), lines, self._plan)

    def _is_plain(self, got: pa.DataType, kind: str) -> bool:
        rule = self._plan.mapping.time
        if kind == TIME:
            whole = rule is not None and rule.kind == EPOCH and rule.unit in FINE_UNITS
            number = pa.int64() if whole else pa.float64()
            return bool(got == (number if rule and rule.kind in NUMBERS else pa.string()))
        if kind == TIME_PART:
            return not pa.types.is_nested(got)
        if kind == QUALITY:
            return not pa.types.is_nested(got)
        if kind == ONLY:
            return bool(pa.types.is_string(got))
        if kind == NUMBER and self._plan.mapping.quoted_numbers and pa.types.is_string(got):
            return True
        return kind != SCALAR and bool(got == columns.EXPECTED[kind])

    def _read_slowly(
        self, batch: pa.RecordBatch, raw: dict[str, pa.Array], lines: Lines, places: Lines, gathered: Gathered
    ) -> None:
        rows = batch.take(pa.array(places))
        lists = {column: columns.listed(array.take(pa.array(places))) for column, array in raw.items()}
        rescued = columns.rescued(rows, self._plan).to_pylist()
        for k, row in enumerate(columns.rows(rows)):
            fields = {column: values[k] for column, values in lists.items()}
            gathered.add_record(int(lines[places[k]]), None, row, self._decoded(fields, rescued[k]))

    def _decoded(self, fields: dict[str, object], rescued: str | None) -> Decoded:
        if self._fields.is_other(fields):
            return OTHER
        values, faults = self._fields.read(fields)
        return Decoded(values, faults, rescued)


def _seekable(stream: BinaryIO) -> BinaryIO:
    """The stream itself, or its decompressed content in memory: Parquet is read from its end."""
    if stream.seekable():
        place = stream.tell()
        head = stream.read(magic.LONGEST)
        stream.seek(place)
        if not head.startswith(magic.COMPRESSED):
            return stream
    content = Content(stream.read(CHUNK), stream)
    whole = io.BytesIO()
    for chunk in content.chunks():
        whole.write(chunk)
        if content.size > _MOST_UNPACKED:
            raise OSError(f"unpacked it has more than {_MOST_UNPACKED:,} bytes; send it plain: it is packed within")
    if content.broken is not None:
        raise OSError(content.broken.detail)
    whole.seek(0)
    return whole
