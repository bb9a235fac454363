"""A Delta table of the storage as delta-rs opens it."""

from deltalake import DeltaTable

from lakehouse.storage.protocol import Storage


def open_table(folder: Storage, version: int | None = None) -> DeltaTable:
    """A version of a table.

    Args:
        folder: The table; its root is the table's.
        version: The version; None: the newest.

    Raises:
        deltalake.exceptions.DeltaError: There is no table that can be read.
    """
    address = folder.address()
    return DeltaTable(address.uri, version=version, storage_options=dict(address.options) or None)
