"""The first bytes of a file as a stream of its own, digested as they are read."""

import hashlib
import io
from typing import Any

_BLOCK = 1 << 20


class Portion(io.RawIOBase):
    """The first `size` bytes of a file, as if it ended there.

    What is read in order is digested on the way, so that the digest is of the very bytes that the reader was given.
    The file is closed with it.
    """

    def __init__(self, file: io.RawIOBase, size: int) -> None:
        self._file, self._size = file, size
        self._whole, self._digested = hashlib.sha256(), 0

    def readable(self) -> bool:
        """A portion can always be read."""
        return True

    def seekable(self) -> bool:
        """A portion can always be sought in."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; `SEEK_END` is the end of the portion."""
        if whence == io.SEEK_END:
            return self._file.seek(self._size + offset)
        return self._file.seek(offset, whence)

    def readinto(self, buffer: Any) -> int | None:
        """Fill the buffer as far as the portion goes."""
        place, given = self._file.tell(), memoryview(buffer)
        count = self._file.readinto(given[: max(0, self._size - place)])
        if count and place <= self._digested < place + count:
            self._whole.update(given[self._digested - place : count])
            self._digested = place + count
        return count

    def digest_to(self, end: int) -> None:
        """Digest what is not digested yet of the bytes before `end`."""
        self.seek(self._digested)
        while self._digested < end and self.read(min(_BLOCK, end - self._digested)):
            pass

    def sha256(self) -> str | None:
        """SHA-256 of the whole portion; None where the file is shorter."""
        self.digest_to(self._size)
        return self._whole.hexdigest() if self._digested == self._size else None

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
