"""Archives in the landing folder: each member is a content of its own, what cannot be read says why, and runs go on."""

import gzip
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs.ingest import zip_members
from jobs.ingest.archives import Archives
from jobs.ingest.landing import digest, place_of, scan
from jobs.ingest.reading import ReadTask, read_file
from jobs.ingest.unpacking import with_members
from lakehouse.storage.places import storage_at
from tests.support.plane import Plane
from tests.support.small_plant import write_small_plant

MAPPING = """
feed = "readings"
files = {files}
format = "csv"
shape = "wide_by_metric"
{keys}
[time]
column = "time"
[constants]
{machine}factory_id = "F1"
[templates]
sensor_id = "{{machine_id}}/{{metric}}"
[metrics]
temp = {{ metric = "temperature", unit = "C" }}
"""
CSV = b"time,temp\n2026-03-01T00:00:00Z,21.5\n2026-03-01T00:01:00Z,n\n"
OTHER = b"time,temp\n2026-03-01T00:02:00Z,22.5\n"


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of the members in their order; names may come twice."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return target.getvalue()


def _plane(root: Path, files: str = '["in/*.zip/*.csv"]', path: str = "") -> Plane:
    plant = write_small_plant(root)
    for mapping in (plant / "mappings").glob("*.toml"):
        mapping.unlink()
    _map(plant, "members", files, path)
    return Plane(root, "none", str(plant))


def _map(plant: Path, name: str, files: str, path: str = "") -> None:
    keys, machine = (f'path = "{path}"', "") if path else ("", 'machine_id = "M1"\n')
    (plant / "mappings" / f"{name}.toml").write_text(MAPPING.format(files=files, keys=keys, machine=machine))


def _outcomes(plane: Plane) -> dict[str, str]:
    return {path: row["outcome"] for path, row in plane.ledger().items()}


def _rejected(plane: Plane) -> list[tuple[str, int]]:
    return [(row["reason"], row["record_count"]) for row in plane.rows("bronze.rejected")]


