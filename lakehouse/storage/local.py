"""A folder of this machine, or of a file system that it mounts, as a storage."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from lakehouse.storage import local_files, local_listing, local_lock
from lakehouse.storage.errors import MissingError, NoFolderError, StorageError, typed
from lakehouse.storage.key import ROOT, Key
from lakehouse.storage.protocol import Address, Entry, Names, Storage

if TYPE_CHECKING:
    from pyarrow import NativeFile
    from pyarrow.fs import FileSystem


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """A local folder as a storage; the verbs are those of `Storage`.

    Attributes:
        folder: Absolute path of the folder that lasts: what is put is durable with every name from it on.
        prefix: The root, below it.
    """

    folder: Path
    prefix: Key = ROOT

    @property
    def place(self) -> str:
        """See `Storage`."""
        return self._path(ROOT)

    def below(self, prefix: Key) -> "LocalStorage":
        """See `Storage`."""
        return LocalStorage(self.folder, self.prefix / prefix)

    def address(self, prefix: Key = ROOT) -> Address:
        """See `Storage`."""
        path = self._path(prefix)
        return Address(path, path)

    def arrow(self) -> "FileSystem":
        """See `Storage`."""
        from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

        return SubTreeFileSystem(self.place, LocalFileSystem())

    def check(self) -> None:
        """See `Storage`."""
        local_listing.check_folder(self.place)

    def names(self, prefix: Key = ROOT) -> Names:
        """See `Storage`."""
        return local_listing.names(self._path(prefix))

    def entries(self, prefix: Key = ROOT, left_out: Callable[[StorageError], None] | None = None) -> list[Entry]:
        """See `Storage`."""
        folder = self._path(prefix)
        try:
            local_listing.check_folder(folder)
        except (MissingError, NoFolderError):
            if prefix:
                return []
            raise
        return local_listing.entries(folder, f"{prefix}/" if prefix else "", left_out or _raise)

    def entry(self, key: Key) -> Entry | None:
        """See `Storage`."""
        path = self._path(key)
        try:
            status = os.stat(path)  # noqa: PTH116 - see `_path`
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise typed(error, path) from error
        return Entry(key, status.st_size, status.st_mtime_ns // 1000) if S_ISREG(status.st_mode) else None

    def open(self, key: Key) -> io.RawIOBase:
        """See `Storage`."""
        with self._typed(key) as path:
            return io.FileIO(path)

    def read(self, key: Key) -> bytes:
        """See `Storage`."""
        with self._typed(key) as path, io.FileIO(path) as file:
            return file.readall()

    def local_copy(self, key: Key) -> str:
        """See `Storage`."""
        with self._typed(key) as path:
            Path(path).stat()
            return path

    def put(self, key: Key, data: bytes, *, durable: bool = True) -> None:
        """See `Storage`."""
        with self._typed(key) as path:
            local_files.put(Path(path), data, self.folder if durable else None)

    def put_if_absent(self, key: Key, data: bytes) -> None:
        """See `Storage`."""
        with self._typed(key) as path:
            local_files.put_if_absent(Path(path), data, self.folder)

    def sink(self, key: Key) -> "NativeFile":
        """See `Storage`."""
        from pyarrow.fs import LocalFileSystem

        with self._typed(key) as path:
            local_files.make_folder(Path(path).parent)
            return LocalFileSystem().open_output_stream(path)

    def copy(self, key: Key, source: Storage, source_key: Key) -> None:
        """See `Storage`."""
        with self._typed(key) as path:
            local_files.link_or_copy(Path(source.local_copy(source_key)), Path(path))

    def sync(self, key: Key) -> None:
        """See `Storage`."""
        with self._typed(key) as path:
            local_files.sync(Path(path), self.folder)

    def delete(self, key: Key) -> None:
        """See `Storage`."""
        with self._typed(key) as path:
            Path(path).unlink(missing_ok=True)

    def delete_all(self, prefix: Key = ROOT) -> None:
        """See `Storage`."""
        with self._typed(prefix) as path:
            local_files.remove_tree(Path(path), self.folder)

    def sweep(self, prefix: Key = ROOT) -> None:
        """See `Storage`."""
        with self._typed(prefix) as path:
            local_files.remove_drafts(Path(path))

    def lock(self, key: Key, *, wait: bool = True) -> AbstractContextManager[None]:
        """See `Storage`."""
        return local_lock.locked(Path(self._path(key)), wait=wait)

    def is_locked(self, key: Key) -> bool:
        """See `Storage`."""
        return local_lock.is_locked(Path(self._path(key)))

    def _path(self, key: Key) -> str:
        """A text: a silver run asks for some 1,700, and making a `Path` of each was 8 % of its time (measured)."""
        whole = self.prefix / key
        root = str(self.folder)
        return f"{root.rstrip('/')}/{whole}" if whole else root

    @contextmanager
    def _typed(self, key: Key) -> Iterator[str]:
        """The path of a key; errors of the system become the storage's."""
        path = self._path(key)
        try:
            yield path
        except StorageError:
            raise
        except OSError as error:
            raise typed(error, path) from error


def _raise(error: StorageError) -> None:
    raise error
