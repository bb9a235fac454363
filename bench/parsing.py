"""Landing to staged files by one process, and what of it no reader can save: processor seconds of the same lines.

Beside our task: the floor (hashed and split into lines), and the least that Arrow alone takes to the same Parquet
columns, one step after the other. Arrow knows nothing of places, blanks, rejected lines or audits.
"""

import hashlib
import io
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq

from bench.floor import lines_of
from bench.landing import write_landing
from bench.measure import in_a_folder
from bench.ours import PLANT
from bronze.readers import read_records
from expectations.mapping.file import load_mappings
from jobs.ingest.parsing import read_group
from jobs.ingest.reading import ReadTask
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at

_LINES, _SMALL_LINES, _FILES = 400_000, 2_000, 4
_ROUNDS = 5
_TEXTS = ("sensor_id", "machine_id", "factory_id", "metric_type", "unit")
_SCHEMA = pa.schema([("timestamp", pa.string()), *((name, pa.string()) for name in _TEXTS), ("value", pa.float64())])


def main(argv: Sequence[str] | None = None) -> int:
    """Write the lines, take each step several times, print the least."""
    return in_a_folder(__doc__, argv, _run)


def _run(work: Path, is_small: bool) -> None:
    folder = work / "landing"
    landing = write_landing(folder, _SMALL_LINES if is_small else _LINES, files=_FILES)
    files = sorted(folder.iterdir())
    mappings = {mapping.name: mapping for mapping in load_mappings(PLANT)}
    floor = _least(lambda: lines_of(files))
    print(f"{landing.lines:,} JSON readings, {landing.size_bytes / 1e6:,.0f} MB; processor seconds, by the floor")
    _show("floor: hashed, split into lines", floor, floor)
    contents = [file.read_bytes() for file in files]
    read = _least(lambda: [list(read_records(io.BytesIO(content), mappings["readings"])) for content in contents])
    _show("our reader alone", read, floor)
    tasks = [_task(file) for file in files]
    (work / "staged").mkdir()
    task = _least(lambda: read_group(tasks, mappings, storage_at(work / "staged")))
    _show("our task: read, hashed, counted, Parquet", task, floor)
    bare = _bare_arrow([_plain(content) for content in contents], floor)
    _show("Arrow alone, all of it", bare, floor)


def _bare_arrow(contents: Sequence[bytes], floor: float) -> float:
    """Seconds of all steps of Arrow on lines that it can read."""
    read = _least(lambda: [_read(content) for content in contents])
    tables = [_read(content) for content in contents]
    typed = _least(lambda: _typed(tables))
    table = _typed(tables)
    written = _least(lambda: pq.write_table(table, io.BytesIO(), compression="zstd", compression_level=1))
    digested = _least(lambda: [hashlib.sha256(content).digest() for content in contents])
    for name, seconds in (
        ("Arrow: JSON", read), ("Arrow: times, texts by code", typed), ("Arrow: Parquet", written), ("hash", digested)
    ):  # fmt: skip
        _show(f"  {name}", seconds, floor)
    return read + typed + written + digested


def _read(content: bytes) -> pa.Table:
    options = pj.ReadOptions(use_threads=False, block_size=2 << 20)
    parse = pj.ParseOptions(explicit_schema=_SCHEMA, unexpected_field_behavior="error")
    return pj.read_json(pa.BufferReader(content), read_options=options, parse_options=parse)


def _typed(tables: Sequence[pa.Table]) -> pa.Table:
    stamp = pa.timestamp("us", "UTC")
    columns = [
        {name: table[name].dictionary_encode() for name in _TEXTS}
        | {"timestamp": table["timestamp"].cast(stamp), "value": table["value"]}
        for table in tables
    ]
    return pa.concat_tables([pa.table(named) for named in columns]).unify_dictionaries()


def _plain(content: bytes) -> bytes:
    """The lines that Arrow reads: garbage stops it."""
    lines = content.splitlines(keepends=True)
    return b"".join(
        line for line in lines if b'Z","sensor_id"' in line and line.endswith(b'"}\n') and b':"7' not in line
    )


def _task(file: Path) -> ReadTask:
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    place = storage_at(file.parent)
    return ReadTask(place, Key(file.name), file.name, len(content), digest, "readings", digest[:16], 0, 1, 1, 1)


def _least(step: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        step()
        seconds.append(time.process_time() - began)
    return min(seconds)


def _show(name: str, seconds: float, floor: float) -> None:
    print(f"  {name:44s}{seconds:8.3f}{seconds / floor:8.1f} x")


if __name__ == "__main__":
    sys.exit(main())
