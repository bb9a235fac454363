"""Where files are from being written to being part of a table: `_staging` in the lake, nobody's until a commit."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

from lakehouse.storage.errors import StorageError
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage

STAGING = Key("_staging")
"""Of all that is staged; in the lake itself, so that files are linked into tables."""


@contextmanager
def staging_folder(lake: Storage) -> Iterator[Storage]:
    """A place of nobody else's, removed with the context. What a killed run leaves, the next ingest sweeps away."""
    folder = lake.below(STAGING / uuid4().hex)
    try:
        yield folder
    finally:
        with suppress(StorageError):  # a task of a killed run may still write there
            folder.delete_all()
