"""Records of input files: CSV and JSON Lines, plain or gzip, one dict per record or what is wrong with it."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO, Union, cast

from domain.record import reasons
from domain.record.faults import RecordError
from domain.record.json_documents import Documents, is_nested
from domain.record.json_object import json_object, json_value
from domain.record.json_spans import MOST_BYTES, spans
from domain.record.like_names import like_name
from domain.record.line_protocol import line_record
from domain.record.quality import quality_columns
from domain.record.text_lines import BOM, is_too_long

from edge_bundle.format.pipeline import Pipeline, Source
from edge_bundle.gateway.errors import SourceError
from edge_bundle.gateway.input.csv_records import csv_rows
from edge_bundle.gateway.input.own_columns import own_source_of
from edge_bundle.gateway.input.records import Fault
from edge_bundle.gateway.input.source_columns import read_columns, value_columns

FileRecord = Union[dict[str, Any], Fault]
# Sources: RFC 1952 (gzip), RFC 8878 (zstd; a file of it may begin with a frame to skip).
_GZIP = b"\x1f\x8b"
_ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes([low]) + b"\x2a\x4d\x18" for low in range(0x50, 0x60)))


def source_of(pipeline: Pipeline, path: Path) -> Source:
    """The source whose file patterns match the end of `path`, or the lakehouse's own columns where the name says so.

    Raises:
        SourceError: None does, or more than one; the message lists the patterns.
    """
    own = own_source_of(path.name)
    if own is not None:
        return own
    found = [source for source in pipeline.sources if any(_matches(path, glob) for glob in source.files)]
    if len(found) != 1:
        patterns = ", ".join(f"{source.name}: {' '.join(source.files)}" for source in pipeline.sources)
        got = f"sources {', '.join(source.name for source in found)} match" if found else "no source matches"
        raise SourceError(f"{path.name}: {got}; the bundle reads {patterns or 'no files'}, and <feed>*.own.jsonl")
    return found[0]


def _matches(path: Path, glob: str) -> bool:
    """Whether the end of the path, as many parts as the pattern has, fits it."""
    depth = glob.count("/") + 1
    return fnmatchcase("/".join(path.absolute().parts[-depth:]), glob)


def content_digest(path: Path) -> str:
    """SHA-256 of a file's content: what tells a file read before, under whatever name."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def records(path: Path, source: Source, max_line_bytes: int) -> Iterator[FileRecord]:
    """Every record of a file, in its order; a file that breaks off gives what is readable, then one fault.

    Raises:
        SourceError: A wrong CSV header, or zstd, which the device cannot unpack.
        OSError: The file cannot be read.
    """
    with _open(path) as file:
        try:
            if source.format == "csv":
                yield from _csv_records(file, source, path.name, max_line_bytes)
            else:
                yield from _documents(file, source, max_line_bytes)
        except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
            yield Fault(reasons.TRUNCATED, f"{path.name}: {exc}")


def _documents(file: BinaryIO, source: Source, max_line_bytes: int) -> Iterator[FileRecord]:
    """The records of JSON and of line protocol."""
    columns, cells = read_columns(source), value_columns(source)
    if source.format == "influx":
        yield from lines_of(file, max_line_bytes, _protocol)
        return
    if source.format == "jsonl" and not is_nested(source, columns):
        yield from json_lines(file, max_line_bytes)
        return
    texts = [column for ours, column in source.columns.items() if ours not in {"value", "sequence"}]
    documents = Documents(source, columns, cells, source.ignored, texts)
    if source.format == "jsonl":
        yield from lines_of(file, max_line_bytes, lambda line: _nested(line, documents))
        return
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        yield Fault(reasons.UNREADABLE_FILE, f"more than {MOST_BYTES:,} bytes of whole JSON")
        return
    data = data.removeprefix(BOM)
    for span in spans(data, whole_arrays=bool(source.base)):
        if span.fault is not None:
            yield Fault(span.fault.reason, span.fault.detail)
        else:
            yield from _nested(data[span.start : span.end], documents)


