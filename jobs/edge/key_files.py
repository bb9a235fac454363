"""The folder of the signing keys: no link is followed, nothing half-written is a key, nobody else may write there."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from lakehouse.errors import UsageError
from lakehouse.storage.durable import sync_folder

MAX_KEY_BYTES = 16 * 1024
"""A PEM file of an Ed25519 key has 119 bytes."""

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class KeyFolder:
    """An open folder of keys. Files are opened below its handle, so no later change of a path leads elsewhere."""

    def __init__(self, path: Path) -> None:
        """Open and check the folder.

        Raises:
            UsageError: It is a link or no folder, belongs to another user, or others may write it.
            OSError: It cannot be opened.
        """
        self.path = path
        if path.is_symlink():
            raise UsageError(f"keys = {str(path)!r} is a symbolic link; legal: the folder itself, {path.readlink()}")
        self._handle = os.open(path, _DIRECTORY)
        try:
            _check_owner(f"folder of keys {path}", os.fstat(self._handle), _OTHERS_WRITE, f"chmod go-w {path}")
            _check_parents(path)
        except UsageError:
            os.close(self._handle)
            raise

    @classmethod
    def found(cls, path: Path) -> "KeyFolder":
        """The folder, which must be there. Raises: as the constructor."""
        return cls(path)

    @classmethod
    def made(cls, path: Path) -> "KeyFolder":
        """The folder; with mode 0700 where it is made. Raises: as the constructor."""
        if not os.path.lexists(path):
            path.mkdir(mode=0o700, parents=True)
            sync_folder(path.parent)
        return cls(path)

    def __enter__(self) -> "KeyFolder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._handle)

    def read(self, name: str) -> bytes:
        """The bytes of one file.

        Raises:
            UsageError: It is a link or no file, belongs to another user, or others may read or change it.
            OSError: It is not there or cannot be read.
        """
        path = self.path / name
        found = os.stat(name, dir_fd=self._handle, follow_symlinks=False)
        if stat.S_ISLNK(found.st_mode):
            raise UsageError(f"signing key {path} is a symbolic link; legal: the file itself, mode 0600")
        # Not to wait for the writer of a pipe: what was opened is looked at again.
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._handle)
        with os.fdopen(handle, "rb") as file:
            opened = os.fstat(handle)
            if not stat.S_ISREG(opened.st_mode) or opened.st_size > MAX_KEY_BYTES:
                raise UsageError(f"signing key {path} is no file of at most {MAX_KEY_BYTES} bytes")
            _check_owner(f"signing key {path}", opened, _OTHERS_WRITE, f"chmod 600 {path}")
            if opened.st_mode & 0o077:
                raise UsageError(
                    f"signing key {path} can be read by others; legal: mode 0600, set it with `chmod 600 {path}`"
                )
            return file.read()

    def put(self, name: str, data: bytes) -> bool:
        """Write a file of mode 0600, whole and durable or not at all; False where the name is taken, by whatever.

        Raises:
            OSError: It cannot be written.
        """
        if self._is_taken(name):
            return False
        draft = f".{name}.{os.getpid()}.draft"
        with suppress(FileNotFoundError):
            os.unlink(draft, dir_fd=self._handle)  # of a process of this number that was killed
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=self._handle)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(handle)
            try:
                # A link, for a rename would take the place of a key that another process has made meanwhile.
                os.link(draft, name, src_dir_fd=self._handle, dst_dir_fd=self._handle, follow_symlinks=False)
            except FileExistsError:
                return False
        finally:
            with suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=self._handle)
        os.fsync(self._handle)
        return True

    def _is_taken(self, name: str) -> bool:
        try:
            os.stat(name, dir_fd=self._handle, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True


def _check_owner(what: str, found: os.stat_result, forbidden: int, remedy: str) -> None:
    if found.st_uid not in {os.geteuid(), 0}:
        raise UsageError(f"{what} belongs to user {found.st_uid}; legal: the user who signs, or root")
    if found.st_mode & forbidden:
        raise UsageError(f"{what} can be written by others; legal: by its owner only, set it with `{remedy}`")


def _check_parents(path: Path) -> None:
    """Who may write a folder above can put another in the place of this one; not where the sticky bit forbids it."""
    for parent in path.absolute().parents:
        mode = parent.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise UsageError(
                f"folder {parent} above the keys can be written by everybody; legal: not so, set it with "
                f"`chmod o-w {parent}`"
            )
