"""The landing folder: what is found there, and the digests of files that grew."""

import gzip
import hashlib
import os
from pathlib import Path

import pytest

from bronze.files import Known, Landed
from jobs.ingest.landing import digest, locate, scan
from lakehouse.errors import UsageError
from lakehouse.storage.places import storage_at
from tests.support.rights import bound_by_rights
from tests.support.small_plant import line, write_small_plant


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read(root: Path, name: str) -> bytes:
    landing = storage_at(root)
    return landing.read(locate(landing, name))


def test_hidden_files_and_sub_folders_are_found_and_other_things_are_not(tmp_path: Path) -> None:
    (tmp_path / "a/.b").mkdir(parents=True)
    for name in ("a/.b/_c", ".d", "e"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "nowhere").symlink_to(tmp_path / "absent")
    os.mkfifo(tmp_path / "pipe")

    assert [landed.path for landed in scan(storage_at(tmp_path))] == [".d", "a/.b/_c", "e"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="absent is not there; make it, or name another with --landing"):
        scan(storage_at(tmp_path / "absent"))


def test_a_file_in_its_place_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match="file is no folder; make it, or name another with --landing"):
        scan(storage_at(tmp_path / "file"))


def landed(root: Path) -> list[str]:
    """A plant with a file in landing and one in a folder below it; the words of an ingest of them."""
    plant, folder = write_small_plant(root), root / "landing" / "lines"
    folder.mkdir(parents=True)
    for place in (folder, folder.parent):
        (place / "a.jsonl").write_text(line("2026-01-01T00:00:00Z"))
    return ["ingest", "--plant", str(plant), "--landing", str(folder.parent), "--lake", str(root / "lake")]


def test_a_folder_that_may_not_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    words = landed(tmp_path)
    (tmp_path / "landing").chmod(0o300)

    done = bound_by_rights(words, tmp_path)

    assert done.returncode == 2
    assert f"landing folder {tmp_path / 'landing'} may not be read; correct its permissions" in done.stderr


def test_a_folder_below_it_that_may_not_be_read_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    words = landed(tmp_path)
    (tmp_path / "landing" / "lines").chmod(0)

    done = bound_by_rights(words, tmp_path)

    assert done.returncode == 0
    assert (
        f"{tmp_path / 'landing' / 'lines'}: Permission denied; it is left out: fix it or its permissions" in done.stderr
    )
    assert "ingest: 1 files: 1 unmatched\n  no mapping's files match a.jsonl; add a glob" in done.stdout


def test_a_file_that_may_not_be_read_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    words = landed(tmp_path)
    path = tmp_path / "landing" / "lines" / "a.jsonl"
    path.chmod(0)

    done = bound_by_rights(words, tmp_path)

    assert done.returncode == 0
    assert f"{path}: Permission denied; it is left out: fix it or its permissions, or move it" in done.stderr
    assert "ingest: 1 files: 1 unmatched" in done.stdout


def test_a_link_to_itself_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "file").touch()

    assert [landed.path for landed in scan(storage_at(tmp_path))] == ["file"]


def test_a_name_that_is_not_utf8_is_shown_escaped_and_found_again(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9.jsonl"
    Path(os.fsdecode(raw)).write_bytes(b"x")

    (landed,) = scan(storage_at(tmp_path))

    assert landed.path == r"caf\xe9.jsonl"
    assert _read(tmp_path, landed.path) == b"x"
    assert digest(storage_at(tmp_path), [landed], [])[0].sha256 == _sha(b"x")


def test_a_plain_name_with_a_backslash_is_itself(tmp_path: Path) -> None:
    (tmp_path / r"a\xe9").write_bytes(b"plain")

    assert _read(tmp_path, r"a\xe9") == b"plain"


@pytest.mark.parametrize(
    ("data", "size", "expected"),
    [
        (b"one\ntwo\nthree\n", 8, (8, 3, 0)),
        (b"one\ntwo\nthree\n", 6, (4, 2, 0)),
        (b"one", 2, (0, 1, 0)),
        (b'a,"b\nc"\nd\n', 6, (5, 2, 1)),
        (b'a,"b\nc"\nd\n', 8, (8, 3, 2)),
    ],
    ids=["whole lines", "within a line", "no line", "within quotes", "after quotes"],
)
def test_a_prefix_knows_where_reading_goes_on(
    tmp_path: Path, data: bytes, size: int, expected: tuple[int, int, int]
) -> None:
    (tmp_path / "a").write_bytes(data)

    (content,) = digest(storage_at(tmp_path), scan(storage_at(tmp_path)), [Known("a", size, 0, "", "read")])

    prefix = content.prefixes[size]
    assert (content.sha256, prefix.sha256) == (_sha(data), _sha(data[:size]))
    assert (prefix.first_byte, prefix.first_line, prefix.quotes) == expected


@pytest.mark.parametrize(
    ("data", "size", "expected"),
    [
        (b"a,b\r1,2\r3,4\r", 8, True),
        (b"a,b\r\n1,2\r\n3,4\r\n", 10, False),
        (b"a,b\r\n1,2\r\n3,4\r\n", 4, False),
        (b"a,b\r1,2\r", 4, False),
        (b"x" * ((1 << 20) - 1) + b"\r\nx\n", (1 << 20) + 1, False),
        (b"x" * ((1 << 20) - 1) + b"\rx\n", (1 << 20) + 1, True),
    ],
    ids=["CR", "CRLF", "half of CRLF", "only the last byte", "CRLF over two reads", "CR over two reads"],
)
def test_a_prefix_knows_whether_a_carriage_return_stands_alone(
    tmp_path: Path, data: bytes, size: int, *, expected: bool
) -> None:
    (tmp_path / "a").write_bytes(data)

    (content,) = digest(storage_at(tmp_path), scan(storage_at(tmp_path)), [Known("a", size, 0, "", "read")])

    assert content.prefixes[size].has_lone_cr is expected


def test_each_of_several_earlier_sizes_has_its_prefix(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1\n2\n3\n4\n")
    ledger = [Known("a", size, 0, "", "read") for size in (0, 2, 5, 8)]

    (content,) = digest(storage_at(tmp_path), scan(storage_at(tmp_path)), ledger)

    found = {size: (prefix.first_byte, prefix.first_line) for size, prefix in content.prefixes.items()}
    assert found == {0: (0, 1), 2: (2, 2), 5: (4, 3)}


def test_compressed_content_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(b"x"))
    (tmp_path / "b.gz").write_bytes(b"plain after all")

    contents = digest(storage_at(tmp_path), scan(storage_at(tmp_path)), [])

    assert [content.is_compressed for content in contents] == [True, False]


def test_only_the_bytes_that_were_seen_count_and_a_file_that_is_gone_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"seen and more")

    (content,) = digest(storage_at(tmp_path), [Landed("a", 4, 0), Landed("gone", 4, 0)], [])

    assert content.sha256 == _sha(b"seen")