def test_each_member_is_read_once_and_counted_by_itself(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    plane.land("in/a.zip", packed(("x.csv", CSV), ("sub/y.csv", OTHER), ("sub/", b""), ("readme.txt", b"hello\n")))

    plane.ingest()
    again = plane.ingest()

    ledger = plane.ledger()
    counts = {path: tuple(row[n] for n in ("records", "rows", "blank", "rejected")) for path, row in ledger.items()}
    assert _outcomes(plane) == {
        "in/a.zip": "unpacked", "in/a.zip/x.csv": "read", "in/a.zip/sub/y.csv": "read",
        "in/a.zip/readme.txt": "unmatched",
    }  # fmt: skip
    assert counts["in/a.zip/x.csv"] == (2, 1, 0, 1)
    assert counts["in/a.zip/sub/y.csv"] == (1, 1, 0, 0)
    assert ledger["in/a.zip/x.csv"]["size_bytes"] == len(CSV)
    assert sorted(row["value"] for row in plane.rows("bronze.readings")) == [21.5, 22.5]
    assert not again.changed


def test_a_path_says_the_machine_by_archive_and_member(tmp_path: Path) -> None:
    plane = _plane(tmp_path, path="{machine_id}.zip/*.csv")
    plane.land("in/P1.zip", packed(("x.csv", CSV)))
    plane.land("in/P2.zip", packed(("x.csv", CSV)))

    plane.ingest()

    assert sorted((row["machine_id"], row["value"]) for row in plane.rows("bronze.readings")) == [
        ("P1", 21.5), ("P2", 21.5),
    ]  # fmt: skip


def test_equal_members_are_read_once_and_a_changed_one_again(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    plane.land("in/a.zip", packed(("x.csv", CSV), ("y.csv", CSV)), modified=1_772_000_000)
    plane.ingest()
    assert _outcomes(plane) == {"in/a.zip": "unpacked", "in/a.zip/x.csv": "read", "in/a.zip/y.csv": "duplicate_file"}

    plane.land(
        "in/a.zip", packed(("x.csv", CSV + b"2026-03-01T00:03:00Z,23\n"), ("y.csv", CSV)), modified=1_772_000_060
    )
    plane.ingest()

    newest = max(row["_batch_id"] for row in plane.rows("bronze.files"))
    rows = {row["path"]: row for row in plane.rows("bronze.files") if row["_batch_id"] == newest}
    assert rows["in/a.zip/y.csv"]["outcome"] == "duplicate_file"
    assert (rows["in/a.zip/x.csv"]["outcome"], rows["in/a.zip/x.csv"]["records"]) == ("read", 1)
    assert sorted(row["value"] for row in plane.rows("bronze.readings")) == [21.5, 23.0]


def _encrypted(data: bytes) -> bytes:
    """The same archive with the flag of encryption in every local and central header."""
    content = bytearray(data)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + flags] |= 1
            place = content.find(mark, place + 1)
    return bytes(content)


def _damaged(data: bytes) -> bytes:
    """The same archive with a byte of its first member changed."""
    content = bytearray(data)
    content[data.index(b"21.5")] = ord("9")
    return bytes(content)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "encrypted": (lambda: _encrypted(packed(("x.csv", CSV))), "encrypted"),
    "damaged": (lambda: _damaged(packed(("x.csv", CSV), method=zipfile.ZIP_STORED)), "damaged"),
    "nested": (lambda: packed(("x.csv", packed(("y.csv", CSV)))), "a zip archive: unpack it"),
    "bomb": (lambda: packed(("x.csv", b"\n" * (20 << 20))), "times its size"),
    "absolute": (lambda: packed(("/x.csv", CSV)), "leads out of the archive"),
    "upwards": (lambda: packed(("../x.csv", CSV)), "leads out of the archive"),
    "drive": (lambda: packed(("C:\\x.csv", CSV)), "leads out of the archive"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_member_that_cannot_be_read_is_one_rejected_record(tmp_path: Path, name: str) -> None:
    make, why = BAD[name]
    plane = _plane(tmp_path)
    plane.land("in/a.zip", make())
    plane.land("in/good.zip", packed(("x.csv", OTHER)))

    report = plane.ingest()
    again = plane.ingest()

    assert report.exit_code == 0
    assert _rejected(plane) == [("unreadable_file", 1)]
    assert why in plane.rows("bronze.rejected")[0]["detail"]
    assert [row["value"] for row in plane.rows("bronze.readings")] == [22.5]
    assert not again.changed


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_one_rejected_record(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    plane.land("in/a.zip", packed(("x.csv", CSV), ("x.csv", OTHER), ("y.csv", OTHER)))

    plane.ingest()

    assert _rejected(plane) == [("unreadable_file", 1)]
    assert "2 members of this name" in plane.rows("bronze.rejected")[0]["detail"]
    assert [row["value"] for row in plane.rows("bronze.readings")] == [22.5]


@pytest.mark.parametrize("content", [packed(("x.csv", CSV))[:-30], b"time,temp\n2026-03-01T00:00:00Z,5\n", b""])
def test_an_archive_that_cannot_be_opened_is_one_rejected_record(tmp_path: Path, content: bytes) -> None:
    plane = _plane(tmp_path)
    plane.land("in/a.zip", content)

    plane.ingest()
    again = plane.ingest()

    assert _outcomes(plane) == {"in/a.zip": "read"}
    assert _rejected(plane) == [("unreadable_file", 1)]
    assert "damaged" in plane.rows("bronze.rejected")[0]["detail"]
    assert plane.table("bronze.readings").num_rows == 0
    assert not again.changed


def test_an_archive_of_too_many_members_is_one_rejected_record(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    plane.land(
        "in/a.zip", packed(*((f"{number}.csv", b"") for number in range(zip_members.MOST_MEMBERS + 1)), method=0)
    )

    plane.ingest()

    assert _rejected(plane) == [("unreadable_file", 1)]
    assert "20,001 members" in plane.rows("bronze.rejected")[0]["detail"]


def test_an_archive_that_no_mapping_asks_for_is_the_one_rejected_record_that_it_was(tmp_path: Path) -> None:
    plane = _plane(tmp_path, files='["in/*"]')
    plane.land("in/a.zip", packed(("x.csv", CSV)))

    plane.ingest()

    assert _outcomes(plane) == {"in/a.zip": "read"}
    assert "a zip archive" in plane.rows("bronze.rejected")[0]["detail"]


@pytest.mark.parametrize("before", ['["in/*"]', '["elsewhere/*"]'], ids=["read as it is", "unmatched"])
def test_an_archive_is_unpacked_once_a_mapping_asks_for_its_members(tmp_path: Path, before: str) -> None:
    plane = _plane(tmp_path, files=before)
    plane.land("in/a.zip", packed(("x.csv", CSV)))
    plane.ingest()

    _map(tmp_path / "small", "asks", '["in/a.zip/*"]')
    plane.ingest()
    again = plane.ingest()

    assert _outcomes(plane)["in/a.zip/x.csv"] == "read"
    assert [row["value"] for row in plane.rows("bronze.readings")] == [21.5]
    assert not again.changed


def test_an_unmatched_member_is_read_once_a_mapping_asks_for_it(tmp_path: Path) -> None:
    plane = _plane(tmp_path, files='["in/a.zip/x.csv"]')
    plane.land("in/a.zip", packed(("x.csv", CSV), ("y.csv", OTHER)))
    plane.ingest()

    _map(tmp_path / "small", "asks", '["in/a.zip/y.csv"]')
    plane.ingest()
    again = plane.ingest()

    assert sorted(row["value"] for row in plane.rows("bronze.readings")) == [21.5, 22.5]
    assert not again.changed


def test_members_wait_for_a_refused_mapping_and_are_read_when_it_is_fixed(tmp_path: Path) -> None:
    plane = _plane(tmp_path, files='["in/a.zip/x.csv"]')
    _map(tmp_path / "small", "refused", '["in/a.zip/y.csv"]\nunknown = 1')
    plane.land("in/a.zip", packed(("x.csv", CSV), ("y.csv", OTHER)))

    first = plane.ingest()
    _map(tmp_path / "small", "refused", '["in/a.zip/y.csv"]')
    plane.ingest()
    again = plane.ingest()

    assert "in/a.zip/y.csv" in "\n".join(first.lines)
    assert sorted(row["value"] for row in plane.rows("bronze.readings")) == [21.5, 22.5]
    assert not again.changed


def test_a_folder_that_is_named_like_an_archive_holds_files(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    plane.land("in/a.zip/x.csv", OTHER)

    plane.ingest()

    assert _outcomes(plane) == {"in/a.zip/x.csv": "read"}


def test_a_packed_member_of_text_is_read_as_a_packed_file_is(tmp_path: Path) -> None:
    plane = _plane(tmp_path, files='["in/*.zip/*.csv.gz", "in/*.csv.gz"]')
    plane.land("in/a.zip", packed(("x.csv.gz", gzip.compress(CSV))))
    plane.land("in/b.csv.gz", gzip.compress(OTHER))

    plane.ingest()

    assert sorted(row["value"] for row in plane.rows("bronze.readings")) == [21.5, 22.5]


def test_an_archive_that_changes_while_it_waits_to_be_read_is_not_read_as_another(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    path = plane.land("in/a.zip", packed(("x.csv", CSV)))
    landing, sources = storage_at(plane.landing), plane.plant.sources
    member = digest(landing, with_members(landing, scan(landing), sources), [])[1]
    key, name = place_of(landing, member.landed.path)
    task = ReadTask(landing, key, member.landed.path, member.landed.size, member.sha256, "m", "f", 0, 1, 1, 0, name)
    written: list[Any] = []

    path.write_bytes(packed(("x.csv", CSV.replace(b"21.5", b"99.9"))))
    os.utime(path, (1, 1))
    with Archives() as archives:
        found = read_file(task, sources.usable[0], lambda *batch: written.append(batch), archives)

    assert name == "x.csv"
    assert found is None
