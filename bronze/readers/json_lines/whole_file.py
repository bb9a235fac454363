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
from bronze.readers.plan import ReadPlan
from bronze.readers.text.content import CHUNK, Content
from domain.record import reasons
from domain.record.faults import Fault
from domain.record.file_kind import foreign_kind
from domain.record.json_spans import MOST_BYTES, spans
from domain.record.text_encoding import utf8_parts
from domain.record.text_lines import BOM

_DOCUMENTS = 16_384
"""Documents of a batch."""


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
        found = self._found(data)
        for first in range(0, max(found.count, 1), _DOCUMENTS):
            yield self._batch(data, found, range(first, min(first + _DOCUMENTS, found.count)))
        if content.broken is not None:
            yield self._broken(content.broken, data[-CHUNK:], found.count + 1)

    def _found(self, data: bytes) -> "_Found":
        whole_arrays = bool(self._plan.mapping.base)
        plain = plain_spans(data, whole_arrays=whole_arrays) if self._forms is not None else None
        if plain is not None:
            return _Found(*plain, {})
        found = list(spans(data, whole_arrays=whole_arrays))
        starts, ends = (np.array([span[end] for span in found], np.int64) for end in (0, 1))
        return _Found(starts, ends, {n: span.fault for n, span in enumerate(found) if span.fault is not None})

    def _broken(self, fault: Fault, raw: bytes, line: int = 1) -> ReadBatch:
        gathered = Gathered(self._plan)
        gathered.reject(Rejected(line, None, fault, raw))
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
