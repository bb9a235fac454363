"""Records of input files: CSV and JSON Lines, plain or gzip, one dict per record or what is wrong with it."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO, Union, cast

from domain.path_pattern import PatternError, normal, path_pattern
from domain.record import reasons
from domain.record.faults import RecordError
from domain.record.file_kind import HEAD, foreign_kind
from domain.record.json_documents import Documents, is_nested
from domain.record.json_object import json_object, json_value
from domain.record.json_spans import MOST_BYTES, spans
from domain.record.line_protocol import line_record
from domain.record.text_encoding import as_utf8, some_bytes
from domain.record.text_lines import BOM, is_too_long

from edge_bundle.format.pipeline import Pipeline, Source
from edge_bundle.gateway.errors import SourceError
from edge_bundle.gateway.input.csv_file import csv_records
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
    found = _readers(pipeline, path)
    if len(found) != 1:
        patterns = ", ".join(f"{source.name}: {' '.join(source.files)}" for source in pipeline.sources)
        got = f"sources {', '.join(source.name for source in found)} match" if found else "no source matches"
        raise SourceError(f"{path.name}: {got}; the bundle reads {patterns or 'no files'}, and <feed>*.own.jsonl")
    fields = path_fields(found[0], path) or {}
    return _with_fields(found[0], fields) if fields else found[0]


def _with_fields(source: Source, fields: dict[str, str]) -> Source:
    """The source for a file whose path says that: constants, and what of it the time is made of."""
    time = source.time
    if time is not None:
        named = (time.column, *time.joined, time.plus_column)
        time = replace(time, given={**time.given, **{name: fields[name] for name in named if name in fields}})
    return replace(source, constants={**source.constants, **fields}, time=time)


def path_fields(source: Source, path: Path) -> dict[str, str] | None:
    """What the path says of the file's records; nothing without a pattern, None where the pattern does not fit.

    Raises:
        SourceError: The pattern cannot be read.
    """
    if not source.path:
        return {}
    try:
        return path_pattern(source.path).fields(path.absolute().as_posix())
    except PatternError as exc:
        raise SourceError(f"source {source.name}: {exc}") from exc


def _readers(pipeline: Pipeline, path: Path) -> list[Source]:
    """The sources with a pattern that the end of the path fits, as many names as the pattern has.

    A star matches folders too, as in the lake: where no source is found so, the shortest longer end counts.
    """
    names = normal(path.absolute().as_posix()).split("/")
    fitting = [source for source in pipeline.sources if path_fields(source, path) is not None]
    for more in range(len(names)):
        found = [source for source in fitting if any(_matches(names, glob, more) for glob in source.files)]
        if found:
            return found
    return []


def _matches(names: list[str], glob: str, more: int) -> bool:
    """Whether the end of a path fits a pattern: so many names as it has, and some more."""
    depth = glob.count("/") + 1 + more
    return depth <= len(names) and fnmatchcase("/".join(names[-depth:]), normal(glob))


def content_digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def identity(content: str, source: Source, path: Path) -> str:
    """What tells a file that was read before, under whatever name: its content, its source, and what the path says.

    Equal files of two machines hold different records; the lake tells files by the same three.
    """
    text_of_identity = json.dumps([content, source.name, path_fields(source, path) or {}], sort_keys=True)
    return hashlib.sha256(text_of_identity.encode("utf-8", "surrogatepass")).hexdigest()


def records(
    path: Path, source: Source, max_line_bytes: int, others: Mapping[str, frozenset[str]]
) -> Iterator[FileRecord]:
    """Every record of a file, in its order; a file that breaks off gives what is readable, then one fault.

    Args:
        path: The file.
        source: What reads it.
        max_line_bytes: A longer line is a fault.
        others: Column -> spellings of units that it is not in, `source_columns.other_units`.

    Raises:
        SourceError: A wrong CSV header, what is no text, or zstd, which the device cannot unpack.
        OSError: The file cannot be read.
    """
    with _open(path) as file:
        try:
            text = _as_text(file, source, path.name)
            if source.format == "csv":
                yield from csv_records(text, source, path.name, max_line_bytes, others)
            else:
                yield from _documents(text, source, max_line_bytes)
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
    times = source.time.columns if source.time else ()
    documents = Documents(source, columns, cells, source.ignored, texts, times)
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


def _as_text(file: BinaryIO, source: Source, name: str) -> BinaryIO:
    """The file's text as UTF-8.

    Raises:
        SourceError: It is no text, such as a workbook.
    """
    head = some_bytes(file, HEAD)
    file.seek(0)
    foreign = foreign_kind(head, source.encoding)
    if foreign is not None:
        raise SourceError(f"{name}: {foreign}")
    return as_utf8(file, source.encoding)


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
