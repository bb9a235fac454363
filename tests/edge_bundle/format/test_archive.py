from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_bundle.format import archive
from edge_bundle.format.errors import ArchiveError

MEMBERS = {"models/a.flat": b"x" * 700, "manifest.sig": b"s" * 96, "manifest.json": b"{}", "golden/rows.f32": b""}


def tar_with(*infos: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for info, data in infos:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def test_a_packed_archive_is_an_ordinary_tar_with_the_leaders_first() -> None:
    with tarfile.open(fileobj=io.BytesIO(archive.pack(MEMBERS))) as tar:
        names = tar.getnames()
        files = [tar.extractfile(name) for name in names]
        contents = {name: file.read() for name, file in zip(names, files, strict=True) if file}

    assert names == ["manifest.json", "manifest.sig", "golden/rows.f32", "models/a.flat"]
    assert contents == MEMBERS


@given(
    st.dictionaries(
        st.from_regex(r"[a-z0-9_][a-z0-9_.]{0,8}(/[a-z0-9_]{1,8})?", fullmatch=True),
        st.binary(max_size=1500),
        max_size=5,
    )
)
def test_members_survive_packing_in_any_order(members: dict[str, bytes]) -> None:
    backwards = dict(reversed(members.items()))

    packed = archive.pack(members)

    assert packed == archive.pack(backwards)
    assert {member.path: packed[member.start : member.end] for member in archive.members(packed)} == members


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../x", "a/../b", "a//b", ".hidden", "a/.git", "", "A", "a b", "-rf", "ä", "a" * 101, "a/", "a\n"],
)
def test_a_path_that_could_leave_the_bundle_cannot_be_packed(path: str) -> None:
    with pytest.raises(ArchiveError, match="member path"):
        archive.pack({path: b""})


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../b", "B"])
def test_a_path_that_could_leave_the_bundle_is_refused_when_read(name: str) -> None:
    with pytest.raises(ArchiveError):
        archive.members(tar_with((tarfile.TarInfo(name), b"data")))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.CONTTYPE]
)
def test_a_member_that_is_no_regular_file_is_refused(kind: bytes) -> None:
    info = tarfile.TarInfo("link")
    info.type, info.linkname = kind, "target"

    with pytest.raises(ArchiveError):
        archive.members(tar_with((info, b"")))


def test_a_duplicate_member_is_refused() -> None:
    once = archive.pack({"a": b"1"})[: -len(archive.END)]

    with pytest.raises(ArchiveError, match="repeated or out of order"):
        archive.members(once + once + archive.END)


def test_members_out_of_order_are_refused() -> None:
    first, second = (archive.pack({name: b"1"})[: -len(archive.END)] for name in ("a", "b"))

    with pytest.raises(ArchiveError, match="repeated or out of order"):
        archive.members(second + first + archive.END)


def test_more_members_than_any_bundle_has_are_refused() -> None:
    with pytest.raises(ArchiveError, match="more than"):
        archive.members(archive.pack({f"m{n}": b"" for n in range(archive.MAX_MEMBERS + 1)}))


def test_a_member_too_large_for_its_header_is_refused() -> None:
    with pytest.raises(ArchiveError, match="at most"):
        archive.header("a", 8**11)
