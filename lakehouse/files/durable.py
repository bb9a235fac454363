"""Files and folders that last through a power cut: what a table names afterwards must not be gone."""

import os
from pathlib import Path


def sync_files(folder: Path) -> None:
    """Make the files in a folder, and their names, last. Folders in it are left out."""
    for path in folder.iterdir():
        if path.is_file():
            _sync(path)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last: those of files and folders that were made, renamed or removed there."""
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
