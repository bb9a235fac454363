"""Text files to batches: block by block on the fast path; records that are not plainly in order on the slow one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from bronze import magic
from bronze.readers.batch import ReadBatch, Rejected
from bronze.readers.collected import Gathered
from bronze.readers.plan import ReadPlan
from bronze.readers.shape import SourceRows
from bronze.readers.text.content import CHUNK, Content
from bronze.readers.text.lines import Block, Blocks, LongLine, newlines
from bronze.readers.text.record import TextRecord, too_long
from domain.record import reasons
from domain.record.faults import Fault
from domain.record.file_kind import foreign_kind
from domain.record.text_encoding import utf8_parts
from domain.record.text_lines import BOM

# Sizes of the parts into which a block is divided while the fast path refuses it; the last refusal takes the slow path.
# Unknown fields are looked for in the smallest two only: each new key costs a column of the whole part.
_SIZES = (4 << 20, 256 << 10, 32 << 10, 4 << 10)
_INFER_FROM = 2


class TextFormat(Protocol):
    """One text format, ready for one plan."""

    @property
    def plan(self) -> ReadPlan:
        """The plan, once `begin` has seen the file's beginning."""

    def boundary(self, data: bytes) -> int:
        """Length of the part that ends with the last whole record."""

    def marked(self, data: bytes) -> bytes:
        """The bytes with a newline at the end of every line of the format, each byte at its place."""

    def begin(self, block: Block) -> tuple[Block, Rejected | None]:
        """The first block without its header, and an entry for a header that cannot be used."""

    def sections(self, block: Block) -> Iterator[Block]:
        """The parts of a block, each to be read before the next is asked for."""

    def is_divisible(self, data: bytes) -> bool:
        """Whether a part of the block may take the fast path."""

    def places(self, block: Block) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First line (from 0) of each record of a divisible block, and the position behind the record."""

    def fast(self, block: Block, *, infer: bool) -> Sequence[SourceRows] | None:
        """Rows of records that are plainly in order (`line` from 0), or None; what is left out is read slowly."""

    def slow(self, block: Block) -> Iterator[TextRecord]:
        """Every record, one by one."""


@dataclass(frozen=True, slots=True)
class _Broken:
    """What a broken stream leaves over, and how it broke."""

    rest: Block
    fault: Fault


class TextReader:
    """Reads one text file. With `use_fast` False every block takes the slow path: same batches."""

    def __init__(self, plan: ReadPlan, text: TextFormat, *, use_fast: bool) -> None:
        self._plan, self._format = plan, text
        self._first_level = 0 if use_fast else len(_SIZES)

    def read(self, stream: BinaryIO, first_line: int, first_byte: int) -> Iterator[ReadBatch]:
        """The batches of the file, one for each block."""
        content = Content(stream.read(CHUNK), stream)
        if not first_byte and content.head.startswith(magic.PARQUET) and b"\0" in content.head:
            detail = f"the content is Parquet; mapping {self._plan.mapping.name} says {self._plan.mapping.format}"
            yield self._broken(Block(content.head, first_line, first_byte), Fault(reasons.UNREADABLE_FILE, detail))
            return
        chunks, encoding = content.chunks(), self._plan.mapping.encoding
        head = next(chunks, b"")
        foreign = None if first_byte else foreign_kind(head, encoding)
        if foreign is not None:
            yield self._broken(Block(head, first_line, first_byte), Fault(reasons.UNREADABLE_FILE, foreign))
            return
        is_first = True
        parts = utf8_parts(chain([head] if head else [], chunks), encoding)
        for part in self._parts(content, parts, first_line, first_byte):
            yield self._batch(part, is_first=is_first)
            is_first = False

    def _parts(
        self, content: Content, parts: Iterator[bytes], line: int, offset: int
    ) -> Iterator[Block | LongLine | _Broken]:
        blocks = Blocks(parts, self._format.boundary, self._format.marked, line, offset)
        yield from blocks
        last = blocks.last()
        if content.broken is None:
            if last.data:
                yield last
            return
        # The line that a broken stream leaves without an end may be half a line.
        end = self._format.boundary(last.data)
        if end:
            yield replace(last, data=last.data[:end])
        lines = newlines(self._format.marked(last.data[:end]))
        left = last.data[end:] if content.size else content.head
        rest = Block(left, last.line + lines, last.offset + end)
        yield _Broken(rest, content.broken)

    def _broken(self, rest: Block, fault: Fault) -> ReadBatch:
        gathered = Gathered(self._plan)
        gathered.reject(Rejected(rest.line, rest.offset, fault, rest.data))
        return gathered.batch()

    def _batch(self, part: Block | LongLine | _Broken, *, is_first: bool) -> ReadBatch:
        if isinstance(part, _Broken):
            return self._broken(part.rest, part.fault)
        if isinstance(part, LongLine):
            gathered = Gathered(self._plan)
            gathered.reject(Rejected(part.line, part.offset, too_long(part.size, part.head), part.head))
            return gathered.batch()
        if is_first and part.data.startswith(BOM):
            part = Block(part.data[len(BOM) :], part.line, part.offset + len(BOM))
        block, header = self._format.begin(part)
        gathered = Gathered(self._format.plan)
        if header is not None:
            gathered.reject(header)
        for section in self._format.sections(block):
            self._read(section, self._first_level, gathered)
        return gathered.batch()

    def _read(self, block: Block, level: int, gathered: Gathered) -> None:
        if level >= len(_SIZES) or not self._format.is_divisible(block.data):
            for record in self._format.slow(block):
                gathered.add_record(record.line, record.offset, record.raw, record.content)
            return
        for part in _divided(block, _SIZES[level], self._format):
            sources = self._format.fast(part, infer=level >= _INFER_FROM)
            if sources is None:
                self._read(part, level + 1, gathered)
            else:
                self._take(part, sources, gathered)

    def _take(self, part: Block, sources: Sequence[SourceRows], gathered: Gathered) -> None:
        """The rows of the fast path, and every other record by the slow path."""
        lines, ends = self._format.places(part)
        taken = np.zeros(len(lines), np.bool_)
        for source in sources:
            lacking = gathered.add_rows(replace(source, line=source.line + part.line)) - part.line
            taken[np.searchsorted(lines, source.line)] = True
            taken[np.searchsorted(lines, lacking)] = False
        for place in np.flatnonzero(~taken).tolist():
            start = int(ends[place - 1]) if place else 0
            data = part.data[start : int(ends[place])]
            for record in self._format.slow(Block(data, part.line + int(lines[place]), part.offset + start)):
                gathered.add_record(record.line, record.offset, record.raw, record.content)


def _divided(block: Block, size: int, text: TextFormat) -> Iterator[Block]:
    """The block in parts of about `size` bytes that end with whole records."""
    if len(block.data) <= size:
        yield block
        return
    line, start = block.line, 0
    while start < len(block.data):
        end = _part_end(block.data, start, size, text)
        data = block.data[start:end]
        yield Block(data, line, block.offset + start)
        line, start = line + newlines(text.marked(data)), end


def _part_end(data: bytes, start: int, size: int, text: TextFormat) -> int:
    while start + size < len(data):
        if end := text.boundary(data[start : start + size]):
            return start + end
        size *= 2
    return len(data)
