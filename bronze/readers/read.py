"""Files of any mapping to batches: the entry point of the readers."""

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from bronze.readers.batch import ReadBatch, Rejected
from bronze.readers.collected import Gathered
from bronze.readers.csv_rows.reader import CsvRows
from bronze.readers.equal_stamps import in_order
from bronze.readers.json_lines.reader import JsonLines, LineProtocol
from bronze.readers.json_lines.whole_file import WholeJson
from bronze.readers.parquet_rows.reader import ParquetReader
from bronze.readers.plan import read_plan
from bronze.readers.row_step import stepped
from bronze.readers.text.reader import TextFormat, TextReader
from bronze.readers.waveforms.cells import CellReader
from bronze.readers.waveforms.rows import RowReader
from domain.record import reasons
from domain.record.faults import Fault
from domain.record.number_text import is_plain
from expectations.mapping.mapping import Mapping
from expectations.mapping.samples import IN_A_CELL


def read_records(
    stream: BinaryIO,
    mapping: Mapping,
    *,
    first_line: int = 1,
    first_byte: int = 0,
    header: bytes | None = None,
    use_fast: bool = True,
) -> Iterator[ReadBatch]:
    """The records of one file, block by block; never raises for what a file holds.

    What a record is: a line of JSON Lines that is not white space; a CSV record behind the header; a row of Parquet. A
    readable row of a wide source counts one record for each mapped cell, an unreadable line counts one. A value (or
    cell) that is empty, null or one of `mapping.missing` is a blank record, even where the rest of its row cannot be
    read; a row whose time or machine cannot be read is one rejected entry for its other cells together. A carriage
    return alone ends a line of CSV, as for Python's csv, and none of JSON Lines, where it is white space.

    Text of another encoding than UTF-8 is read as its mapping or its byte order mark says; offsets are then those of
    the same text in UTF-8. Of a sheet its text is read (`bronze.workbooks`). What is no text at all, such as a PDF, is
    one rejected record (`unreadable_file`).

    Compression is seen from the content. A stream that breaks off gives what is readable and one rejected record
    (`truncated`, `corrupt_stream`; `unreadable_file` where nothing could be read); its last line that has no end is in
    that record. In a CSV file whose header lacks a mapped column every line is rejected as `missing_column`, and
    the header is stored as an entry with `record_count` 0, or 1 where it names no mapped column or cannot be read: it
    may be a record.

    Args:
        stream: The file, open for reading bytes, at the place where reading begins.
        mapping: What the file's columns mean.
        first_line: Line number of the first line that is read (the tail of a file that grew begins later).
        first_byte: Byte offset of it, in decompressed bytes.
        header: CSV: the file's first bytes with its header, where the stream begins behind it.
        use_fast: False takes the slow path for all blocks, which gives the same batches.

    Yields:
        Batches for which records == rows + blank + sum of the rejected entries' record_count.
    """
    batches = _batches(stream, mapping, (first_line, first_byte), header, use_fast=use_fast)
    rule = mapping.time.equal_stamps if mapping.time else None
    yield from batches if rule is None else in_order(batches, rule)


def as_text(mapping: Mapping) -> Mapping:
    """The mapping of sheets for their text, as `bronze.workbooks` writes it: all rows are as wide as the widest."""
    layout = replace(mapping.csv, trailing_delimiters=True)
    return replace(mapping, format="csv", encoding="utf-8", csv=layout)


def refused_file(mapping: Mapping, fault: str) -> ReadBatch:
    """The one rejected record of a file that cannot be read at all, for the reason in words that is given."""
    gathered = Gathered(read_plan(mapping))
    gathered.reject(Rejected(1, None, Fault(reasons.UNREADABLE_FILE, fault), b""))
    return gathered.batch()


def _batches(
    stream: BinaryIO, mapping: Mapping, first: tuple[int, int], header: bytes | None, *, use_fast: bool
) -> Iterator[ReadBatch]:
    if mapping.format == "xlsx":
        mapping = as_text(mapping)
    if mapping.samples is not None:
        yield from _waveforms(stream, mapping, first, header, use_fast=use_fast)
        return
    plan = read_plan(mapping)
    # The fast paths of JSON do not tell a number from a number in quotes, and those of documents know one time.
    use_fast = use_fast and (mapping.format == "csv" or (is_plain(mapping.numbers) and mapping.exported is None))
    if mapping.format == "parquet":
        table = ParquetReader(plan, use_fast=use_fast).read(stream)
        yield from stepped(table, lambda: mapping.each_row_step, lambda lines: lines - 1)
        return
    if mapping.format == "json":
        yield from WholeJson(plan, use_fast=use_fast).read(stream)
        return
    if mapping.format == "csv":
        rows = CsvRows(plan, header)
        found = TextReader(plan, rows, use_fast=use_fast).read(stream, *first)
        yield from stepped(found, lambda: rows.plan.mapping.each_row_step, rows.place_of)
        return
    text: TextFormat = LineProtocol(plan) if mapping.format == "influx" else JsonLines(plan)
    yield from TextReader(plan, text, use_fast=use_fast).read(stream, *first)


def _waveforms(
    stream: BinaryIO, mapping: Mapping, first: tuple[int, int], header: bytes | None, *, use_fast: bool
) -> Iterator[ReadBatch]:
    if mapping.samples is not None and mapping.samples.layout == IN_A_CELL:
        return CellReader(mapping, use_fast=use_fast).read(stream)
    return RowReader(mapping, header, use_fast=use_fast).read(stream, first)
