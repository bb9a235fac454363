"""Delta's log summed up after commits of ours, as delta-rs does after its own."""

from deltalake.exceptions import DeltaError

from lakehouse.delta_tables import open_table
from lakehouse.descriptions import CHECKPOINT_EVERY
from lakehouse.log import log
from lakehouse.storage.protocol import Storage


def sum_up(folder: Storage, version: int) -> None:
    """Write a checkpoint of a table after every tenth version: readers open the commits behind it alone.

    A failure is logged and changes nothing: the commit that came before is whole, and a later one sums up more.
    """
    if (version + 1) % CHECKPOINT_EVERY:
        return
    try:
        open_table(folder, version).create_checkpoint()
    except (DeltaError, OSError) as error:
        log().warning("%s: the log is not summed up: %s", folder.place, str(error).partition("\n")[0])
