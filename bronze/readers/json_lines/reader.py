"""JSON Lines: one object a line. The fast paths read many lines at a time, the slow one line by line."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bronze.readers.json_lines.arrow_blocks import JsonBlocks
from bronze.readers.json_lines.flat_lines import plain_lines
from bronze.readers.json_lines.forms import JsonForms
from bronze.readers.json_lines.nested import NestedRecords, reads_nested
from bronze.readers.json_lines.nested_forms import NestedForms
from bronze.readers.json_lines.protocol_forms import ProtocolForms
from bronze.readers.plan import ReadPlan
from bronze.readers.record.fields import FieldReader
from bronze.readers.record.outcome import OTHER, Decoded
from bronze.readers.shape import SourceRows
from bronze.readers.text.lines import Block, last_newline, line_ends
from bronze.readers.text.record import TextRecord, too_long
from domain.record import reasons
from domain.record.canonical import json_text
from domain.record.cells import QUALITY, SCALAR
from domain.record.faults import Fault, RecordError
from domain.record.json_object import json_object
from domain.record.like_names import renamed_to
from domain.record.line_protocol import line_record
from domain.record.text_lines import MAX_LINE

_NEWLINE, _RETURN = b"\n\r"
_FEW = 64  # lines that have no form and are read one by one: most are faulty


class JsonLines:
    """Reads blocks of JSON Lines for one plan."""

    def __init__(self, plan: ReadPlan) -> None:
        self._plan = plan
        self._fields = FieldReader(plan, is_text=False)
        self._forms, self._blocks = JsonForms(plan), JsonBlocks(plan)
        self._is_fast = SCALAR not in plan.fields.values()
        self._nested = NestedRecords(plan) if reads_nested(plan) else None
        self._nested_forms = NestedForms(plan, self._nested.documents) if self._nested is not None else None
        self._has_codes = QUALITY in plan.fields.values()

    @property
    def plan(self) -> ReadPlan:
        """The plan."""
        return self._plan

    def boundary(self, data: bytes) -> int:
        """Length of the part of `data` that ends with its last newline."""
        return last_newline(data)

    def marked(self, data: bytes) -> bytes:
        """The bytes unchanged: a carriage return alone is white space in JSON and ends no line."""
        return data

    def begin(self, block: Block) -> tuple[Block, None]:
        """The first block unchanged, since JSON Lines have no header."""
        return block, None

    def sections(self, block: Block) -> Iterator[Block]:
        """The block itself: each line says all of itself."""
        yield block

    def is_divisible(self, data: bytes) -> bool:  # noqa: ARG002 - any part of JSON Lines may take the fast path
        """Whether a smaller part of the block may take the fast path."""
        return self._is_fast

    def places(self, block: Block) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The number of each line, from 0, and the position behind it."""
        return np.arange(len(block.ends)), block.ends

    def fast(self, block: Block, *, infer: bool) -> Sequence[SourceRows] | None:
        """Rows of lines that are one plain, flat, valid object each; None where too many are left and Arrow gives up.

        Args:
            block: Whole lines. `line` of the result counts from 0.
            infer: Whether unknown fields may occur.
        """
        if self._nested_forms is not None:
            ends = _without_line_ends(block)
            return list(self._nested_forms.sources(block.data, block.starts, ends, np.arange(len(ends))))
        formed = list(self._forms.sources(block))
        left = np.ones(len(block.ends), np.bool_)
        for source in formed:
            left[source.line] = False
        others = np.flatnonzero(left)
        if (formed and len(others) <= _FEW) or self._has_codes:  # Arrow wants one type for all codes of a column
            return [self._with_values(source) for source in formed]
        data, lines = _plain(block, others)
        try:
            return [self._with_values(source) for source in (*formed, *self._blocks.sources(data, lines, infer=infer))]
        except pa.ArrowInvalid:
            return None

    def _with_values(self, source: SourceRows) -> SourceRows:
        """The rows that have a value. Arrow reads an absent field as null, and only a null field is blank.

        A row that lacks one value and has an unknown field is left out too: the one may be the other, renamed. So is a
        record of others with an unknown field: it may be the column that tells them apart.
        """
        lacking = np.full(len(source.line), bool(self._plan.cells))
        lacks_one = np.zeros(len(source.line), np.bool_)
        for column in self._plan.cell_columns:
            is_null = source.columns[column].is_null().to_numpy(zero_copy_only=False)
            lacking &= is_null
            lacks_one |= is_null
        if source.rescued.null_count < len(source.line):
            lacks_one |= bool(self._plan.may_lack)
            lacking |= lacks_one & source.rescued.is_valid().to_numpy(zero_copy_only=False)
        if source.is_other is None:
            return source.only(~lacking)
        is_known = source.rescued.is_null().to_numpy(zero_copy_only=False)
        return source.only(np.where(source.is_other, is_known, ~lacking))

    def slow(self, block: Block) -> Iterator[TextRecord]:
        """Every record of a block, line by line; lines of white space are none."""
        start = 0
        for place, end in enumerate(line_ends(block.data)):
            raw = block.data[start:end].rstrip(b"\r\n")
            if raw.strip():
                for part, content in self._records(raw):
                    yield TextRecord(block.line + place, block.offset + start, part, content)
            start = int(end)

    def _records(self, raw: bytes) -> Iterator[tuple[bytes, Decoded | Fault]]:
        if self._nested is None or len(raw) > MAX_LINE:
            yield raw, self._record(raw)
        else:
            yield from self._nested.of(raw)

    def _record(self, raw: bytes) -> Decoded | Fault:
        if len(raw) > MAX_LINE:
            return too_long(len(raw), raw)
        try:
            return self._decoded(json_object(raw))
        except RecordError as exc:
            return exc.fault

    def _decoded(self, fields: dict[str, object]) -> Decoded:
        plan = self._plan
        if self._fields.is_other(fields, plan.known):
            return OTHER
        values, faults = self._fields.read(fields)
        faults |= self._absent(fields)
        rescued = json_text({name: value for name, value in fields.items() if name not in plan.known})
        return Decoded(values, faults, rescued)

    def _absent(self, fields: dict[str, object]) -> dict[str, Fault]:
        """A reading without its value's field is not blank, since the source may have renamed the field."""
        cells = self._plan.cell_columns
        if not cells or any(column in fields for column in cells):
            return self._renamed(fields)
        detail = f"none of {', '.join(cells)} is in the object; it has {', '.join(map(repr, sorted(fields)))}"[:1000]
        if self._plan.is_wide:
            raise RecordError(reasons.MISSING_FIELD, detail)
        return {cells[0]: Fault(reasons.MISSING_FIELD, detail, cells[0])}

    def _renamed(self, fields: dict[str, object]) -> dict[str, Fault]:
        """A cell, or what else may be absent, that is absent beside an unknown field of like name is not blank."""
        plan, faults = self._plan, dict[str, Fault]()
        for column in (*plan.may_lack, *plan.cell_columns) if fields.keys() - plan.known else ():
            if column not in fields and (found := renamed_to(column, fields, plan.known)) is not None:
                detail = f"{column} is not in the object, and {found} is; name that in the mapping, or in `ignored`"
                faults[column] = Fault(reasons.MISSING_FIELD, detail, column)
        return faults


