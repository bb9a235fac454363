"""Half a last line of a file that its source appends to waits until it is whole, or the file has settled."""

import gzip
import os
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from expectations.errors import MappingError
from expectations.mapping.file import parse_mapping
from jobs.ingest.half_lines import whole_lines
from jobs.ingest.job import ingest_new
from jobs.ingest.landing import scan
from jobs.ingest.new_files import Admission
from jobs.runtime.report import RunReport
from lakehouse.storage.places import storage_at
from tests.support.plane import Plane
from tests.support.small_plant import LARGEST, line, write_small_plant

NOW = datetime(2026, 3, 2, tzinfo=UTC)
NOW_US = int(NOW.timestamp()) * 1_000_000
TEXT = """
feed = "readings"
files = ["a/*"]
format = "{format}"
{keys}
[time]
column = "at"
[columns]
sensor_id = "s"
machine_id = "m"
factory_id = "f"
metric = "q"
value = "v"
unit = "u"
"""


def _whole(folder: Path, content: bytes, keys: str = "appended = true", age_s: int = 60) -> tuple[list[int], list[str]]:
    """Sizes that may be read, and paths whose last line waits."""
    (folder / "a").mkdir(exist_ok=True)
    (folder / "a" / "1").write_bytes(content)
    at = NOW.timestamp() - age_s
    os.utime(folder / "a" / "1", (at, at))
    mapping = parse_mapping(tomllib.loads(TEXT.format(format="jsonl", keys=keys)), "appended")
    landing = storage_at(folder)
    found = whole_lines(landing, scan(landing), [mapping], NOW_US)
    return [file.size for file in found.ready], list(found.halves)


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (b"one\ntwo\n", 8), (b"one\ntwo", 4), (b"one\n" + b"x" * 200_000, 4),
        (b"x" * 65_536 + b"\n" + b"y" * 65_536, 65_537),
    ],
    ids=["whole", "half", "a long half", "at the edge of a block"],
)  # fmt: skip
def test_a_file_is_read_up_to_its_last_whole_line(tmp_path: Path, content: bytes, size: int) -> None:
    assert _whole(tmp_path, content) == ([size], [] if size == len(content) else ["a/1"])


def test_a_file_of_half_a_line_is_not_read_at_all_and_an_empty_one_is(tmp_path: Path) -> None:
    assert _whole(tmp_path, b"one") == ([], ["a/1"])
    assert _whole(tmp_path, b"") == ([0], [])


def test_a_file_that_has_settled_is_whole(tmp_path: Path) -> None:
    settles = 'appended = true\nsettled_after = "10min"'

    assert _whole(tmp_path, b"one\ntwo", settles, age_s=599) == ([4], ["a/1"])
    assert _whole(tmp_path, b"one\ntwo", settles, age_s=600) == ([7], [])


def test_other_files_and_compressed_ones_are_as_they_are(tmp_path: Path) -> None:
    packed = gzip.compress(b"one\ntwo")

    assert _whole(tmp_path, b"one\ntwo", "") == ([7], [])
    assert _whole(tmp_path, packed) == ([len(packed)], [])


@pytest.mark.parametrize(
    ("form", "keys", "message"),
    [
        ("parquet", "appended = true", "appended is for files of lines; format is parquet"),
        ("jsonl", 'settled_after = "1h"', "settled_after belongs to appended"),
    ],
)
def test_keys_that_cannot_be_are_refused(form: str, keys: str, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        parse_mapping(tomllib.loads(TEXT.format(format=form, keys=keys)), "appended")


def test_a_line_that_comes_in_halves_is_one_record_and_nothing_is_written_while_it_waits(tmp_path: Path) -> None:
    plane = _plane(tmp_path, 'appended = true\nsettled_after = "1h"')
    first, second, third = (line(f"2026-03-01T00:0{minute}:00Z", 50.0 + minute) for minute in range(3))
    plane.land("lines/1.jsonl", first + second[:40], modified=NOW.timestamp())

    begun = _ingest(plane)
    before = plane.snapshot()
    waits = _ingest(plane)
    after = plane.snapshot()
    plane.land("lines/1.jsonl", first + second + third.strip(), modified=NOW.timestamp() + 60)
    grown = _ingest(plane, NOW + timedelta(minutes=2))
    settled = _ingest(plane, NOW + timedelta(hours=2))

    assert [one.data["waiting"]["half_lines"]["files"] for one in (begun, waits, grown, settled)] == [1, 1, 1, 0]
    assert "ingest: half a last line waits: 1 file (lines/1.jsonl)" in begun.lines
    assert (waits.changed, before == after) == (False, True)
    assert sorted(row["value"] for row in plane.rows("bronze.readings")) == [50.0, 51.0, 52.0]
    assert plane.table("bronze.rejected").num_rows == 0
    assert sum(row["records"] for row in plane.rows("bronze.files")) == 3


def _plane(root: Path, keys: str) -> Plane:
    lines = LARGEST["lines"].replace('keep = "largest"', keys)
    return Plane(root, "none", str(write_small_plant(root, lines=lines)))


def _ingest(plane: Plane, now: datetime = NOW) -> RunReport:
    return ingest_new(plane.settings, Admission(None, now=lambda: now))
