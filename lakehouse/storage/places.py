"""The storage that a setting names."""

from pathlib import Path

from lakehouse.storage.local import LocalStorage
from lakehouse.storage.protocol import Storage


def storage_at(place: Path | str) -> Storage:
    """The storage with its root at a place: a folder, which need not be there."""
    return LocalStorage(Path(place).absolute())
