"""The previous champion is champion again, by one appended row."""

from datetime import datetime

from jobs.models import registry
from jobs.models.refusals import models_refuse
from jobs.runtime.prepared import open_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from ml.gates.registry import rollback


def roll_back(settings: Settings, as_of: datetime, reason: str) -> RunReport:
    """Take the champion back.

    Raises:
        UsageError: There is no previous champion, or it is champion already.
    """
    plant = open_plant(settings)
    with models_refuse():
        row = rollback(registry.aliases(plant), as_of, registry.BY_ROLLBACK, reason)
    registry.append_aliases(plant, [row])
    line = f"rollback: version {row.version} is champion again; `assay bundle build` seals it for the gateways"
    return RunReport("rollback", changed=True, lines=(line,), data={"version": row.version})
