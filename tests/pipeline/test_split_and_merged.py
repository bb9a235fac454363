"""Files of the whole plant split, merged, renamed, repeated, delayed and shuffled end in the same silver and gold."""

import gzip
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse.engine.server import EngineAddress
from tests.pipeline.conftest import Delivered
from tests.support.plane import Plane

pytestmark = pytest.mark.spark
SEEDS = range(20 if os.environ.get("FULL_SUITE") else 1)
# A copy of a file is not read; that of its records in files of other contents is, and set aside or counted again.
_BY_RECORD = ("silver.readings_quarantine", "silver.events_quarantine", "silver.sequence_ranges")
_OF_FILES = ("_file_id", "_line", "_batch_id", "_ingested_at", "came_date", "version_at", "record_count")


@dataclass(frozen=True)
class Piece:
    """Records of a file: below which folder it lies, how it ends, with which header, and its time in nanoseconds."""

    folder: Path
    suffix: str
    header: bytes
    records: tuple[bytes, ...]
    modified_ns: int

    @property
    def kind(self) -> tuple[Path, str, bytes]:
        """Pieces of one kind make one file."""
        return self.folder, self.suffix, self.header

    def data(self) -> bytes:
        if self.suffix != ".parquet":
            return b"".join((self.header, *self.records))
        sink = io.BytesIO()
        pq.write_table(pa.concat_tables(map(_table, self.records)), sink)
        return sink.getvalue()


def _piece(path: Path, landing: Path) -> Piece:
    """A whole file; one that breaks off within its compressed bytes is one record."""
    data, suffix, header = path.read_bytes(), path.suffix, b""
    if suffix == ".parquet":
        rows = pq.read_table(path)
        records = tuple(_bytes(rows.slice(place, 1)) for place in range(rows.num_rows))
        header = str(rows.schema).encode()
    else:
        data, suffix = _unpacked(path, data)
        lines = data.splitlines(keepends=True) if suffix in (".csv", ".jsonl") else [data]
        header = lines.pop(0) if suffix == ".csv" else b""
        records = tuple(lines)
    return Piece(path.parent.relative_to(landing), suffix, header, records, path.stat().st_mtime_ns)


def _unpacked(path: Path, data: bytes) -> tuple[bytes, str]:
    try:
        if path.suffix == ".gz":
            return gzip.decompress(data), path.with_suffix("").suffix
        if path.suffix == ".zst":
            return pa.input_stream(path, compression="zstd").read(), path.with_suffix("").suffix
    except EOFError:
        return data, "".join(path.suffixes)
    return data, path.suffix


def _bytes(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as out:
        out.write_table(rows)
    return bytes(sink.getvalue())


def _table(record: bytes) -> pa.Table:
    return pa.ipc.open_stream(record).read_all()


def _split(whole: Piece, random: Random) -> Iterator[Piece]:
    places = sorted(random.choices(range(len(whole.records) + 1), k=random.randrange(3)))
    for first, end in zip([0, *places], [*places, len(whole.records)], strict=True):
        if first < end:
            yield replace(whole, records=whole.records[first:end])


def _merged(pieces: list[Piece], random: Random) -> list[Piece]:
    """Some pieces of readings appended to others of their kind; the file has the later time, as where one appends."""
    found: list[Piece] = []
    for piece in pieces:
        alike = [place for place, one in enumerate(found) if one.kind == piece.kind]
        if alike and piece.folder.parts[0] == "readings" and piece.suffix != ".jsonl.gz" and random.random() < 0.5:
            other = found[place := random.choice(alike)]
            later = max(piece.modified_ns, other.modified_ns)
            found[place] = replace(other, records=other.records + piece.records, modified_ns=later)
        else:
            found.append(piece)
    return found


def _land(piece: Piece, landing: Path, name: str) -> None:
    path = landing / piece.folder / f"{name}{piece.suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(piece.data())
    os.utime(path, ns=(piece.modified_ns, piece.modified_ns))


@pytest.mark.parametrize("seed", SEEDS)
def test_files_split_merged_renamed_repeated_and_delayed_give_the_same_tables(
    delivered: Delivered, engine: EngineAddress, tmp_path: Path, seed: int
) -> None:
    random, plane, source = Random(seed), Plane(tmp_path, engine.remote), delivered.plane.landing
    wholes = [_piece(path, source) for path in sorted(source.rglob("*")) if path.is_file()]
    pieces = [piece for whole in wholes for piece in _split(whole, random)]
    random.shuffle(pieces)
    files = _merged(pieces, random)
    files += random.sample(files, len(files) // 4)
    random.shuffle(files)
    later = random.randrange(len(files))

    for number, piece in enumerate(files):
        if number == later:
            plane.run()
        _land(piece, plane.landing, f"{random.randrange(10**6)}-{number}")
    plane.run()

    assert _contents(plane) == _contents(delivered.plane)


def _contents(plane: Plane) -> dict[str, Any]:
    """A digest of every table; of those that have a row or a count for each record that came the rows that differ."""
    return plane.digests() | {name: _different(plane.rows(name)) for name in _BY_RECORD}


def _different(rows: list[dict[str, Any]]) -> list[str]:
    return sorted({repr({name: value for name, value in row.items() if name not in _OF_FILES}) for row in rows})
