"""Files of a local folder that are written whole or not at all, and durable when they are there.

Source: POSIX rename(2) and link(2) are atomic; Linux fsync(2): a file's name is durable once its folder is synced.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from lakehouse.storage.durable import sync_file, sync_folder

_DRAFT = re.compile(r"\.[0-9a-f]{32}\.assay-draft")


def is_draft(name: str) -> bool:
    """Whether a file of that name is a put that has not finished."""
    return name.endswith(".assay-draft") and _DRAFT.fullmatch(name) is not None


def put(path: Path, data: bytes, root: Path | None) -> None:
    """Write a file, in place of what was there and with its rights; durable with every name from a `root` on."""
    make_folder(path.parent)
    with _draft(path.parent, lambda handle: _write_all(handle, data), durable=root is not None) as draft:
        with suppress(FileNotFoundError):
            draft.chmod(path.stat().st_mode & 0o777)
        draft.replace(path)
    if root is not None:
        _sync_up(path.parent, root)


def put_if_absent(path: Path, data: bytes, root: Path) -> None:
    """Write a file that is not there, durable with every name from `root` on.

    Raises:
        FileExistsError: It is there.
    """
    make_folder(path.parent)
    with _draft(path.parent, lambda handle: _write_all(handle, data), durable=True) as draft:
        path.hardlink_to(draft)
    _sync_up(path.parent, root)


def link_or_copy(source: Path, path: Path) -> None:
    """A second name of a file, or a copy where the file system has none; what was there gives way."""
    make_folder(path.parent)
    path.unlink(missing_ok=True)
    try:
        path.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:  # another file system, or one without links
        _copy(source, path)


def sync(path: Path, root: Path) -> None:
    """Make a file durable with every name from `root` on."""
    sync_file(path)
    _sync_up(path.parent, root)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, also while another process removes empty ones."""
    for _ in range(100):
        with suppress(FileNotFoundError):
            path.mkdir(parents=True, exist_ok=True)
            return
    path.mkdir(parents=True, exist_ok=True)


def remove_tree(path: Path, root: Path) -> None:
    """Remove a folder with all that is in it, and the folders above it that are empty then, below `root`."""
    with suppress(FileNotFoundError):
        shutil.rmtree(path)
    folder = path.parent
    with suppress(OSError):  # others have files there
        while folder.is_relative_to(root) and folder != root:
            folder.rmdir()
            folder = folder.parent


def remove_drafts(folder: Path) -> None:
    """Remove the unfinished puts of a folder."""
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            if is_draft(path.name):
                path.unlink(missing_ok=True)


def _sync_up(folder: Path, root: Path) -> None:
    """Make the names in a folder durable, and in each above it up to `root`: that of the folder itself may be new."""
    sync_folder(folder)
    while folder != root:
        folder = folder.parent
        sync_folder(folder)


@contextmanager
def _draft(folder: Path, fill: Callable[[int], None], *, durable: bool = True) -> Iterator[Path]:
    """A file of a name of its own in the folder; the name is gone with the context."""
    draft = folder / f".{uuid4().hex}.assay-draft"
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            fill(handle)
            if durable:
                os.fsync(handle)
        finally:
            os.close(handle)
        yield draft
    finally:
        with suppress(OSError):  # renamed, or never made
            draft.unlink()


def _copy(source: Path, path: Path) -> None:
    def fill(handle: int) -> None:
        with source.open("rb") as given, open(handle, "wb", closefd=False) as taken:
            shutil.copyfileobj(given, taken, 1 << 20)

    with _draft(path.parent, fill) as draft:
        draft.replace(path)


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]
