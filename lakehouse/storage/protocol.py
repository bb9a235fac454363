"""The verbs by which everything below the lake's root and the landing folder is reached.

They are what a folder and an object store have in common. None renames a folder, appends to a file, or relies on an
inode. `put_if_absent` is the one primitive for a claim that only one may make. A folder without files is nothing: it
need not be made, and it is not promised to be listed or to go.
"""

import io
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from lakehouse.storage.errors import StorageError
from lakehouse.storage.key import ROOT, Key

if TYPE_CHECKING:
    from pyarrow import NativeFile
    from pyarrow.fs import FileSystem


@dataclass(frozen=True, slots=True)
class Entry:
    """A file: its key, its size in bytes, and when it was last written, microseconds since the epoch (UTC)."""

    key: Key
    size: int
    modified_us: int


@dataclass(frozen=True, slots=True)
class Names:
    """What is directly below a key: names of files, and names that have files below them, each sorted."""

    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """How other engines name a place of the storage.

    Attributes:
        uri: For delta-rs, DuckDB and Arrow.
        spark_uri: For Spark and Hadoop, whose schemes differ from the others' on some object stores.
        options: `storage_options` of delta-rs; empty for a folder.
    """

    uri: str
    spark_uri: str
    options: Mapping[str, str] = field(default_factory=dict)


class Storage(Protocol):
    """Bytes by key below a root.

    A value, without open handles: it may be sent to the engine's tasks. Every verb raises a `StorageError` by reason:
    `ForbiddenError`, `FullError`, `NoFolderError`, or the class itself. Beside those, a verb names what else it raises.
    """

    def __hash__(self) -> int:
        """Equal storages have one hash, as values do."""

    @property
    def place(self) -> str:
        """The root as a person reads it: a path or a URI."""

    def below(self, prefix: Key) -> "Storage":
        """The same storage with the root at `prefix`, which need not be there."""

    def address(self, prefix: Key = ROOT) -> Address:
        """How delta-rs and Spark name a place below the root."""

    def arrow(self) -> "FileSystem":
        """The storage for Arrow's readers: paths are keys."""

    def check(self) -> None:
        """Look whether the root can be listed.

        Raises:
            MissingError: It is not there.
            NoFolderError: It is no folder.
            ForbiddenError: It may not be listed.
        """

    def names(self, prefix: Key = ROOT) -> Names:
        """What is directly below a key; nothing where nothing is. Unfinished puts are not listed."""

    def entries(self, prefix: Key = ROOT, left_out: Callable[[StorageError], None] | None = None) -> list[Entry]:
        """Every file below a key, by key. Unfinished puts are not listed.

        Args:
            prefix: The key.
            left_out: Gets the error of each place that cannot be looked at, and the rest is listed; without it the
                first such error is raised. What is gone since it was seen is reported as a `MissingError`.

        Raises:
            MissingError: The root itself is not there. Below a root that is there, nothing is an empty list.
        """

    def entry(self, key: Key) -> Entry | None:
        """The file of a key; None where none is."""

    def open(self, key: Key) -> io.RawIOBase:
        """A file's bytes, unbuffered, with `seek`: those that it has while it is read.

        Raises:
            MissingError: It is not there.
        """

    def read(self, key: Key) -> bytes:
        """A whole file.

        Raises:
            MissingError: It is not there.
        """

    def local_copy(self, key: Key) -> str:
        """Path of a file of this machine with those bytes, to be read only; the file itself where that is local.

        Raises:
            MissingError: It is not there.
        """

    def put(self, key: Key, data: bytes, *, durable: bool = True) -> None:
        """Give a key these bytes, whole or not at all.

        Atomic: a reader sees what was there before, or all of these. Durable: once this has returned they outlast a
        power cut. An error or a kill leaves what was there before. Of several writers at once one is the last.

        Args:
            key: The key.
            data: Its bytes.
            durable: False does not wait for the disk: a power cut may leave what was there before, or nothing that
                can be read. For what is written again where it is lost.
        """

    def put_if_absent(self, key: Key, data: bytes) -> None:
        """Give these bytes to a key that has none, whole or not at all: of several writers exactly one succeeds.

        Atomic and durable as `put`.

        Raises:
            PresentError: The key has bytes; they are left alone.
        """

    def sink(self, key: Key) -> "NativeFile":
        """A stream for a large file, for Arrow's writers.

        Neither atomic nor, without `sync`, durable: until it is closed, and after a kill, the key may have some of the
        bytes. It is for keys that nobody reads before something else names them.
        """

    def copy(self, key: Key, source: "Storage", source_key: Key) -> None:
        """Give a key the bytes of another file: a link where the storage has links, else a copy.

        Whole or not at all, in place of what was there; a reader may see nothing there for a moment. It lasts as the
        source does. The source must not change afterwards.

        Raises:
            MissingError: The source is not there.
        """

    def sync(self, key: Key) -> None:
        """Make a file and its name durable, as a `sink` or a `copy` leaves it: before what is durable names it.

        Raises:
            MissingError: It is not there.
        """

    def delete(self, key: Key) -> None:
        """Remove a file; nothing happens where none is."""

    def delete_all(self, prefix: Key = ROOT) -> None:
        """Remove every file below a key, unfinished puts too. Not atomic: a kill leaves some of them."""

    def sweep(self, prefix: Key = ROOT) -> None:
        """Remove unfinished puts directly below a key, as killed writers leave them; only while nobody puts there."""

    def lock(self, key: Key, *, wait: bool = True) -> AbstractContextManager[None]:
        """Hold the lock of that key; nobody else has it meanwhile, on any machine. A holder's end frees it.

        Args:
            key: Its name. Nothing else is put there.
            wait: Whether to wait for a holder.

        Raises:
            BusyError: It is held, and `wait` is false.
        """

    def is_locked(self, key: Key) -> bool:
        """Whether somebody holds the lock at this moment."""
