"""CSV with a header. The fast path reads a block with Arrow, the slow one reads record by record with `csv`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from bronze.readers.batch import Rejected
from bronze.readers.coded_text import plain
from bronze.readers.column_names import new_names
from bronze.readers.columns import typed_rows
from bronze.readers.csv_rows import fixed_width
from bronze.readers.csv_rows.header import MOST_BEFORE, Headers, Names, from_byte, lines_before
from bronze.readers.csv_rows.quoting import boundary, record_ends, records
from bronze.readers.plan import ReadPlan
from bronze.readers.record.fields import FieldReader
from bronze.readers.record.outcome import OTHER, Decoded
from bronze.readers.row_step import RowPlaces
from bronze.readers.shape import SourceRows
from bronze.readers.text.lines import Block, line_ends, with_newlines
from bronze.readers.text.record import TextRecord, is_utf8
from domain.record import reasons
from domain.record.canonical import json_text
from domain.record.csv_layout import BLANKS, TRIMMED, UNKNOWN_NAMES, CsvLayout, nameless_fault
from domain.record.faults import Fault
from domain.record.text_lines import BOM, MAX_LINE
from domain.record.units_row import other_unit
from expectations.mapping.lines_above import (
    begins_another,
    own_lines,
    says_otherwise,
    texts_above,
    with_above,
    words_of,
)
from expectations.mapping.other_units import other_units

_NO_CONTENT = re.compile(rb"(?:\A|\n|\r(?!\n))[ \t\x0b\x0c]*[\r\n]")  # a line of white space
_RUNS = re.compile(rb"[ \t]+")
_BEHIND = "\n"  # what the names of fields behind the last column begin with
_EDGE_BLANKS = re.compile(rb"(?m)^ | (?=\r?$)")


class CsvRows:
    """Reads blocks of CSV for one plan. The header is the first record, unless the mapping's [csv] says otherwise.

    It is looked for in the file's first bytes where these are given, else in the first block. A record with every
    column of the mapping is a header again: the records below it are read by its names. A header within the file that
    lacks a column is a rejected record, and so is each record below it until the next header.

    Where a column of the mapping that is not optional is missing from the header (or one is there twice), every line is
    rejected as `missing_column`, so that all can be replayed; the header itself is stored beside them and is no record,
    unless none of its names is known: a file without a header has lost nothing then.
    """

    def __init__(self, plan: ReadPlan, header: bytes | None) -> None:
        self._plan, self._layout = plan, CsvLayout(plan.mapping.csv, plan.mapping.delimiter, plan.known)
        self._fields = FieldReader(plan, is_text=True)
        self._headers = Headers(plan, self._layout)
        self._columns, self._below, self._has_begun = Names(()), 0, False
        self._other_units = other_units(plan.mapping) if plan.mapping.csv.skip_after_header else {}
        self._above_fault: Fault | None = None
        self._above: dict[str, str] = {}
        self._before = b""
        self._places_of_rows = RowPlaces()
        if header is not None:
            block, _ = self.begin(Block(header.removeprefix(BOM), 1, 0))
            self._has_begun = True
            for _ in self.sections(block):
                pass

    @property
    def plan(self) -> ReadPlan:
        """The plan; once the file has begun, with what the lines above its records say."""
        return self._plan

    def boundary(self, data: bytes) -> int:
        """Length of the part of `data` that ends with its last whole record."""
        return boundary(data, self._layout)

    def marked(self, data: bytes) -> bytes:
        """The bytes with a newline for each carriage return alone: in CSV it ends a line."""
        return with_newlines(data)

    def begin(self, block: Block) -> tuple[Block, Rejected | None]:
        """The block without what is above the records, and the header as an entry where it cannot be used."""
        if self._has_begun:
            return block, None
        self._has_begun, whole = True, block
        block = self._headers.skip_lines(block)
        if self._layout.rule.names:
            first = next(records(block.data, self._layout), None)
            self._read_above(whole, block.offset + (first.start if first is not None else len(block.data)))
            self._learn(self._headers.given())
            return block, None
        found = self._headers.first(block)
        if found is None:
            self._has_begun = False
            return block, None
        record, names = found
        self._read_above(whole, block.offset + record.start)
        self._learn(names)
        rest = from_byte(block, record.end)
        fault = self._columns.fault or new_names(names.fields, self._plan, "header")
        if fault is None:
            return rest, None
        raw = block.data[record.start : record.end].rstrip(b"\r\n")
        line, offset = block.line + record.line, block.offset + record.start
        return rest, Rejected(line, offset, fault, raw, int(names.is_record))

    def _read_above(self, block: Block, end: int) -> None:
        """Take in what the lines up to a byte of the file say; without it no record can be read."""
        mapping = self._plan.mapping
        if not mapping.above:
            return
        lines = block.data[: end - block.offset].decode("utf-8", "replace").splitlines()
        texts = texts_above(mapping, lines)
        found = texts if isinstance(texts, str) else with_above(mapping, texts)
        if isinstance(found, str):
            self._above_fault = Fault(reasons.MISSING_COLUMN, found)
            return
        self._above = {} if isinstance(texts, str) else texts
        self._plan = replace(self._plan, mapping=found)
        self._fields = FieldReader(self._plan, is_text=True)

    def _learn(self, names: Names) -> None:
        names = names if names.fault is not None else replace(names, fault=self._above_fault)
        self._columns, self._below = names, 0 if names.is_lacking else self._layout.rule.skip_after_header

    def place_of(self, lines: NDArray[np.int64]) -> NDArray[np.int64]:
        """The places of rows of the last block among the rows of the file, from 0, where each is a step later."""
        return self._places_of_rows.of(lines)

    def sections(self, block: Block) -> Iterator[Block]:
        """The parts of a block between its headers, each to be read before the next is asked for."""
        if self._plan.mapping.each_row_step is None:
            yield from self._sections(block)
            return
        rows = [np.empty(0, np.int64)]
        for part in self._sections(block):
            rows.append(self._lines_of_rows(part))
            yield part
        self._places_of_rows.note(np.concatenate(rows), block.line, len(line_ends(with_newlines(block.data))))

    def _lines_of_rows(self, part: Block) -> NDArray[np.int64]:
        """The lines of the records of a part of a block."""
        may_have_none = any(comment in part.data for comment in self._layout.comments) or _NO_CONTENT.search(part.data)
        if may_have_none or record_ends(part.data, self._layout) is None:
            return np.array([record.line for record in records(part.data, self._layout)], np.int64) + part.line
        return self._places(part.data)[0] + part.line

    def _another_begin(self, block: Block) -> int | None:
        """Where a line says otherwise than those above the records: what is below it is another measurement."""
        mapping, data, places = self._plan.mapping, with_newlines(block.data), list[int]()
        for pattern, word in words_of(mapping) if self._above else ():
            for found in re.finditer(re.escape(word.encode()), data):
                start = data.rfind(b"\n", 0, found.start()) + 1
                line = data[start : data.find(b"\n", start) + 1 or len(data)]
                if says_otherwise(mapping, pattern, line.decode("utf-8", "replace"), self._above):
                    places.append(start)
                    break
        return min(places, default=None)

    def _sections(self, block: Block) -> Iterator[Block]:
        start = self._another_begin(block) if self._above_fault is None else None
        if start is None:
            yield from self._of_one_measurement(block)
            return
        if start:
            yield from self._of_one_measurement(replace(block, data=block.data[:start]))
        rest = from_byte(block, start)
        detail = f"line {rest.line} begins another measurement, with its own `above`; send each as a file of its own"
        self._above_fault = Fault(reasons.MISSING_COLUMN, detail)
        self._columns, self._below = replace(self._columns, fault=self._above_fault), 0
        yield from self._of_one_measurement(rest)

    def _of_one_measurement(self, block: Block) -> Iterator[Block]:
        block = self._behind_layout(block)
        start = 0
        for record, names in list(self._headers.again(block, self._columns.fields)):
            if record.start < start:
                continue
            yield from _part(block, start, record.start)
            self._compare_above(block, record.start)
            self._learn(names)
            rest = self._behind_layout(from_byte(block, record.start if names.is_lacking else record.end))
            start = len(block.data) - len(rest.data)
        self._before = lines_before(self._before + block.data[-MOST_BEFORE:]) if self._above else b""
        yield from _part(block, start, len(block.data))

    def _compare_above(self, block: Block, start: int) -> None:
        """Refuse what comes below a header within the file where the lines above it are not those of the first."""
        if not self._above or self._above_fault is not None:
            return
        data = lines_before(self._before + block.data[max(0, start - MOST_BEFORE) : start])
        own = own_lines(data.decode("utf-8", "replace").splitlines(), self._is_record)
        line = block.line + len(line_ends(with_newlines(block.data[:start])))
        detail = begins_another(self._plan.mapping, own, self._above)
        if detail is not None:
            self._above_fault = Fault(reasons.MISSING_COLUMN, f"line {line} is the header of {detail}")

    def _is_record(self, line: str) -> bool:
        """Whether a line is a record that can be read."""
        found = next(records(line.encode() + b"\n", self._layout), None)
        content = None if found is None else self._decoded(found.content)
        return isinstance(content, Decoded) and not content.faults

    def _behind_layout(self, block: Block) -> Block:
        """The block behind the records that follow a header and are none."""
        end = 0
        for record in records(block.data, self._layout) if self._below else ():
            end, self._below = record.end, self._below - 1
            self._compare_units(record.content)
            if not self._below:
                break
        return from_byte(block, end)

    def _compare_units(self, texts: Sequence[str] | Fault) -> None:
        """Refuse what comes below a row of units that says another unit than the mapping."""
        if self._other_units and not isinstance(texts, Fault):
            detail = other_unit(self._columns.fields, texts, self._other_units)
            if detail is not None and self._columns.fault is None:
                self._columns = replace(self._columns, fault=Fault(reasons.MISSING_COLUMN, detail))

    def is_divisible(self, data: bytes) -> bool:
        """Whether a smaller part of the block may take the fast path."""
        rule = self._layout.rule
        is_text = (not rule.widths or fixed_width.is_plain(data)) and not (rule.unguard and b"=" in data)
        return is_text and self._columns.fault is None and record_ends(data, self._layout) is not None

    def places(self, block: Block) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First line of each record of a divisible block, from 0, and the position behind the record."""
        return self._places(block.data)

    def _places(self, data: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        ends = record_ends(data, self._layout)
        if ends is None:
            message = "a block whose quotes are out of place has no plain records"
            raise ValueError(message)
        return np.concatenate(([0], np.searchsorted(line_ends(with_newlines(data)), ends[:-1]) + 1)), ends

    def fast(self, block: Block, *, infer: bool) -> Sequence[SourceRows] | None:  # noqa: ARG002 - a header knows all
        """Rows of the records that are plainly in order (`line` from 0); None where Arrow cannot say which are."""
        data = block.data if b'"' in block.data else with_newlines(block.data)
        if not self._is_plain(data):
            return None
        lines, ends = self._places(data)
        refused: list[int] = []
        try:
            table = self._read(data, refused)
        except pa.ArrowInvalid:
            return None
        if table.num_rows + len(refused) != len(lines):
            return None
        absent = pa.nulls(table.num_rows, pa.string())
        raw = {name: self._cleaned(table[name].combine_chunks()) for name in table.column_names}
        fields = {name: raw.get(name, absent) for name in self._plan.fields}
        source = typed_rows(fields, _rescued(raw, table.num_rows, self._plan), np.delete(lines, refused), self._plan)
        if source is None:
            return None
        good = self._are_records(data, ends, refused, raw)
        if source.is_other is not None and source.is_other.any():
            good &= ~np.isin(np.delete(lines, refused), source.line[source.is_other]) | self._have_times(fields)
        return [source.only(np.isin(source.line, np.delete(lines, refused)[good]))]

    def _have_times(self, fields: dict[str, pa.Array]) -> NDArray[np.bool_]:
        """Which rows have a digit where their time belongs: the others may be names, which is looked at one by one."""
        has_one = np.zeros(len(next(iter(fields.values()))), np.bool_)
        for name in self._headers.times:
            found = pc.match_substring_regex(plain(fields[name]), "[0-9]").fill_null(True)
            has_one |= found.to_numpy(zero_copy_only=False)
        return has_one if self._headers.times else ~has_one

    def _are_records(
        self, data: bytes, ends: NDArray[np.int64], refused: list[int], raw: dict[str, pa.Array]
    ) -> NDArray[np.bool_]:
        """Which rows of the table are records: no comments, and nothing below an empty name."""
        good = np.ones(len(ends) - len(refused), np.bool_)
        if self._layout.comments and any(comment in data for comment in self._layout.comments):
            starts = np.delete(np.concatenate(([0], ends[:-1])), refused)
            good &= [not data.startswith(self._layout.comments, start) for start in starts.tolist()]
        for name in (*self._columns.nameless, *(name for name in raw if name.startswith(_BEHIND))):
            good &= pc.equal(pc.fill_null(raw[name], ""), "").to_numpy(zero_copy_only=False)
        return good

    def _is_plain(self, data: bytes) -> bool:
        """Whether Arrow and csv part the block alike: no carriage return alone, no record too long, UTF-8."""
        if self._columns.fault or len(self._columns.fields) < 2 or not data or with_newlines(data) != data:
            return False
        ends = record_ends(data, self._layout)
        if ends is None or not len(ends) or ends[-1] != len(data) or not is_utf8(data):
            return False
        if self._layout.delimiter == BLANKS and b'"' in data:
            return False
        if self._layout.rule.widths and not fixed_width.is_plain(data):
            return False
        return int(np.diff(ends, prepend=0).max()) <= MAX_LINE

    def _read(self, data: bytes, refused: list[int]) -> pa.Table:
        """The block as texts; the places of records with another number of fields go to `refused`."""

        def refuse(row: pacsv.InvalidRow) -> str:
            refused.append(row.number - 1)
            return "skip"

        names, plan = (*self._columns.fields, *self._behind(data)), self._plan
        wanted = [name for name in names if name in plan.fields or name not in plan.known]
        delimiter = self._layout.delimiter
        if self._layout.rule.widths:
            delimiter = fixed_width.UNIT_SEPARATOR
            data = fixed_width.with_delimiters(data, self._layout.rule.widths) or b""
        elif delimiter == BLANKS:
            data = _with_single_blanks(data)
        return pacsv.read_csv(
            pa.BufferReader(data),
            read_options=pacsv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=names),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, newlines_in_values=b'"' in data, invalid_row_handler=refuse
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted, check_utf8=False
            ),
        )

    def _behind(self, data: bytes) -> list[str]:
        """Names for fields behind the last column, which are empty; as many as the first record has."""
        if not self._layout.rule.trailing_delimiters:
            return []
        first = next(records(data, self._layout), None)
        count = len(first.content) if first is not None and not isinstance(first.content, Fault) else 0
        return [f"{_BEHIND}{place}" for place in range(count - len(self._columns.fields))]

    def _cleaned(self, texts: pa.Array) -> pa.Array:
        is_trimmed = self._layout.rule.trim or self._layout.rule.widths
        return pc.utf8_trim(texts, TRIMMED) if is_trimmed else texts

    def slow(self, block: Block) -> Iterator[TextRecord]:
        """Every record of a block, one by one."""
        for record in records(block.data, self._layout):
            raw = block.data[record.start : record.end].rstrip(b"\r\n")
            content = self._decoded(self._columns.fault or record.content)
            yield TextRecord(block.line + record.line, block.offset + record.start, raw, content)

    def _decoded(self, texts: Sequence[str] | Fault) -> Decoded | Fault:
        if isinstance(texts, Fault):
            return texts
        names = self._columns.fields
        texts = self._layout.fitted(texts, len(names))
        if len(texts) != len(names):
            detail = f"got {len(texts)} fields; the header has {len(names)}"
            return Fault(reasons.WRONG_FIELD_COUNT, detail)
        fields = dict(zip(names, texts, strict=True))
        for name in self._columns.nameless:
            if fields[name]:
                return nameless_fault(names.index(name), fields[name])
        if self._fields.is_other(fields):
            is_header = self._headers.are_unknown_names(texts, names)
            return Fault(reasons.MISSING_COLUMN, UNKNOWN_NAMES) if is_header else OTHER
        values, faults = self._fields.read(fields)
        unknown = {name: text for name, text in fields.items() if text and name not in self._plan.known}
        return Decoded(values, faults, json_text(unknown))


def _with_single_blanks(data: bytes) -> bytes:
    """The lines with one blank between fields, and none at their ends."""
    if b"  " in data or b"\t" in data:
        data = _RUNS.sub(b" ", data)
    if data.startswith(b" ") or any(edge in data for edge in (b"\n ", b" \n", b" \r")) or data.endswith(b" "):
        data = _EDGE_BLANKS.sub(b"", data)
    return data


def _part(block: Block, start: int, end: int) -> Iterator[Block]:
    if end > start:
        yield from_byte(Block(block.data[:end], block.line, block.offset), start)


def _rescued(raw: dict[str, pa.Array], count: int, plan: ReadPlan) -> pa.Array:
    names = [name for name in raw if name not in plan.known and not name.startswith(_BEHIND)]
    if not names:
        return pa.nulls(count, pa.string())
    rows = zip(*(raw[name].to_pylist() for name in names), strict=True)
    texts = [json_text({n: text for n, text in zip(names, row, strict=True) if text}) for row in rows]
    return pa.array(texts, pa.string())
