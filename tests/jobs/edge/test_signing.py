import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from jobs.edge import signing as keys
from jobs.edge.keys import make, show
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from tests.support.edge_models import SIGNING_KEY, TRUSTED, small_bundle

ROOT = Path(__file__).resolve().parents[3]


def called(folder: Path, action: str, name: str = "release") -> RunReport:
    settings = Settings(keys=folder / "keys", lake=folder / "lake")
    return make(settings, name) if action == "make" else show(settings, name)


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


def test_a_link_is_no_key_and_no_place_for_one(tmp_path: Path) -> None:
    path = called(tmp_path, "make").data["path"]
    path.rename(tmp_path / "elsewhere.pem")
    path.symlink_to(tmp_path / "elsewhere.pem")

    with pytest.raises(UsageError, match="is a symbolic link; legal: the file itself"):
        called(tmp_path, "show")
    with pytest.raises(UsageError, match="is a symbolic link; legal: the file itself"):
        called(tmp_path, "make")
    (tmp_path / "keys" / "other.pem").symlink_to(tmp_path / "absent.pem")
    with pytest.raises(UsageError, match="is a symbolic link"):
        called(tmp_path, "make", "other")
    assert not (tmp_path / "absent.pem").exists()


def test_a_link_is_no_folder_of_keys(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "keys").symlink_to(tmp_path / "real")

    for action in ("make", "show"):
        with pytest.raises(UsageError, match="is a symbolic link; legal: the folder itself"):
            called(tmp_path, action)
    assert list((tmp_path / "real").iterdir()) == []


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o1777], ids=oct)
def test_a_folder_that_others_may_write_holds_no_key(tmp_path: Path, mode: int) -> None:
    called(tmp_path, "make")
    (tmp_path / "keys").chmod(mode)

    for action, name in (("show", "release"), ("make", "release"), ("make", "other")):
        with pytest.raises(UsageError, match=r"can be written by others; legal: .* `chmod go-w "):
            called(tmp_path, action, name)
    assert not (tmp_path / "keys" / "other.pem").exists()


def test_a_folder_above_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    called(tmp_path / "open", "make")
    (tmp_path / "open").chmod(0o777)

    with pytest.raises(UsageError, match="above the keys can be written by everybody"):
        called(tmp_path / "open", "show")
    (tmp_path / "open").chmod(0o1777)
    called(tmp_path / "open", "show")


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o602, 0o604, 0o666], ids=oct)
def test_a_key_that_others_may_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    called(tmp_path, "make").data["path"].chmod(mode)

    with pytest.raises(UsageError, match=r"by others; legal: .*`chmod 600 "):
        called(tmp_path, "show")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_or_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    path = called(tmp_path, "make").data["path"]
    for place in (path, path.parent):
        os.chown(place, 12345, 12345)
        with pytest.raises(UsageError, match="belongs to user 12345"):
            called(tmp_path, "show")
        os.chown(place, 0, 0)
    called(tmp_path, "show")


def test_a_pipe_or_folder_is_no_key_and_nobody_waits_for_it(tmp_path: Path) -> None:
    called(tmp_path, "make")
    os.mkfifo(tmp_path / "keys" / "pipe.pem", 0o600)
    (tmp_path / "keys" / "folder.pem").mkdir(0o700)

    for name in ("pipe", "folder"):
        with pytest.raises(UsageError, match=r"is no file of at most|Is a directory"):
            called(tmp_path, "show", name)


KILLED_AT = """
import os, sys
from pathlib import Path
from jobs.edge import signing as keys
left = int(sys.argv[2])
def around(name):
    inner = getattr(os, name)
    def outer(*args, **kwargs):
        global left
        left -= 1
        if left == 0:
            os._exit(9)
        result = inner(*args, **kwargs)
        left -= 1
        if left == 0:
            os._exit(9)
        return result
    setattr(os, name, outer)
for name in ("open", "fsync", "link", "unlink", "mkdir"):
    around(name)
folder = Path(sys.argv[1])
keys.make_key(folder / "keys", "release", folder / "lake")
print(left)
"""


def made_and_killed(folder: Path, deadly: int) -> "subprocess.CompletedProcess[str]":
    folder.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-c", KILLED_AT, str(folder), str(deadly)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def test_a_key_whose_making_is_killed_anywhere_is_whole_or_not_there(tmp_path: Path) -> None:
    steps = 1000 - int(made_and_killed(tmp_path / "whole", 1000).stdout)
    assert steps >= 10
    for deadly in range(1, steps + 1):
        folder = tmp_path / str(deadly)

        assert made_and_killed(folder, deadly).returncode == 9
        there = (folder / "keys" / "release.pem").exists()
        before = called(folder, "show").data if there else None
        after = called(folder, "make")

        assert after.changed != there
        assert before in (None, after.data)


def test_a_half_written_key_is_said_to_be_none_and_is_not_replaced(tmp_path: Path) -> None:
    path = called(tmp_path, "make").data["path"]
    whole = path.read_bytes()
    for size in range(len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(UsageError, match=r"is not an unencrypted PEM key.*; bring it back from a copy"):
            called(tmp_path, "make")
        assert path.read_bytes() == whole[:size]


def test_two_that_make_a_key_at_once_get_the_same_one(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from jobs.edge import signing as keys; f = Path(sys.argv[1]);"
    script += "print(keys.make_key(f / 'keys', 'release', f / 'lake'), keys.load_key(f / 'keys').public_hex)"
    (tmp_path / "keys").mkdir(0o700)
    command = [sys.executable, "-c", script, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(4)]
    said = [process.communicate(timeout=120)[0].split() for process in both]

    assert sorted(words[0] for words in said) == ["False", "False", "False", "True"]
    assert len({words[1] for words in said}) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["release.pem"]


def with_bundle(folder: Path) -> None:
    """A lake whose only bundle was signed by a key that lies nowhere here."""
    (folder / "lake" / "bundles").mkdir(parents=True)
    (folder / "lake" / "bundles" / "test-1.2.3+7.assay").write_bytes(small_bundle())


def test_a_wrong_path_makes_no_new_root_of_trust(tmp_path: Path) -> None:
    with_bundle(tmp_path)

    with pytest.raises(UsageError, match=rf"were signed by {TRUSTED.hex()[:16]}, and keys = .* --new-root"):
        called(tmp_path, "make")
    assert not (tmp_path / "keys").exists()


def test_a_new_root_is_made_where_it_is_asked_for(tmp_path: Path) -> None:
    with_bundle(tmp_path)
    settings = Settings(keys=tmp_path / "keys", lake=tmp_path / "lake")

    assert make(settings, "release", new_root=True).changed


def test_beside_the_key_that_signs_another_may_be_made(tmp_path: Path) -> None:
    with_bundle(tmp_path)
    (tmp_path / "keys").mkdir(0o700)
    path = tmp_path / "keys" / "release.pem"
    path.write_bytes(SIGNING_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)

    assert called(tmp_path, "make", "second").changed
    assert not called(tmp_path, "make").changed
