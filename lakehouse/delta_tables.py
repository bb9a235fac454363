"""A Delta table of the storage as delta-rs opens it."""

from functools import lru_cache

from deltalake import DeltaTable

from lakehouse.commits import newest_commit
from lakehouse.storage.protocol import Entry, Storage

MOST_OPEN = 256
"""Tables whose newest state a process remembers: a plant has some seventy.

A round through more tables than these finds none of them remembered.
"""


def open_table(folder: Storage, version: int | None = None) -> DeltaTable:
    """A version of a table, its log read now: for what changes the table, too.

    Args:
        folder: The table; its root is the table's.
        version: The version; None: the newest.

    Raises:
        deltalake.exceptions.DeltaError: There is no table that can be read.
    """
    address = folder.address()
    return DeltaTable(address.uri, version=version, storage_options=dict(address.options) or None)


def newest_table(folder: Storage) -> DeltaTable:
    """The newest version of a table, to be read only: others hold it as well.

    Its log is read again only where there is another commit than before: a commit's file is written once, so that the
    name, size and time of the newest one say which state the table has.

    Raises:
        deltalake.exceptions.DeltaError: There is no table that can be read.
    """
    found = newest_commit(folder)
    return open_table(folder) if found is None else _opened(folder, *found)


@lru_cache(maxsize=MOST_OPEN)
def _opened(folder: Storage, version: int, _: Entry) -> DeltaTable:
    return open_table(folder, version)
