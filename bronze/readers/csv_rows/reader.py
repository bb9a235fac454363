"""CSV with a header. The fast path reads a block with Arrow, the slow one reads record by record with `csv`."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from bronze.readers.batch import Rejected
from bronze.readers.column_names import column_fault, new_names, unique_names
from bronze.readers.columns import typed_rows
from bronze.readers.csv_rows.quoting import boundary, record_ends, records
from bronze.readers.plan import ReadPlan
from bronze.readers.record.fields import FieldReader
from bronze.readers.record.outcome import Decoded
from bronze.readers.shape import SourceRows
from bronze.readers.text.lines import Block, line_ends, with_newlines
from bronze.readers.text.record import TextRecord, is_utf8
from domain.record import reasons
from domain.record.canonical import json_text
from domain.record.faults import Fault
from domain.record.text_lines import BOM, MAX_LINE


class CsvRows:
    """Reads blocks of CSV for one plan. The header is the first line that is not blank.

    It is looked for in the file's first bytes where these are given, else in the first block.

    Where a column of the mapping that is not optional is missing from the header (or one is there twice), every line is
    rejected as `missing_column`, so that all can be replayed; the header itself is stored beside them and is no record.
    """

    def __init__(self, plan: ReadPlan, header: bytes | None) -> None:
        self._plan, self._delimiter = plan, plan.mapping.delimiter
        self._fields = FieldReader(plan, is_text=True)
        self._names: tuple[str, ...] = ()
        self._fault: Fault | None = None
        self._has_header = header is not None
        if header is not None:
            first = next(records(header.removeprefix(BOM), self._delimiter), None)
            self._learn(first.content if first else ())

    def boundary(self, data: bytes) -> int:
        """Length of the part of `data` that ends with its last whole record."""
        return boundary(data, self._delimiter)

    def marked(self, data: bytes) -> bytes:
        """The bytes with a newline for each carriage return alone: in CSV it ends a line."""
        return with_newlines(data)

    def begin(self, block: Block) -> tuple[Block, Rejected | None]:
        """The block without the header, and the header as an entry where it cannot be used."""
        if self._has_header:
            return block, None
        first = next(records(block.data, self._delimiter), None)
        if first is None:
            return block, None
        self._has_header = True
        self._learn(first.content)
        head = block.data[: first.end]
        rest = Block(block.data[first.end :], block.line + with_newlines(head).count(b"\n"), block.offset + first.end)
        fault = self._fault or new_names(self._names, self._plan, "header")
        if fault is None:
            return rest, None
        raw = head[first.start :].rstrip(b"\r\n")
        return rest, Rejected(block.line + first.line, block.offset + first.start, fault, raw, 0)

    def _learn(self, header: tuple[str, ...] | Fault) -> None:
        if isinstance(header, Fault):
            detail = f"the header cannot be read ({header.detail}); correct it and replay"
            self._fault = Fault(reasons.MISSING_COLUMN, detail)
            return
        self._names = unique_names(header)
        self._fault = column_fault(header, self._plan, "header")

    def is_divisible(self, data: bytes) -> bool:
        """Whether a smaller part of the block may take the fast path."""
        return self._fault is None and record_ends(data, self._delimiter) is not None

    def places(self, block: Block) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First line of each record of a divisible block, from 0, and the position behind the record."""
        return self._places(block.data)

    def _places(self, data: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        ends = record_ends(data, self._delimiter)
        if ends is None:
            message = "a block whose quotes are out of place has no plain records"
            raise ValueError(message)
        return np.concatenate(([0], np.searchsorted(line_ends(with_newlines(data)), ends[:-1]) + 1)), ends

    def fast(self, block: Block, *, infer: bool) -> Sequence[SourceRows] | None:  # noqa: ARG002 - a header knows all
        """Rows of the records that are plainly in order (`line` from 0); None where Arrow cannot say which are."""
        data = block.data if b'"' in block.data else with_newlines(block.data)
        if not self._is_plain(data):
            return None
        lines, _ = self._places(data)
        refused: list[int] = []
        try:
            table = self._read(data, refused)
        except pa.ArrowInvalid:
            return None
        if table.num_rows + len(refused) != len(lines):
            return None
        absent = pa.nulls(table.num_rows, pa.string())
        there = set(table.column_names)
        raw = {name: table[name].combine_chunks() if name in there else absent for name in self._plan.fields}
        source = typed_rows(raw, _rescued(table, self._plan), np.delete(lines, refused), self._plan)
        return None if source is None else [source]

    def _is_plain(self, data: bytes) -> bool:
        """Whether Arrow and csv part the block alike: no carriage return alone, no record too long, UTF-8."""
        if self._fault or len(self._names) < 2 or not data or with_newlines(data) != data:
            return False
        ends = record_ends(data, self._delimiter)
        if ends is None or not len(ends) or ends[-1] != len(data) or not is_utf8(data):
            return False
        return int(np.diff(ends, prepend=0).max()) <= MAX_LINE

    def _read(self, data: bytes, refused: list[int]) -> pa.Table:
        """The block as texts; the places of records with another number of fields go to `refused`."""

        def refuse(row: pacsv.InvalidRow) -> str:
            refused.append(row.number - 1)
            return "skip"

        wanted = [name for name in self._names if name in self._plan.fields or name not in self._plan.known]
        return pacsv.read_csv(
            pa.BufferReader(data),
            read_options=pacsv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=self._names),
            parse_options=pacsv.ParseOptions(
                delimiter=self._delimiter, newlines_in_values=b'"' in data, invalid_row_handler=refuse
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted, check_utf8=False
            ),
        )

    def slow(self, block: Block) -> Iterator[TextRecord]:
        """Every record of a block, one by one."""
        for record in records(block.data, self._delimiter):
            raw = block.data[record.start : record.end].rstrip(b"\r\n")
            content = self._decoded(self._fault or record.content)
            yield TextRecord(block.line + record.line, block.offset + record.start, raw, content)

    def _decoded(self, texts: tuple[str, ...] | Fault) -> Decoded | Fault:
        if isinstance(texts, Fault):
            return texts
        if len(texts) != len(self._names):
            detail = f"got {len(texts)} fields; the header has {len(self._names)}"
            return Fault(reasons.WRONG_FIELD_COUNT, detail)
        fields = dict(zip(self._names, texts, strict=True))
        values, faults = self._fields.read(fields)
        unknown = {name: text for name, text in fields.items() if text and name not in self._plan.known}
        return Decoded(values, faults, json_text(unknown))


def _rescued(table: pa.Table, plan: ReadPlan) -> pa.Array:
    names = [name for name in table.column_names if name not in plan.known]
    if not names:
        return pa.nulls(table.num_rows, pa.string())
    rows = zip(*(table[name].to_pylist() for name in names), strict=True)
    texts = [json_text({n: text for n, text in zip(names, row, strict=True) if text}) for row in rows]
    return pa.array(texts, pa.string())
