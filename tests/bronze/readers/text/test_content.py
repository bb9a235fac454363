"""Compression by content, and streams that break."""

import gzip
import io
import os
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from bronze.readers import read_records
from bronze.readers.text.content import Content
from domain.record import reasons
from tests.support.reader_files import Read, line, long_mapping

LINES = [line(sequence=n, sensor_id=os.urandom(8).hex()) for n in range(5000)]
PLAIN = b"\n".join(LINES) + b"\n"
PACK: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstandard.compress, "plain": bytes}


@pytest.mark.parametrize("codec", PACK)
def test_compression_is_seen_from_the_content(codec: str) -> None:
    assert Read(PACK[codec](PLAIN), long_mapping()).all == Read(PLAIN, long_mapping()).all


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_members_and_frames_may_follow_one_another(codec: str) -> None:
    half = len(PLAIN) // 2

    read = Read(PACK[codec](PLAIN[:half]) + PACK[codec](PLAIN[half:]), long_mapping())

    assert (len(read.rows), read.rejected) == (5000, [])


def test_zero_bytes_behind_a_gzip_are_padding() -> None:
    assert len(Read(gzip.compress(PLAIN) + b"\0" * 512, long_mapping()).rows) == 5000


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_half_a_compressed_file_gives_its_lines_and_says_where_it_breaks(codec: str) -> None:
    packed = PACK[codec](PLAIN)

    read = Read(packed[: len(packed) // 2], long_mapping())

    (entry,) = read.rejected
    whole = len(read.rows)
    assert 500 < whole < 5000
    assert [row["sequence"] for row in read.rows] == list(range(whole))
    assert (entry["reason"], entry["_line"], entry["record_count"]) == (reasons.TRUNCATED, whole + 1, 1)
    assert entry["_offset"] == sum(len(part) + 1 for part in LINES[:whole])
    assert str(len(packed) // 2) in entry["detail"]
    assert LINES[whole].startswith(entry["raw"])


def test_a_damaged_gzip_gives_what_came_before_the_damage() -> None:
    packed = bytearray(gzip.compress(PLAIN))
    packed[len(packed) // 2 :] = os.urandom(len(packed) - len(packed) // 2)

    read = Read(bytes(packed), long_mapping())

    assert read.reasons[-1] in (reasons.CORRUPT_STREAM, reasons.TRUNCATED)
    assert len(read.rows) > 500


@pytest.mark.parametrize("head", [b"\x1f\x8b", b"\x28\xb5\x2f\xfd"])
def test_garbage_that_claims_to_be_compressed_is_one_record(head: bytes) -> None:
    read = Read(head + b"garbage" * 50, long_mapping())

    assert (read.reasons, read.records) == ([reasons.UNREADABLE_FILE], 1)
    assert read.rejected[0]["raw"].startswith(head)


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_a_compressed_empty_file_has_no_records(codec: str) -> None:
    assert Read(PACK[codec](b""), long_mapping()).records == 0


def test_a_parquet_file_where_lines_belong_is_one_record() -> None:
    file = io.BytesIO()
    pq.write_table(pa.table({"value": [1.0]}), file)

    read = Read(file.getvalue(), long_mapping())

    assert read.reasons == [reasons.UNREADABLE_FILE]


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_a_bomb_is_read_in_chunks(codec: str) -> None:
    packed = PACK[codec](b"\0" * 50_000_000)
    content = Content(packed, io.BytesIO())

    sizes = [len(chunk) for chunk in content.chunks()]

    assert sum(sizes) == 50_000_000
    assert max(sizes) <= 16 << 20
    (entry,) = [e for b in read_records(io.BytesIO(packed), long_mapping()) for e in b.rejected.to_pylist()]
    assert entry["reason"] == reasons.LINE_TOO_LONG


@pytest.mark.parametrize("magic", [b"\x50\x2a\x4d\x18", b"\x5f\x2a\x4d\x18"])
def test_a_zstd_file_may_begin_with_a_frame_to_skip(magic: bytes) -> None:
    skipped = magic + (4).to_bytes(4, "little") + b"note"

    assert len(Read(skipped + PACK["zstd"](line() + b"\n"), long_mapping()).rows) == 1
