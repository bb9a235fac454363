"""A version lives no more: what it was trained on may be cleaned, and nothing promotes it."""

from datetime import datetime

from jobs.models import registry
from jobs.models.refusals import models_refuse
from jobs.runtime.report import RunReport
from lakehouse.plant import Plant
from ml.gates.registry import retirement

BY = "assay models retire"


def retire(plant: Plant, version: str, as_of: datetime, reason: str) -> RunReport:
    """Retire a registered version; its row, its folder and its bundles stay.

    Raises:
        UsageError: It is champion or previous, or retired already.
    """
    with models_refuse():
        row = retirement(registry.aliases(plant), version, as_of, BY, reason)
    registry.append_aliases(plant, [row])
    line = f"models: version {version} is retired; the next `assay upkeep` may clean what it was trained on"
    return RunReport("models", changed=True, lines=(line,), data={"version": version})
