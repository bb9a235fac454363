"""A local folder as a storage: kills, a full disk, rights, and what others may have put there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lakehouse.storage.errors import ForbiddenError, FullError, MissingError, NoFolderError, StorageError
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at
from tests.support.killed_at_call import KEY, NEW, OLD
from tests.support.rights import bound
from tests.support.synced import noted_steps

REPO = Path(__file__).resolve().parents[3]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("mounting a small file system is not permitted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize(("verb", "before"), [("put", OLD), ("put_if_absent", None)])
def test_a_put_that_is_killed_at_any_system_call_has_happened_or_has_not(
    tmp_path: Path, verb: str, before: bytes | None
) -> None:
    command = [sys.executable, "-m", "tests.support.killed_at_call", str(tmp_path), verb]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    kills = json.loads(done.stdout)

    old, new = before.decode() if before else None, NEW.decode()
    held = [kill["held"] for kill in kills]
    happened = held.index(new)
    assert 10 < happened < len(held) - 1
    assert set(held[:happened]) == {old}
    assert set(held[happened:]) == {new}
    for kill in kills:
        assert kill["listed"] == ([KEY] if kill["held"] else [])
        assert kill["left"] == [KEY.name]


def test_bytes_are_on_disk_before_they_get_their_name_and_every_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = noted_steps(monkeypatch)

    storage_at(tmp_path).below(Key("a")).put(Key("b/c"), b"x")

    (first, draft), renamed, *folders = steps
    assert (first, draft.parent, renamed) == ("sync", tmp_path / "a/b", ("rename", draft))
    assert folders == [("sync", tmp_path / "a/b"), ("sync", tmp_path / "a"), ("sync", tmp_path)]


def test_what_need_not_last_waits_for_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = noted_steps(monkeypatch)

    storage_at(tmp_path).put(Key("a"), b"x", durable=False)

    assert [name for name, _ in steps] == ["rename"]
    assert (tmp_path / "a").read_bytes() == b"x"


def test_a_file_that_was_streamed_is_made_durable_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = storage_at(tmp_path)
    with storage.sink(Key("a/b")) as sink:
        sink.write(b"x")
    steps = noted_steps(monkeypatch)

    storage.sync(Key("a/b"))

    assert steps == [("sync", tmp_path / "a/b"), ("sync", tmp_path / "a"), ("sync", tmp_path)]


def test_a_file_keeps_its_rights_when_another_takes_its_place(tmp_path: Path) -> None:
    storage_at(tmp_path).put(Key("a"), b"x")
    (tmp_path / "a").chmod(0o640)

    storage_at(tmp_path).put(Key("a"), b"y")

    assert ((tmp_path / "a").stat().st_mode & 0o777, (tmp_path / "a").read_bytes()) == (0o640, b"y")


def test_a_full_disk_leaves_what_was_there(small_disk: Path, tmp_path: Path) -> None:
    storage, elsewhere = storage_at(small_disk), storage_at(tmp_path / "elsewhere")
    storage.put(Key("a"), b"old")
    elsewhere.put(Key("big"), bytes(100_000))

    with pytest.raises(FullError, match="free some space"):
        storage.put(Key("a"), bytes(100_000))
    with pytest.raises(FullError):
        storage.put_if_absent(Key("b"), bytes(100_000))
    with pytest.raises(FullError):
        storage.copy(Key("c"), elsewhere, Key("big"))

    assert [path.name for path in small_disk.iterdir()] == ["a"]
    assert storage.read(Key("a")) == b"old"
    storage.put(Key("a"), bytes(30_000))


def test_a_file_of_another_file_system_is_copied(small_disk: Path, tmp_path: Path) -> None:
    elsewhere = storage_at(tmp_path)
    elsewhere.put(Key("a"), b"rows")

    storage_at(small_disk).copy(Key("b"), elsewhere, Key("a"))

    assert [(path.name, path.read_bytes()) for path in small_disk.iterdir()] == [("b", b"rows")]


def test_a_file_of_the_same_file_system_is_linked(tmp_path: Path) -> None:
    storage = storage_at(tmp_path)
    storage.put(Key("a"), b"rows")

    storage.copy(Key("t/b"), storage, Key("a"))

    assert (tmp_path / "t/b").samefile(tmp_path / "a")


def test_who_has_no_rights_is_told_and_nothing_changes(tmp_path: Path) -> None:
    storage_at(tmp_path).put(Key("shut/a"), b"old")
    (tmp_path / "shut").chmod(0o500)
    code = """
import sys
from lakehouse.storage.errors import ForbiddenError
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at
storage = storage_at(sys.argv[1])
verbs = [lambda: storage.put(Key("shut/a"), b"new"), lambda: storage.put_if_absent(Key("shut/b"), b"new"),
         lambda: storage.copy(Key("shut/c"), storage, Key("shut/a")), lambda: storage.delete(Key("shut/a"))]
for verb in verbs:
    try:
        verb()
    except ForbiddenError as error:
        print(error)
"""
    words = [*bound(), sys.executable, "-c", code, str(tmp_path)]

    done = subprocess.run(words, cwd=REPO, capture_output=True, text=True, check=False)

    (tmp_path / "shut").chmod(0o700)
    assert done.stdout.count("Permission denied; correct its permissions, or run as its owner") == 4, done.stderr
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "shut").iterdir()] == [("a", b"old")]


def test_what_cannot_be_looked_at_is_reported_and_the_rest_is_listed(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "nowhere").symlink_to(tmp_path / "absent")
    os.mkfifo(tmp_path / "pipe")
    left_out: list[StorageError] = []

    found = storage_at(tmp_path).entries(left_out=left_out.append)

    assert [entry.key for entry in found] == ["a"]
    kinds = {error.filename: type(error) for error in left_out}
    assert kinds == {str(tmp_path / "self"): StorageError, str(tmp_path / "nowhere"): MissingError}
    with pytest.raises(StorageError):
        storage_at(tmp_path).entries()


def test_a_file_where_a_folder_has_to_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")

    with pytest.raises(NoFolderError, match="name a folder"):
        storage_at(tmp_path / "file").entries()
    with pytest.raises(StorageError):
        storage_at(tmp_path).put(Key("file/below"), b"x")
    with pytest.raises(StorageError), storage_at(tmp_path / "file").lock(Key(".lock")):
        pass
    assert (tmp_path / "file").read_bytes() == b"x"


def test_each_error_is_the_systems_own_too() -> None:
    assert issubclass(ForbiddenError, PermissionError)
    assert issubclass(MissingError, FileNotFoundError)
