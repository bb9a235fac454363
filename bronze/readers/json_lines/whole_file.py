"""Files of whole JSON: one array, one object, or several, however they are set. Lines are counted by documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from bronze.readers.batch import ReadBatch, Rejected
from bronze.readers.collected import Gathered
from bronze.readers.json_lines.fast_spans import plain_spans
from bronze.readers.json_lines.nested import NestedRecords
from bronze.readers.json_lines.nested_forms import NestedForms
from bronze.readers.json_lines.table_rows import TableRows
from bronze.readers.plan import ReadPlan
from bronze.readers.text.content import CHUNK, Content
from domain.record import reasons
from domain.record.faults import Fault, RecordError
from domain.record.file_kind import foreign_kind
from domain.record.json_object import json_value
from domain.record.json_spans import MOST_BYTES, spans
from domain.record.text_encoding import utf8_parts
from domain.record.text_lines import BOM

_DOCUMENTS = 16_384
"""Documents of a batch."""
_WHITE = b" \t\r\n"
LARGE = 4_096
"""Bytes of a document whose tables are read by columns; smaller ones are read by their form."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Where each document of a file begins and ends, and the faults of those that are none."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    faults: dict[int, Fault]

    @property
    def count(self) -> int:
        return len(self.starts)


class WholeJson:
    """Reads files of whole JSON for one plan. With `use_fast` False every document is decoded alone: same batches."""

    def __init__(self, plan: ReadPlan, *, use_fast: bool) -> None:
        self._plan, self._nested = plan, NestedRecords(plan)
        self._forms = NestedForms(plan, self._nested.documents) if use_fast else None
        self._tables = TableRows(plan) if use_fast and self._nested.documents.has_tables else None

    def read(self, stream: BinaryIO) -> Iterator[ReadBatch]:
        """The batches of the file."""
        content = Content(stream.read(CHUNK), stream)
        chunks, encoding = content.chunks(), self._plan.mapping.encoding
        head = next(chunks, b"")
        foreign = foreign_kind(head, encoding)
        if foreign is not None:
            yield self._broken(Fault(reasons.UNREADABLE_FILE, foreign), head)
            return
        parts, size = [], 0
        for chunk in utf8_parts(chain([head] if head else [], chunks), encoding):
            parts.append(chunk)
            size += len(chunk)
            if size > MOST_BYTES:
                detail = f"the file has more than {MOST_BYTES:,} bytes; send it as JSON Lines, or in several"
                yield self._broken(Fault(reasons.UNREADABLE_FILE, detail), parts[0])
                return
        data = b"".join(parts).removeprefix(BOM)
        one = self._one_object(data)
        if one is not None:
            yield one
            if content.broken is not None:
                yield self._broken(content.broken, data[-CHUNK:], 2)
            return
        found = self._found(data)
        for numbers in self._parts(found):
            large = self._tables if len(numbers) == 1 and self._is_large(found, numbers[0]) else None
            yield (
                self._batch(data, found, numbers) if large is None else self._of_tables(large, data, found, numbers[0])
            )
        if content.broken is not None:
            yield self._broken(content.broken, data[-CHUNK:], found.count + 1)

    def _is_large(self, found: "_Found", number: int) -> bool:
        size = int(found.ends[number] - found.starts[number])
        return self._tables is not None and size >= LARGE and number not in found.faults

    def _parts(self, found: "_Found") -> Iterator[range]:
        """The numbers of the documents of each batch: a large one with tables is a batch of its own."""
        large = [number for number in range(found.count) if self._is_large(found, number)] if self._tables else []
        begins = sorted({0, *large, *(number + 1 for number in large)})
        for first, end in zip(begins, [*begins[1:], max(found.count, 1)], strict=True):
            for start in range(first, end, _DOCUMENTS):
                yield range(start, min(start + _DOCUMENTS, end, found.count))

    def _one_object(self, data: bytes) -> ReadBatch | None:
        """The batch of a file that is one large object with tables, whose end need not be looked for; else None."""
        raw = data.strip(_WHITE)
        if self._tables is None or len(raw) < LARGE or raw[:1] != b"{":
            return None
        try:
            document = json_value(raw)
        except RecordError:
            return None
        return self._of_document(self._tables, document, raw, data.index(b"{")).at_line(1)

    def _of_tables(self, tables: TableRows, data: bytes, found: "_Found", number: int) -> ReadBatch:
        """A document by the columns of its tables."""
        offset = int(found.starts[number])
        raw = data[offset : int(found.ends[number])]
        try:
            document = json_value(raw)
        except RecordError as exc:
            return self._broken(exc.fault, raw, number + 1, offset)
        return self._of_document(tables, document, raw, offset).at_line(number + 1)

    def _of_document(self, tables: TableRows, document: object, raw: bytes, offset: int) -> ReadBatch:
        """A decoded document by the columns of its tables; what is not plainly in order is read record by record."""
        gathered, first = Gathered(self._plan), 0
        for table in self._nested.documents.tables(document):
            if isinstance(table, Fault):
                gathered.add_record(first, offset, raw, table)
                first += 1
                continue
            left, source = np.ones(table.size, np.bool_), tables.source(table)
            if source is not None:
                lacking = gathered.add_rows(source.moved(first)) - first
                left[source.line] = False
                left[lacking] = True
            numbers = np.flatnonzero(left).tolist()
            for at, (part, content) in zip(numbers, self._nested.of_table(table, numbers, raw), strict=True):
                gathered.add_record(first + at, offset, part, content)
            first += table.size
        return gathered.batch()

    def _found(self, data: bytes) -> "_Found":
        whole_arrays = bool(self._plan.mapping.base)
        plain = plain_spans(data, whole_arrays=whole_arrays) if self._forms is not None else None
        if plain is not None:
            return _Found(*plain, {})
        found = list(spans(data, whole_arrays=whole_arrays))
        starts, ends = (np.array([span[end] for span in found], np.int64) for end in (0, 1))
        return _Found(starts, ends, {n: span.fault for n, span in enumerate(found) if span.fault is not None})

    def _broken(self, fault: Fault, raw: bytes, line: int = 1, offset: int | None = None) -> ReadBatch:
        gathered = Gathered(self._plan)
        gathered.reject(Rejected(line, offset, fault, raw))
        return gathered.batch()

    def _batch(self, data: bytes, found: "_Found", numbers: range) -> ReadBatch:
        gathered, left = Gathered(self._plan), np.ones(len(numbers), np.bool_)
        starts, ends = found.starts[numbers.start : numbers.stop], found.ends[numbers.start : numbers.stop]
        if self._forms is not None and len(numbers):
            whole = np.array([number for number, of in enumerate(numbers) if of not in found.faults], np.int64)
            base = int(starts[0])
            part = data[base : int(ends[-1])]
            for source in self._forms.sources(part, starts - base, ends - base, whole):
                lacking = gathered.add_rows(source.moved(numbers.start + 1)) - (numbers.start + 1)
                left[source.line] = False
                left[lacking] = True
        for place in np.flatnonzero(left).tolist():
            raw, number = data[int(starts[place]) : int(ends[place])], numbers[place]
            self._read(raw, number + 1, int(starts[place]), found.faults.get(number), gathered)
        return gathered.batch()

    def _read(self, raw: bytes, line: int, offset: int, fault: Fault | None, gathered: Gathered) -> None:
        if fault is not None:
            gathered.reject(Rejected(line, offset, fault, raw))
            return
        for part, content in self._nested.of(raw):
            gathered.add_record(line, offset, part, content)
