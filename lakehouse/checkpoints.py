"""Delta's log summed up after commits of ours, as delta-rs does after its own."""

from lakehouse.delta_tables import open_table
from lakehouse.descriptions import CHECKPOINT_EVERY
from lakehouse.storage.protocol import Storage


def sum_up(folder: Storage, version: int) -> None:
    """Write a checkpoint of a table after every tenth version: readers open the commits behind it alone.

    Raises:
        deltalake.exceptions.DeltaError: The version cannot be read.
        OSError: The checkpoint cannot be written.
    """
    if (version + 1) % CHECKPOINT_EVERY == 0:
        open_table(folder, version).create_checkpoint()