class LineProtocol(JsonLines):
    """Reads blocks of InfluxDB's line protocol for one plan: a flat record a line; comments are none."""

    def __init__(self, plan: ReadPlan) -> None:
        super().__init__(plan)
        self._protocol = ProtocolForms(plan)
        self._refused: bytes | None = None

    def is_divisible(self, data: bytes) -> bool:
        """Whether the block may take the fast path: not if it has just been seen to have no plain line."""
        return data is not self._refused

    def fast(self, block: Block, *, infer: bool) -> Sequence[SourceRows] | None:  # noqa: ARG002 - forms know all fields
        """Rows of plain lines whose names are all known, the others to be read alone; None where no line is plain."""
        sources = list(self._protocol.sources(block.data, block.starts, _without_line_ends(block)))
        self._refused = None if sources else block.data
        return [self._with_values(source) for source in sources] or None

    def _records(self, raw: bytes) -> Iterator[tuple[bytes, Decoded | Fault]]:
        if len(raw) > MAX_LINE:
            yield raw, too_long(len(raw), raw)
            return
        try:
            record = line_record(raw)
            if record is not None:
                yield raw, self._decoded(record)
        except RecordError as exc:
            yield raw, exc.fault


def _without_line_ends(block: Block) -> NDArray[np.int64]:
    """Where each line ends, without its newline and a carriage return before it."""
    text = np.frombuffer(block.data, np.uint8)
    ends = block.ends - (text[block.ends - 1] == _NEWLINE)
    return np.asarray(ends - ((ends > block.starts) & (text[np.maximum(ends - 1, 0)] == _RETURN)), np.int64)


def _plain(block: Block, lines: NDArray[np.int64]) -> tuple[bytes, NDArray[np.int64]]:
    """Those of the lines that Arrow may be given, one behind the other, and their numbers."""
    starts, ends = block.starts, block.ends
    if len(lines) < len(ends):
        joined = Block(_joined(block.data, starts, ends, lines), 0, 0)
        data, chosen = _plain(joined, np.arange(len(lines)))
        return data, lines[chosen]
    plain = np.flatnonzero(plain_lines(block.data, starts, ends))
    return (block.data if len(plain) == len(ends) else _joined(block.data, starts, ends, plain)), plain


def _joined(data: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64], lines: NDArray[np.int64]) -> bytes:
    """The bytes of some lines, taken in runs of neighbours."""
    runs = np.split(lines, np.flatnonzero(np.diff(lines) != 1) + 1) if len(lines) else []
    return b"".join([data[starts[run[0]] : ends[run[-1]]] for run in runs])
