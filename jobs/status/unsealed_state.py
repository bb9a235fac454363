"""Which champion no bundle holds, so that none of its scores are made."""

from datetime import datetime, timedelta

from expectations.tables.gold_savings import BUNDLES
from jobs.models import registry
from lakehouse.plant import Plant
from ml.gates.registry import CHAMPION

SEALED_WITHIN = timedelta(hours=1)
"""From a promotion to its bundle. Source: the timeout of the task `bundle` of `retrain_monthly` is half of it."""


def unsealed_champion(plant: Plant, now: datetime) -> str | None:
    """The champion, where it was promoted some time ago and `gold.bundles` has no bundle of it; None otherwise."""
    version = registry.champion(plant)
    if version is None or (plant.lake.exists(BUNDLES) and version in _sealed(plant)):
        return None
    last = max((row for row in registry.aliases(plant) if row.alias == CHAMPION), key=lambda row: row.sequence)
    return version if now - last.set_at >= SEALED_WITHIN else None


def _sealed(plant: Plant) -> set[str]:
    return set(plant.lake.arrow(BUNDLES, ["model_version"]).column("model_version").to_pylist())
