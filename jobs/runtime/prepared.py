"""A lake whose tables are all there: what is missing is made, empty, before a job writes.

So no question ends in a table that is not there, because nothing was rejected or quarantined yet. One commit a table;
a run that is killed in between leaves the rest to the next.
"""

from deltalake.exceptions import DeltaError

from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.descriptions import describe
from lakehouse.log import log
from lakehouse.plant import Plant
from lakehouse.writing.tables import make_table


def open_plant(settings: Settings) -> Plant:
    """The plant in force, for a job that writes: all its tables are in the lake, and say what they mean.

    Raises:
        ContractError: Its profile or a mapping is wrong; the message says where.
        UsageError: The lake belongs to another plant, or to this one with other units.
    """
    plant = load_plant(settings)
    prepare(plant)
    return plant


def prepare(plant: Plant) -> list[str]:
    """Make the tables that are missing and describe the others; the names of those that were written.

    A table that cannot be made or opened is logged and left alone: the job that needs it says so itself.
    """
    written = []
    for table in plant.tables.values():
        try:
            if make_table(plant.lake, table) or describe(table, plant.lake.storage_of(table)):
                written.append(table.name)
        except (DeltaError, OSError) as error:
            log().warning("%s cannot be prepared: %s", table.name, str(error).partition("\n")[0])
    return written
