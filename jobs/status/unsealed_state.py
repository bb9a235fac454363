"""Which champion no bundle holds, so that none of its scores are made."""

from datetime import datetime, timedelta

from jobs.models import registry
from lakehouse.bundle_shelf import versions_on_shelf
from lakehouse.plant import Plant
from ml.gates.registry import CHAMPION

SEALED_WITHIN = timedelta(hours=1)
"""From a promotion to its bundle. Source: the timeout of the task `bundle` of `retrain_monthly` is half of it."""


def unsealed_champion(plant: Plant, now: datetime) -> str | None:
    """The champion, where it was promoted some time ago and no bundle on the shelf holds it; None otherwise."""
    version = registry.champion(plant)
    if version is None or version in versions_on_shelf(plant.lake.storage):
        return None
    last = max((row for row in registry.aliases(plant) if row.alias == CHAMPION), key=lambda row: row.sequence)
    return version if now - last.set_at >= SEALED_WITHIN else None
