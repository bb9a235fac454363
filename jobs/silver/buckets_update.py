"""Buckets of the dates that new readings touched."""

from datetime import date

from expectations.tables.silver import BUCKETS, READINGS_TABLE
from lakehouse.changes import changed_dates, versions_of
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.engine.tasks import Engine
from lakehouse.plant import Plant
from lakehouse.publish.changed_partitions import Replaced
from lakehouse.publish.rebuild import Recipe, rebuild_dates


def waiting_dates(plant: Plant) -> list[date] | None:
    """UTC dates whose readings changed since the buckets were built; None where nothing happened."""
    return changed_dates(plant.lake, READINGS_TABLE, BUCKETS)


def rebuild(engine: Engine, plant: Plant, dates: list[date]) -> Replaced:
    """Rebuild the buckets of those dates and replace those that changed. A bucket lies within one date.

    Raises:
        GateRefused: The buckets break their contract.
    """
    from silver.buckets import READS, build

    profile = plant.profile
    recipe = Recipe(BUCKETS, READINGS_TABLE, READS, lambda day: [day], lambda rows, _: build(rows, profile))
    return rebuild_dates(
        engine, plant.lake, recipe, dates, CommitMetadata(built_from=versions_of(plant.lake, READINGS_TABLE))
    )
