"""Feeds read without any code of ours.

Python's csv and json, and parsers of a few lines: the second opinion of a fuzz."""

import csv
import io
import json
import math
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as Xml

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.fuzzed_feeds import COLUMNS, Feed

Reading = tuple[datetime, str, str, float]
"""Time in UTC, machine, column, value."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NAMED_BY: dict[str, tuple[type, ...]] = {
    "xlsx": (bool, int, float), **dict.fromkeys(("parquet", "json", "jsonl", "influx"), (int,)),
}  # fmt: skip
"""Formats whose names may be numbers."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_S = 253_402_300_800
"""The year 10000: a time that is hurt may be infinite."""


def readings(feed: Feed) -> list[Reading]:
    """Every reading that a plain look at the bytes finds."""
    is_text = feed.kind in ("csv", "zip", "xlsx")
    found: list[Reading] = []
    for record in records(feed):
        names = [name for name in record if name not in COLUMNS[:2]] if feed.kind == "senml" else COLUMNS[2:]
        found += _of(record, names, is_text=is_text, named_by=_NAMED_BY.get(feed.kind, ()))
    return found


def records(feed: Feed) -> Iterator[Mapping[str, object]]:
    """The records of a feed by column; times as text."""
    if feed.kind == "csv":
        yield from _csv(feed.content, feed.keys, is_whole=feed.is_whole)
    elif feed.kind == "zip":
        with zipfile.ZipFile(io.BytesIO(feed.content)) as archive:
            yield from _csv(archive.read("a.csv"), {}, is_whole=True)
    elif feed.kind == "parquet":
        yield from _parquet(pq.read_table(pa.BufferReader(feed.content)))
    elif feed.kind == "xlsx":
        yield from _xlsx(feed.content)
    elif feed.kind == "influx":
        yield from _influx(feed.content)
    elif feed.kind == "senml":
        yield from _senml(list(_documents(feed.content)))
    else:
        yield from _json(feed)


def _parquet(table: pa.Table) -> Iterator[Mapping[str, object]]:
    """The rows; one with a text that is not UTF-8 is none."""
    for number in range(table.num_rows):
        with suppress(UnicodeDecodeError):
            yield from table.slice(number, 1).to_pylist()


def _of(
    record: Mapping[str, object], names: Sequence[str], *, is_text: bool, named_by: tuple[type, ...]
) -> Iterator[Reading]:
    at, machine = _time(record.get("at")), record.get("machine")
    if type(machine) in named_by and isinstance(machine, (bool, int, float)):
        machine = _name(machine)
    if at is None or not isinstance(machine, str) or not machine.strip():
        return
    for name in names:
        value = _number(record.get(name), is_text=is_text)
        if value is not None:
            yield at, machine.strip(), name, value


def _name(machine: float) -> str:
    """A name that is a number or a boolean in its file."""
    if isinstance(machine, bool):
        return str(machine).lower()
    return str(int(machine)) if abs(machine) < 2**53 and machine == int(machine) else repr(machine)


def _time(text: object) -> datetime | None:
    if isinstance(text, datetime):
        return text
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return None if at.tzinfo is None else at.astimezone(UTC)


def _number(cell: object, *, is_text: bool) -> float | None:
    if isinstance(cell, bool):
        return None
    if is_text and isinstance(cell, str) and _NUMBER.fullmatch(cell.strip(" \t")):
        cell = float(cell)
    if not isinstance(cell, (int, float)):
        return None
    try:
        return float(cell) if math.isfinite(float(cell)) else None
    except OverflowError:
        return None


