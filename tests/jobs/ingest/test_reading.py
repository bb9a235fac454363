"""One admitted file: its new part is read, and only where it is still what was admitted."""

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.mapping.mapping import Mapping
from jobs.ingest.archives import Archives
from jobs.ingest.reading import ReadTask, read_file
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at
from tests.support.reader_files import line, long_mapping, reading, wide_mapping

HEADER = b"at,sensor,temp,speed\n"
ROWS = b"2026-01-01T00:00:00Z,a,701,9\n2026-01-01T00:01:00Z,a,n/a,9\n"


def _task(path: Path, data: bytes, first_byte: int = 0, first_line: int = 1) -> ReadTask:
    sha = hashlib.sha256(data).hexdigest()
    return ReadTask(
        storage_at(path.parent), Key(path.name), path.name, len(data), sha, "m", sha[:16], first_byte, first_line, 1, 0
    )


def _read(task: ReadTask, mapping: Mapping) -> tuple[dict[str, int] | None, dict[str, list[dict[str, Any]]]]:
    written: dict[str, list[pa.RecordBatch]] = {}
    with Archives() as archives:
        counts = read_file(task, mapping, lambda part, batch: written.setdefault(part, []).append(batch), archives)
    return counts, {part: pa.Table.from_batches(batches).to_pylist() for part, batches in written.items()}


def test_rows_and_rejected_records_bear_their_file_and_batch_and_are_counted(tmp_path: Path) -> None:
    data = line() + b"\ngarbage\n" + line(value=None) + b"\n"
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)

    counts, written = _read(_task(path, data), long_mapping())

    assert counts == {"records": 3, "rows": 1, "blank": 1, "rejected": 1}
    ((row,), (rejected,)) = written["readings"], written["rejected"]
    assert row["_file_id"] == rejected["_file_id"] == hashlib.sha256(data).hexdigest()[:16]
    assert (row["_batch_id"], rejected["feed"], rejected["_line"]) == (1, "readings", 2)


def test_bytes_behind_the_admitted_ones_are_left_to_the_next_batch(tmp_path: Path) -> None:
    one = line() + b"\n"
    path = tmp_path / "a.jsonl"
    path.write_bytes(one * 3)

    counts, _ = _read(_task(path, one * 2), long_mapping())

    assert counts is not None
    assert counts["records"] == 2


def test_a_file_that_is_gone_is_not_read(tmp_path: Path) -> None:
    assert _read(_task(tmp_path / "gone", b"x"), long_mapping()) == (None, {})


@pytest.mark.parametrize("first_byte", [0, len(line()) + 1], ids=["whole", "tail"])
@pytest.mark.parametrize("cut", [0, 1], ids=["another beginning", "shorter"])
def test_a_file_that_is_not_what_was_admitted_counts_for_nothing(tmp_path: Path, first_byte: int, cut: int) -> None:
    data = line() + b"\n" + line(value=2.0) + b"\n"
    path = tmp_path / "a.jsonl"
    path.write_bytes(data[:-1] if cut else b" " + data[1:])

    assert _read(_task(path, data, first_byte), long_mapping())[0] is None


def test_a_csv_file_that_grew_is_read_by_its_header_from_the_new_part_on(tmp_path: Path) -> None:
    data = HEADER + ROWS
    path = tmp_path / "a.csv"
    path.write_bytes(data)

    counts, written = _read(_task(path, data, len(HEADER) + 29, 3), wide_mapping())

    assert counts == {"records": 2, "rows": 1, "blank": 1, "rejected": 0}
    assert [(row["metric"], row["_line"]) for row in written["readings"]] == [("rotation", 3)]


def test_a_header_that_cannot_be_used_is_kept_as_no_record_beside_its_rows(tmp_path: Path) -> None:
    data = HEADER.replace(b"temp", b"tmp") + ROWS
    path = tmp_path / "a.csv"
    path.write_bytes(data)

    counts, written = _read(_task(path, data), wide_mapping())

    assert counts == {"records": 2, "rows": 0, "blank": 0, "rejected": 2}
    assert [(entry["_line"], entry["record_count"]) for entry in written["rejected"]] == [(1, 0), (2, 1), (3, 1)]
    assert written["rejected"][0]["raw"] == b"at,sensor,tmp,speed"


def test_parquet_is_read_from_its_end_and_digested_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist([reading(), reading(value=1.0)]), path)
    mapping = long_mapping(format="parquet")
    task = _task(path, path.read_bytes())

    assert _read(task, mapping)[0] == {"records": 2, "rows": 2, "blank": 0, "rejected": 0}
    pq.write_table(pa.Table.from_pylist([reading(), reading(value=2.0)]), path)
    assert _read(task, mapping)[0] is None
