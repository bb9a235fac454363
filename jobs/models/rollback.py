"""The previous champion is champion again, by one appended row."""

from datetime import datetime

from jobs.models import registry
from jobs.models.folders import read_model
from jobs.models.refusals import models_refuse
from jobs.runtime.prepared import open_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from ml.gates.registry import ModelAlias, rollback


def roll_back(settings: Settings, as_of: datetime, reason: str) -> RunReport:
    """Take the champion back. Raises: as `roll_back_here`."""
    return roll_back_here(open_plant(settings), as_of, reason)


def roll_back_here(plant: Plant, as_of: datetime, reason: str) -> RunReport:
    """Take the champion of a plant that is loaded back.

    Raises:
        UsageError: There is no previous champion, it is champion already, or its folder is gone or altered.
    """
    with models_refuse():
        row = rollback(registry.aliases(plant), as_of, registry.BY_ROLLBACK, reason)
    _check_folder(plant, row)
    registry.append_aliases(plant, [row])
    line = f"rollback: version {row.version} is champion again; `assay bundle build` seals it for the gateways"
    return RunReport("rollback", changed=True, lines=(line,), data={"version": row.version})


def _check_folder(plant: Plant, row: ModelAlias) -> None:
    """A champion whose files are not what was registered could neither score nor be sealed."""
    known = registry.version(plant, row.version)
    if known is None:
        raise UsageError(f"version {row.version} is not registered; the champion stays")
    read_model(plant.lake, known)
