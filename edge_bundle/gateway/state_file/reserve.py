"""Space set aside on a medium, so that what must be written can be written when others have filled it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_SMALLEST = 8192
_LARGEST_PART = 16
"""A reserve takes no more than this part of a small medium."""


class Reserve:
    """A file of blocks that hold nothing; released where space is needed, made again once there is enough."""

    def __init__(self, path: Path, size: int) -> None:
        """Describe the reserve; `make` makes it.

        Args:
            path: Its file; its name begins with a dot.
            size: Bytes, less on a small medium.
        """
        self._path, self._size = path, size

    def make(self) -> bool:
        """Set the space aside, or a part of it; False where it is a part, or the system sets none aside."""
        if self.is_made():
            return True
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            return self._fill(handle)
        finally:
            os.close(handle)

    def _fill(self, handle: int) -> bool:
        size = whole = self._bytes()
        while size >= _SMALLEST:
            try:
                os.posix_fallocate(handle, 0, size)
            except OSError:
                size //= 2
            else:
                return size == whole
        return False

    def release(self) -> None:
        """Give the space back."""
        with suppress(OSError):
            self._path.unlink()

    def is_made(self) -> bool:
        """Whether the space is set aside."""
        try:
            return self._path.stat().st_blocks * 512 >= self._bytes()  # Source: POSIX stat, blocks of 512 bytes
        except OSError:
            return False

    def _bytes(self) -> int:
        medium = os.statvfs(self._path.parent)
        return min(self._size, medium.f_blocks * medium.f_frsize // _LARGEST_PART)
