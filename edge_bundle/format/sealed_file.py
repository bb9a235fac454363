"""Bytes as a file that nobody can change, not even its maker: what was verified is what is loaded.

A path can lead to other bytes between the check and the load. An anonymous file in memory whose seals forbid every
change cannot. Source: Linux, memfd_create(2) and fcntl(2), "File Sealing".
"""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from edge_bundle.format.errors import KernelError

_SEALS = ("F_SEAL_SEAL", "F_SEAL_SHRINK", "F_SEAL_GROW", "F_SEAL_WRITE")


class SealedFile:
    """An open sealed file.

    Attributes:
        path: Where this process finds it, as long as it is open.
    """

    def __init__(self, data: bytes, name: str) -> None:
        """Write and seal.

        Args:
            data: The content.
            name: What the system calls it, for people who look.

        Raises:
            KernelError: This system has no such files, or refuses one.
        """
        if not hasattr(os, "memfd_create"):
            raise KernelError("this system has no sealed files in memory (memfd_create)")
        try:
            self._handle = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        except OSError as exc:
            raise KernelError(f"no sealed file in memory for {name}: {exc.strerror}") from exc
        self.path = f"/proc/self/fd/{self._handle}"
        try:
            _write(self._handle, data)
            _seal(self._handle)
            _check_path(self.path, self._handle)
        except OSError as exc:
            self.close()
            raise KernelError(f"no sealed file in memory for {name}: {exc.strerror}") from exc

    def close(self) -> None:
        """Let the file go. Not while a library is loaded from it: the next file would get its path."""
        os.close(self._handle)


def _write(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _seal(handle: int) -> None:
    seals = sum(getattr(fcntl, seal) for seal in _SEALS)
    fcntl.fcntl(handle, fcntl.F_ADD_SEALS, seals)
    if fcntl.fcntl(handle, fcntl.F_GET_SEALS) & seals != seals:
        raise OSError(errno.EPERM, "its seals do not hold")


def _check_path(path: str, handle: int) -> None:
    """Without /proc, or with another thing in its place, the path does not lead to the file."""
    if not os.path.samestat(Path(path).stat(), os.fstat(handle)):
        raise OSError(errno.ENOENT, f"{path} is another file")
