"""A lock of the kernel on a file of a local folder: it dies with its holder, SIGKILL too.

The file is made once and never written. Source: Linux, flock(2).
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lakehouse.storage.errors import typed
from lakehouse.storage.local_files import make_folder


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold the lock.

    Raises:
        BusyError: It is held, and `wait` is false.
        StorageError: The file cannot be made.
    """
    try:
        make_folder(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)
    except OSError as error:
        raise typed(error, str(path)) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise typed(error, str(path)) from error
        yield
    finally:
        os.close(handle)


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False  # nobody can hold what cannot be there
    except OSError as error:
        raise typed(error, str(path)) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(handle)