def _nested(raw: bytes, documents: Documents) -> Iterator[FileRecord]:
    try:
        found = list(documents.of(json_value(raw)))
    except RecordError as exc:
        yield Fault(exc.fault.reason, exc.fault.detail)
        return
    for flat in found:
        yield flat if isinstance(flat, dict) else Fault(flat.reason, flat.detail)


def _protocol(line: bytes) -> Iterator[FileRecord]:
    try:
        record = line_record(line)
    except RecordError as exc:
        yield Fault(exc.fault.reason, exc.fault.detail)
        return
    if record is not None:
        yield record


def _open(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        magic = file.read(4)
    if magic in _ZSTD:
        raise SourceError(f"{path.name} is zstd, which a gateway cannot read; unpack it first")
    if magic[:2] == _GZIP:
        return cast("BinaryIO", gzip.open(path))
    return path.open("rb")


def json_lines(file: BinaryIO, max_line_bytes: int) -> Iterator[FileRecord]:
    """The records of JSON Lines; blank lines are none, nor is a byte order mark at the beginning."""
    yield from lines_of(file, max_line_bytes, lambda line: (json_record(line),))


def lines_of(
    file: BinaryIO, max_line_bytes: int, records_in: Callable[[bytes], Iterable[FileRecord]]
) -> Iterator[FileRecord]:
    """The records of every line that is not blank, without a byte order mark at the beginning."""
    most = max_line_bytes + len(b"\r\n")
    line = file.readline(len(BOM) + most).removeprefix(BOM)
    while line:
        if is_too_long(line, max_line_bytes):
            yield _skip_line(file, line, max_line_bytes)
        elif line.strip():
            yield from records_in(line)
        line = file.readline(most)


def _skip_line(file: BinaryIO, line: bytes, max_line_bytes: int) -> Fault:
    while line and not line.endswith(b"\n"):
        line = file.readline(max_line_bytes)
    return Fault(reasons.LINE_TOO_LONG, f"a line has more than {max_line_bytes} bytes")


def json_record(line: bytes) -> FileRecord:
    """The record in one line, or what is wrong with it."""
    try:
        return json_object(line)
    except RecordError as exc:
        return Fault(exc.fault.reason, exc.fault.detail)


def _csv_records(file: BinaryIO, source: Source, name: str, max_line_bytes: int) -> Iterator[FileRecord]:
    rows = csv_rows(file, source.delimiter, max_line_bytes)
    header = next(rows, None)
    if header is None:
        return
    if isinstance(header, Fault):
        raise SourceError(f"{name}: its header cannot be read: {header.detail}")
    _check_header(header, source, name)
    for row in rows:
        yield row if isinstance(row, Fault) else _csv_record(header, row)


def _csv_record(header: list[str], row: list[str]) -> FileRecord:
    if len(row) != len(header):
        return Fault(reasons.WRONG_FIELD_COUNT, f"{len(row)} cells; the header has {len(header)}")
    return dict(zip(header, row))


def _check_header(header: list[str], source: Source, name: str) -> None:
    time = [source.time.column] if source.time else []
    cells = [column.column for column in source.metrics if not column.optional] + list(source.machines)
    codes = quality_columns(source.quality, cells if source.shape != "long" else [source.columns.get("value", "value")])
    codes = codes if source.quality is not None and source.quality.absent == "bad" else ()
    needed = [*time, *source.columns.values(), *source.attributes.values(), *cells, *codes]
    twice = [each for each in (*needed, *(column.column for column in source.metrics)) if header.count(each) > 1]
    if twice:
        raise SourceError(f"{name}: column {twice[0]!r} of source {source.name} is there twice")
    absent = [column for column in needed if column not in header]
    if absent:
        raise SourceError(
            f"{name}: column {absent[0]!r} of source {source.name} is missing; it has {', '.join(header)}"
        )
    known = {*needed, *(column.column for column in source.metrics), *source.ignored}
    for column in (column.column for column in source.metrics if column.column not in header):
        found = like_name(column, (name for name in header if name not in known))
        if found is not None:
            raise SourceError(f"{name}: column {column!r} of source {source.name} is missing, and {found!r} is there")
    if source.metrics and not any(column.column in header for column in source.metrics):
        raise SourceError(
            f"{name}: no column with readings of source {source.name} is there; it has {', '.join(header)}"
        )
