"""What is in a local folder: names of one level, or every file below it."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from lakehouse.storage.errors import StorageError, typed
from lakehouse.storage.key import Key
from lakehouse.storage.local_files import is_draft
from lakehouse.storage.protocol import Entry, Names


def check_folder(folder: str) -> None:
    """Raise the typed error of a folder that is not there, is none, or may not be listed and looked into."""
    try:
        is_folder = stat.S_ISDIR(Path(folder).stat().st_mode)
    except OSError as error:
        raise typed(error, folder) from error
    if not is_folder:
        raise typed(OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)), folder)
    if not os.access(folder, os.R_OK | os.X_OK):
        raise typed(OSError(errno.EACCES, os.strerror(errno.EACCES)), folder)


def names(folder: str) -> Names:
    """What is directly in a folder; nothing where it is none."""
    try:
        with os.scandir(folder) as found:
            there = [(entry.name, entry.is_dir()) for entry in found]
    except (FileNotFoundError, NotADirectoryError):
        return Names()
    except OSError as error:
        raise typed(error, folder) from error
    files = sorted(name for name, is_folder in there if not is_folder and not is_draft(name))
    return Names(tuple(files), tuple(sorted(name for name, is_folder in there if is_folder)))


def entries(folder: str, prefix: str, left_out: Callable[[StorageError], None]) -> list[Entry]:
    """Every regular file below a folder, hidden ones and links to files too, by key; linked folders are left alone.

    Args:
        folder: The folder.
        prefix: What its keys begin with.
        left_out: Gets the error of each place that cannot be looked at.
    """
    found: list[Entry] = []
    waiting = [(folder, prefix)]
    while waiting:
        path, key = waiting.pop()
        try:
            with os.scandir(path) as listed:
                inside = list(listed)
        except OSError as error:
            left_out(typed(error, path))
            continue
        for entry in inside:
            if _is_folder(entry):
                if not entry.is_symlink():
                    waiting.append((entry.path, f"{key}{entry.name}/"))
            elif not is_draft(entry.name) and (file := _file(entry, f"{key}{entry.name}", left_out)):
                found.append(file)
    return sorted(found, key=lambda file: file.key)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _file(entry: "os.DirEntry[str]", key: str, left_out: Callable[[StorageError], None]) -> Entry | None:
    try:
        status = entry.stat()
    except OSError as error:  # moved away since the folder was listed, a link to nothing or to itself
        left_out(typed(error, entry.path))
        return None
    return Entry(Key(key), status.st_size, status.st_mtime_ns // 1000) if stat.S_ISREG(status.st_mode) else None
