"""One gateway over a state folder: the second is refused, and a killed one leaves no lock behind."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from edge_bundle.gateway.errors import StateError


class StateLock:
    """A lock on the folder itself, held until `release` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            StateError: Another process, or another `StateLock` of this one, has it.
            OSError: The folder cannot be opened.
        """
        self._handle: int | None = None
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            os.close(handle)
            raise StateError(
                f"state folder {folder.name}: another gateway is using it ({exc.strerror}); stop that one, or use "
                "another folder"
            ) from exc

        self._handle = handle

    def release(self) -> None:
        """Let others in."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
