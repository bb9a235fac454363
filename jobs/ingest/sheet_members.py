"""The sheets of a workbook as members of it, by the names that globs ask for."""

import io
from collections.abc import Iterator

from bronze.workbooks import Sheet, Workbook, WorkbookError
from expectations.mapping.containers import HIDDEN, NUMBER
from jobs.ingest.zip_members import ArchiveError, Member, ZipMembers

MOST_UNPACKED = 1 << 30
"""A workbook is held in memory; a million rows of ten columns are 300 MB of XML."""


class SheetMembers:
    """An open workbook.

    Raises:
        ArchiveError: It is no workbook, or larger than may be unpacked.
    """

    def __init__(self, stream: io.RawIOBase) -> None:
        archive = ZipMembers(stream)
        found = list(archive.members())
        unpacked = sum(member.size for member in found)
        faults = [f"{member.name}: {member.fault}" for member in found if member.fault]
        if faults or unpacked > MOST_UNPACKED:
            why = faults[0] if faults else f"it unpacks to {unpacked:,} bytes; legal: up to {MOST_UNPACKED:,}"
            raise ArchiveError(f"the workbook cannot be read: {why}")
        damaged = [member.name for member in found if not archive.is_whole(member.name)]
        if damaged:
            raise ArchiveError(f"the workbook is damaged in {damaged[0]}; send it again")
        self._mark = " ".join(member.mark for member in found)
        stream.seek(0)
        content = stream.read() or b""
        self._size = len(content)
        try:
            self._book = Workbook(content)
        except WorkbookError as exc:
            raise ArchiveError(str(exc)) from exc
        self._stream = stream
        self._last: tuple[str, bytes] = ("", b"")

    def listed(self) -> Iterator[tuple[tuple[str, ...], int]]:
        """The names under which each sheet can be asked for, by name and by number, and the workbook's size."""
        for sheet in self._book.sheets():
            yield (f"{HIDDEN if sheet.is_hidden else ''}{sheet.name}", f"{NUMBER}{sheet.number}"), self._size

    def member(self, name: str) -> Member | None:
        """The sheet of that name or number."""
        if self._sheet(name) is None:
            return None
        try:
            self.open(name)
        except WorkbookError as exc:
            return Member(name, self._size, str(exc), self._mark)
        return Member(name, self._size, "", self._mark)

    def is_whole(self, name: str) -> bool:
        """Whether the sheet can be read: its workbook was read through when it was opened."""
        return self._sheet(name) is not None

    def open(self, name: str) -> io.RawIOBase:
        """The text of a sheet. Raises `WorkbookError` where it cannot be read."""
        sheet = self._sheet(name)
        if sheet is None:
            raise WorkbookError(f"the workbook has no sheet {name}")
        if self._last[0] != name:
            self._last = (name, self._book.text(sheet))
        return _Text(self._last[1])

    def _sheet(self, name: str) -> Sheet | None:
        names = {NUMBER: "#{0.number}", HIDDEN: "hidden:{0.name}"}
        form = next((form for mark, form in names.items() if name.startswith(mark)), "{0.name}")
        return next((sheet for sheet in self._book.sheets() if form.format(sheet) == name), None)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


class _Text(io.RawIOBase):
    """The text of a sheet as a raw file."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)
        self.size = len(content)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be sought in."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        return self._content.seek(offset, whence)

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # what is asked of it here
        """Fill the buffer."""
        return self._content.readinto(buffer)
