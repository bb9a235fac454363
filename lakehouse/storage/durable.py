"""Files and folders made durable: what was written is there after a power cut."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: those of files and folders that were made, renamed or removed there."""
    _sync(folder)


def sync_file(path: Path) -> None:
    """Make a file's bytes durable. Source: Linux fsync(2): whichever handle wrote them."""
    _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