def _csv(content: bytes, keys: Mapping[str, object], *, is_whole: bool) -> Iterator[Mapping[str, object]]:
    """The records; where a quote may be lost, also those that each line is by itself."""
    encoding = str(keys.get("encoding", "auto"))
    text = content.decode({"auto": "utf-8-sig", "utf-8": "utf-8-sig"}.get(encoding, encoding), errors="replace")
    delimiter = str(keys.get("delimiter", ","))
    yield from _under_headers(_rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    if not is_whole:
        lines = text.splitlines()
        yield from _under_headers(row for line in lines for row in _rows(csv.reader([line], delimiter=delimiter)))


def _under_headers(rows: Iterator[list[str]]) -> Iterator[Mapping[str, object]]:
    names: Sequence[str] = ()
    for row in rows:
        row[0] = row[0].removeprefix("\ufeff")  # two files in one
        if not names or set(COLUMNS[:3]) <= set(row):
            names = row
        elif len(row) == len(names):
            yield dict(zip(names, row, strict=True))


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from (row for row in reader if row)
    except csv.Error:
        return


def _json(feed: Feed) -> Iterator[Mapping[str, object]]:
    if feed.kind == "json":
        yield from (found for found in _documents(feed.content) if isinstance(found, dict))
        return
    for line in feed.content.split(b"\n"):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def _documents(content: bytes) -> Iterator[object]:
    """Values within arrays or beside one another; behind a broken one the next that begins with a brace."""
    text, place, decoder = content.decode("utf-8", errors="replace"), 0, json.JSONDecoder()
    while True:
        while place < len(text) and text[place] in "[],\n\r\t \ufeff":
            place += 1
        try:
            found, place = decoder.raw_decode(text, place)
        except ValueError:
            place = text.find("{", place + 1)
            if place < 0:
                return
            continue
        yield found


def _senml(pack: Sequence[object]) -> Iterator[Mapping[str, object]]:
    base: dict[str, object] = {}
    for record in pack:
        if not isinstance(record, dict):
            continue
        base |= {key: record[key] for key in ("bn", "bt") if key in record}
        at, name = base.get("bt", 0), f"{base.get('bn', '')}{record.get('n', '')}"
        offset = record.get("t", 0)
        if isinstance(at, (int, float)) and isinstance(offset, (int, float)) and abs(at + offset) < _LATEST_S:
            column = {"M1:temp": "temp", "M1:press": "press"}.get(name, name)
            yield {"at": _EPOCH + timedelta(seconds=at + offset), "machine": "M1", column: record.get("v")}


def _influx(content: bytes) -> Iterator[Mapping[str, object]]:
    for line in content.decode("utf-8", errors="replace").split("\n"):
        found = re.fullmatch(r" *([^\s,]+)((?:,[^\s,=]+=[^\s,=]+)*) (.*) (-?\d+)\s*", line)
        if found is None:
            continue
        tags = dict(part.split("=", 1) for part in found[2].split(",") if part)
        fields = re.findall(r'([^,=\s"]+)=("(?:\\.|[^"\\])*"|[^,"\s]+)', found[3])
        yield {
            **{name: _field(text) for name, text in fields},
            **tags,
            "at": _EPOCH + timedelta(milliseconds=int(found[4])),
        }


def _field(text: str) -> object:
    if text.startswith('"'):
        return text
    bare = text[:-1] if text[-1:] in "iu" else text
    if re.fullmatch(r"-?\d+[iu]", text, re.ASCII):
        return int(bare)
    return float(bare) if _NUMBER.fullmatch(bare) else text


def _xlsx(content: bytes) -> Iterator[Mapping[str, object]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = Xml.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    rows = [[(cell.get("r", "")[:1], _cell(cell)) for cell in row] for row in sheet.iter() if row.tag.endswith("}row")]
    names = {letter: str(name) for letter, name in rows[0]} if rows else {}
    for row in rows[1:]:
        yield {names[letter]: value for letter, value in row if letter in names}


def _cell(cell: Xml.Element) -> object:
    text = "".join(part.text or "" for part in cell.iter() if part.tag.rpartition("}")[2] in ("v", "t"))
    if cell.get("t") == "inlineStr":
        return text.replace("\n", " ")
    if cell.get("t") == "b":
        return text == "1"
    if cell.get("s") == "3":
        millis = round(float(text) * 86_400_000)
        return datetime(1899, 12, 30, tzinfo=UTC) + timedelta(milliseconds=millis)
    return float(text)
