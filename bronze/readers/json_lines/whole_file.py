"""Files of whole JSON: one array, one object, or several, however they are set. Lines are counted by documents."""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from bronze.readers.batch import ReadBatch, Rejected
from bronze.readers.collected import Gathered
from bronze.readers.json_lines.nested import NestedRecords
from bronze.readers.json_lines.nested_forms import NestedForms
from bronze.readers.plan import ReadPlan
from bronze.readers.text.content import CHUNK, Content
from domain.record import reasons
from domain.record.faults import Fault
from domain.record.json_spans import MOST_BYTES, Span, spans
from domain.record.text_lines import BOM

_DOCUMENTS = 16_384
"""Documents of a batch."""


class WholeJson:
    """Reads files of whole JSON for one plan. With `use_fast` False every document is decoded alone: same batches."""

    def __init__(self, plan: ReadPlan, *, use_fast: bool) -> None:
        self._plan, self._nested = plan, NestedRecords(plan)
        self._forms = NestedForms(plan, self._nested.documents) if use_fast else None

    def read(self, stream: BinaryIO) -> Iterator[ReadBatch]:
        """The batches of the file."""
        content = Content(stream.read(CHUNK), stream)
        parts, size = [], 0
        for chunk in content.chunks():
            parts.append(chunk)
            size += len(chunk)
            if size > MOST_BYTES:
                detail = f"the file has more than {MOST_BYTES:,} bytes; send it as JSON Lines, or in several"
                yield self._broken(Fault(reasons.UNREADABLE_FILE, detail), parts[0])
                return
        data = b"".join(parts).removeprefix(BOM)
        found = list(spans(data, whole_arrays=bool(self._plan.mapping.base)))
        for first in range(0, max(len(found), 1), _DOCUMENTS):
            yield self._batch(data, found[first : first + _DOCUMENTS], first + 1)
        if content.broken is not None:
            yield self._broken(content.broken, data[-CHUNK:], len(found) + 1)

    def _broken(self, fault: Fault, raw: bytes, line: int = 1) -> ReadBatch:
        gathered = Gathered(self._plan)
        gathered.reject(Rejected(line, None, fault, raw))
        return gathered.batch()

    def _batch(self, data: bytes, found: list[Span], first: int) -> ReadBatch:
        gathered, left = Gathered(self._plan), np.ones(len(found), np.bool_)
        if self._forms is not None and found:
            starts, ends = (np.array([span[end] for span in found], np.int64) for end in (0, 1))
            whole = np.array([span.fault is None for span in found], np.bool_)
            for source in self._forms.sources(data, starts, ends, np.flatnonzero(whole)):
                lacking = gathered.add_rows(source.moved(first)) - first
                left[source.line] = False
                left[lacking] = True
        for number in np.flatnonzero(left).tolist():
            self._read(data, found[number], first + number, gathered)
        return gathered.batch()

    def _read(self, data: bytes, span: Span, line: int, gathered: Gathered) -> None:
        raw = data[span.start : span.end]
        if span.fault is not None:
            gathered.reject(Rejected(line, span.start, span.fault, raw))
            return
        for part, content in self._nested.of(raw):
            gathered.add_record(line, span.start, part, content)
