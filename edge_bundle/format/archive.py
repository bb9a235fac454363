"""A tar file with one legal form: the same members always give the same bytes, and no others.

POSIX ustar, times and owners 0, mode 0644, ``manifest.json`` and ``manifest.sig`` first, the rest
sorted. The reader compares every header with the one the packer writes for that name and size, so
whatever it accepts would be packed again into the same file, byte for byte: no spare bit to change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from edge_bundle.format.errors import ArchiveError

BLOCK = 512
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
LEADERS = (MANIFEST, SIGNATURE)
MAX_MEMBERS = 256
END = bytes(2 * BLOCK)
_PATH = re.compile(r"[a-z0-9_][a-z0-9_.-]*(/[a-z0-9_][a-z0-9_.-]*)*\Z")
_MAX_PATH = 100
_MAX_SIZE = 8**11 - 1


@dataclass(frozen=True)
class Member:
    """Where one member's bytes lie in the archive."""

    path: str
    start: int
    size: int

    @property
    def end(self) -> int:
        """The first byte after the member, padding left out."""
        return self.start + self.size


def check_path(path: str) -> str:
    """``path`` itself, when it may name a member: relative, lower case, at most 100 characters.

    Raises:
        ArchiveError: Absolute, with ``..`` or hidden parts, too long, or with other characters.
    """
    if len(path) > _MAX_PATH or _PATH.match(path) is None:
        raise ArchiveError(
            f"member path {path[:120]!r}; legal are at most {_MAX_PATH} of a-z 0-9 _ . - in parts "
            "divided by /, no part beginning with . or -"
        )
    return path


def member_order(paths: Mapping[str, object]) -> list[str]:
    """The order of the members: the two leaders, then the rest sorted."""
    leaders = [path for path in LEADERS if path in paths]
    return leaders + sorted(path for path in paths if path not in LEADERS)


def pack(members: Mapping[str, bytes]) -> bytes:
    """The archive of ``members``.

    Raises:
        ArchiveError: A path that is not legal.
    """
    parts: list[bytes] = []
    for path in member_order(members):
        data = members[path]
        parts += [header(path, len(data)), data, bytes(-len(data) % BLOCK)]
    return b"".join([*parts, END])


def header(path: str, size: int) -> bytes:
    """The one legal header block of a member, 512 bytes.

    Source: POSIX.1-1988 ustar, field by field.
    """
    if not 0 <= size <= _MAX_SIZE:
        raise ArchiveError(f"member {path!r} of {size} bytes; at most {_MAX_SIZE} fit")
    name = check_path(path).encode("ascii").ljust(100, b"\0")
    numbers = b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % size + b"%011o\0" % 0
    tail = b"0" + bytes(100) + b"ustar\0" + b"00" + bytes(64) + b"0000000\0" * 2 + bytes(167)
    checksum = sum(name) + sum(numbers) + 8 * ord(" ") + sum(tail)
    return name + numbers + b"%06o\0 " % checksum + tail


def next_member(archive: bytes, offset: int) -> Member:
    """The member whose header is at ``offset``.

    Raises:
        ArchiveError: The header is not exactly what ``header`` writes, or its data are cut off.
    """
    block = archive[offset : offset + BLOCK]
    if len(block) < BLOCK:
        raise ArchiveError(f"the archive ends inside a header at byte {offset}")
    name = block[:100].rstrip(b"\0")
    digits = block[124:135]
    if not name.isascii() or re.match(rb"[0-7]{11}\Z", digits) is None:
        raise ArchiveError(f"the header at byte {offset} is not that of a regular ustar member")
    member = Member(name.decode("ascii"), offset + BLOCK, int(digits, 8))
    if header(member.path, member.size) != block:
        raise ArchiveError(f"the header at byte {offset} is not in the one legal form")
    _check_padding(archive, member)
    return member


def members(archive: bytes) -> list[Member]:
    """All members in order.

    Raises:
        ArchiveError: Anything that ``pack`` would not have written.
    """
    found: list[Member] = []
    offset = 0
    while archive[offset : offset + BLOCK] != END[:BLOCK]:
        found.append(next_member(archive, offset))
        offset = _aligned(found[-1].end)
        if len(found) > MAX_MEMBERS:
            raise ArchiveError(f"more than {MAX_MEMBERS} members")
    if archive[offset:] != END:
        raise ArchiveError("the archive does not end in exactly two zero blocks")
    paths = [member.path for member in found]
    if paths != member_order(dict.fromkeys(paths)):
        raise ArchiveError("members are repeated or out of order")
    return found


def _check_padding(archive: bytes, member: Member) -> None:
    padding = archive[member.end : _aligned(member.end)]
    if len(archive) < _aligned(member.end) or padding.strip(b"\0"):
        raise ArchiveError(f"member {member.path!r} is cut off or its padding is not zero")


def _aligned(offset: int) -> int:
    return offset + -offset % BLOCK
