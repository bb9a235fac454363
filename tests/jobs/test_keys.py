import argparse
import hashlib
from pathlib import Path

import pytest

from jobs import keys
from jobs.runtime.errors import UsageError
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def called(folder: Path, action: str, name: str = "release") -> RunReport:
    settings = Settings(keys=folder / "keys", lake=folder / "lake")
    return keys.run(argparse.Namespace(action=action, name=name), settings)


def test_key_is_made_once_and_never_replaced(tmp_path: Path) -> None:
    first = called(tmp_path, "make")

    again = called(tmp_path, "make")

    assert (first.changed, again.changed) == (True, False)
    assert first.data == again.data == called(tmp_path, "show").data


def test_key_id_is_the_digest_of_the_public_key(tmp_path: Path) -> None:
    data = called(tmp_path, "make").data

    assert data["key_id"] == hashlib.sha256(bytes.fromhex(data["public_key"])).hexdigest()[:16]


def test_only_the_owner_can_read_a_key(tmp_path: Path) -> None:
    path = called(tmp_path, "make").data["path"]

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")


def test_signature_of_a_key_holds_for_its_public_key(tmp_path: Path) -> None:
    called(tmp_path, "make")

    key = keys.load_key(tmp_path / "keys")

    key.private.public_key().verify(key.private.sign(b"bundle"), b"bundle")
    assert key.public_hex == key.private.public_key().public_bytes_raw().hex()


def test_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    called(tmp_path, "make").data["path"].chmod(0o644)

    with pytest.raises(UsageError, match=r"can be read by others; legal: mode 0600"):
        called(tmp_path, "show")


def test_folder_inside_the_lake_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="inside the lake"):
        keys.make_key(tmp_path / "lake" / "keys", "release", tmp_path / "lake")


def test_absent_key_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="assay keys make --name other"):
        called(tmp_path, "show", "other")


def test_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"key name '\.\./x'; legal"):
        called(tmp_path, "make", "../x")


def test_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    path = called(tmp_path, "make").data["path"]
    path.write_text("nonsense")

    with pytest.raises(UsageError, match="is not an unencrypted PEM key"):
        called(tmp_path, "show")
