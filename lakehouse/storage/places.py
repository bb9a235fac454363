"""The storage that a setting or a person names."""

from pathlib import Path

from lakehouse.storage.key import Key
from lakehouse.storage.local import LocalStorage
from lakehouse.storage.protocol import Storage


def storage_at(place: Path | str) -> Storage:
    """The storage with its root at a place: a folder, which need not be there."""
    return LocalStorage(Path(place).absolute())


def file_at(path: Path) -> tuple[Storage, Key]:
    """A file that a person named, which need not be in a lake: its folder, and its key there. Links are followed."""
    file = path.resolve()
    return storage_at(file.parent), Key(file.name)


def folder_or_file_at(path: Path) -> tuple[Storage, Key | None]:
    """What a person named: a folder as a storage, or a file's folder with the file's key."""
    return (storage_at(path.parent), Key(path.name)) if path.is_file() else (storage_at(path), None)
