"""Landed files, members of archives and sheets of workbooks, opened alike; what holds them stays open meanwhile."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from expectations.mapping.containers import is_workbook
from jobs.ingest.sheet_members import SheetMembers
from jobs.ingest.zip_members import ArchiveError, Member, ZipMembers
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage

_MOST_OPEN = 8
_DAMAGED = "the member is damaged: its bytes are not what the archive says of them; send it again"


@dataclass(frozen=True, slots=True)
class Opened:
    """What was opened: its bytes, or why it cannot be read; `mark` then replaces its bytes.

    `size`: How many bytes they are, where the ledger has another size: that of the workbook of a sheet.
    """

    stream: io.RawIOBase | None
    fault: str = ""
    mark: str = ""
    size: int | None = None


class Holder(Protocol):
    """An open archive or workbook."""

    def listed(self) -> Iterator[tuple[tuple[str, ...], int]]:
        """The names under which each member can be asked for, and its size."""

    def member(self, name: str) -> Member | None:
        """The member of that name."""

    def is_whole(self, name: str) -> bool:
        """Whether it can be read to its end."""

    def open(self, name: str) -> io.RawIOBase:
        """Its bytes."""

    def close(self) -> None:
        """Close it and its file."""


class Archives:
    """Opens files by key and member. A value of one thread; closed at the end of `with`."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, Key], Holder] = {}

    def __enter__(self) -> "Archives":
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what is open."""
        for archive in self._open.values():
            archive.close()
        self._open.clear()

    def archive(self, landing: Storage, key: Key) -> Holder:
        """The archive at a key.

        Raises:
            ArchiveError: It cannot be unpacked.
            StorageError: It is gone, or cannot be read.
        """
        place = (landing.place, key)
        if place not in self._open:
            if len(self._open) >= _MOST_OPEN:
                self._open.pop(next(iter(self._open))).close()
            self._open[place] = _unpacked(landing.open(key), str(key))
        return self._open[place]

    def open(self, landing: Storage, key: Key, member: str, sha256: str = "") -> Opened:
        """A file, or a member of the archive at its key.

        Args:
            landing: The landing folder.
            key: Of the file, or of the archive.
            member: Name of the member; empty: the file itself.
            sha256: As what it was admitted, where it was: a damaged member is known by it.

        Raises:
            ArchiveError: The archive cannot be unpacked any more, or has no such member.
            StorageError: The file is gone, or cannot be read.
        """
        if not member:
            return Opened(landing.open(key))
        archive = self.archive(landing, key)
        found = archive.member(member)
        if found is None:
            raise ArchiveError(f"the archive has no member {member} any more")
        if not found.fault and sha256 == _damaged(found).mark:
            return _damaged(found)
        if found.fault:
            return Opened(None, found.fault, _digest(found))
        stream = archive.open(member)
        return Opened(stream, size=getattr(stream, "size", None))

    def checked(self, landing: Storage, key: Key, member: str) -> Opened:
        """As `open`; a member is read through once, so that a damaged one is known before it is admitted."""
        archive = self.archive(landing, key) if member else None
        found = archive.member(member) if archive else None
        if archive is None or found is None or found.fault or archive.is_whole(member):
            return self.open(landing, key, member)
        return _damaged(found)


def _damaged(member: Member) -> Opened:
    """A member whose bytes are not what the archive says of them."""
    return Opened(None, _DAMAGED, _digest(member, _DAMAGED))


def why_unreadable(stream: io.RawIOBase, path: str) -> str:
    """Why an archive or a workbook cannot be unpacked; the stream stays open."""
    try:
        stream.seek(0)
        _holder(stream, path)
    except ArchiveError as error:
        return str(error)
    return "it could not be unpacked when it was admitted; send it again"


def _holder(stream: io.RawIOBase, path: str) -> Holder:
    return SheetMembers(stream) if is_workbook(path) else ZipMembers(stream)


def _unpacked(stream: io.RawIOBase, path: str) -> Holder:
    try:
        return _holder(stream, path)
    except ArchiveError:
        stream.close()
        raise


def _digest(member: Member, fault: str = "") -> str:
    text = "\0".join((member.name, fault or member.fault, member.mark))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
