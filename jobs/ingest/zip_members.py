"""The members of a zip archive: which there are, what is wrong with them, and their bytes.

Limits are ours: a year of hourly files is 8,760 members, and a column that never changes packs 1 to 200.
"""

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MOST_MEMBERS = 20_000
MOST_UNPACKED = 64 << 30
MOST_OF_ONE = 4 << 30
MOST_RATIO, RATIO_FROM = 200, 16 << 20
"""A member of so many bytes and more may not be so many times as large as it is packed."""
_ENCRYPTED = 0x1
_BLOCK = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError)
"""What zipfile raises for bytes that are not as the archive says; bz2 raises a plain OSError."""
CHANGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError)
"""What reading a member raises that was whole when it was admitted."""


class ArchiveError(Exception):
    """An archive of which no member can be read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member: its name with `/` between folders, its size unpacked, and why it may not be read, else empty.

    `mark` replaces its bytes where they cannot be read: what the archive says of them.
    """

    name: str
    size: int
    fault: str
    mark: str


class ZipMembers:
    """An open archive.

    Raises:
        ArchiveError: It is no zip archive, or holds more than may be unpacked.
    """

    def __init__(self, stream: io.RawIOBase) -> None:
        try:
            self._zip = zipfile.ZipFile(stream)
        except (*BROKEN, OSError) as exc:
            raise ArchiveError(f"the zip archive is damaged ({exc}); send it again") from exc
        self._stream = stream
        self._infos: dict[str, list[zipfile.ZipInfo]] = {}
        for info in self._zip.infolist():
            if not info.filename.endswith(("/", "\\")):
                self._infos.setdefault(info.filename.replace("\\", "/"), []).append(info)
        self._check_size()

    def _check_size(self) -> None:
        infos = [info for some in self._infos.values() for info in some]
        unpacked = sum(info.file_size for info in infos)
        if len(infos) > MOST_MEMBERS or unpacked > MOST_UNPACKED:
            raise ArchiveError(
                f"the zip archive has {len(infos):,} members of {unpacked:,} bytes; legal: {MOST_MEMBERS:,} members of "
                f"{MOST_UNPACKED:,} bytes; send it in several archives"
            )

    def members(self) -> Iterator[Member]:
        """Every member, by name; names that come twice are one that is faulty. Folders are none."""
        return map(self._member, sorted(self._infos))

    def listed(self) -> Iterator[tuple[tuple[str, ...], int]]:
        """The names under which each member can be asked for, and its size."""
        return (((member.name,), member.size) for member in self.members())

    def member(self, name: str) -> Member | None:
        """The member of that name."""
        return self._member(name) if name in self._infos else None

    def _member(self, name: str) -> Member:
        infos = self._infos[name]
        mark = " ".join(f"{info.CRC:08x}/{info.file_size}/{info.compress_size}" for info in infos)
        return Member(name, infos[0].file_size, _fault(name, infos), mark)

    def is_whole(self, name: str) -> bool:
        """Whether a member without fault can be read to its end, with its checksum."""
        try:
            with self.open(name) as stream:
                while stream.read(_BLOCK):
                    pass
        except BROKEN:
            return False
        except OSError as error:
            if error.errno is not None:
                raise
            return False  # bz2
        return True

    def open(self, name: str) -> io.RawIOBase:
        """The bytes of a member without fault; reading them raises one of `BROKEN` or `OSError` where they are bad."""
        return self._zip.open(self._infos[name][0])  # type: ignore[return-value]  # it is read as one

    def close(self) -> None:
        """Close the archive and its file."""
        self._zip.close()
        self._stream.close()


def _fault(name: str, infos: list[zipfile.ZipInfo]) -> str:
    info = infos[0]
    if len(infos) > 1:
        return f"the archive has {len(infos)} members of this name; nothing says which is right: send one"
    if name.startswith("/") or name[1:2] == ":" or {"", ".", ".."} & set(name.split("/")):
        return "the member's name leads out of the archive; legal: names below it, without '..': pack it again"
    if info.flag_bits & _ENCRYPTED:
        return "the member is encrypted; pack it without a password"
    if info.compress_type not in _METHODS:
        return (
            f"the member is packed by method {info.compress_type}; legal: stored, deflate, bzip2, lzma: pack it again"
        )
    return _size_fault(info.file_size, max(info.compress_size, 1))


def _size_fault(size: int, packed: int) -> str:
    if size > MOST_OF_ONE:
        return f"the member has {size:,} bytes unpacked; legal: up to {MOST_OF_ONE:,}: send it in parts"
    if size >= RATIO_FROM and size > MOST_RATIO * packed:
        return f"the member unpacks to {size // packed:,} times its size; legal: up to {MOST_RATIO}: send it as it is"
    return ""
