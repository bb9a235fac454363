"""Versions of tables that are held from clean-up: those that a registered version was trained on, while it lives."""

import json
from collections import defaultdict
from collections.abc import Mapping

from deltalake.exceptions import DeltaError

from expectations.tables.contract import Table
from jobs.models import registry
from lakehouse.delta_tables import open_table
from lakehouse.plant import Plant
from ml.gates.registry import retired

Held = Mapping[str, tuple[int, ...]]


def held_versions(plant: Plant) -> Held:
    """Name of a table -> its versions that the living model versions were trained on, ascending."""
    gone = retired(registry.aliases(plant))
    found = defaultdict[str, set[int]](set)
    for row in registry.versions(plant):
        if row.version not in gone:
            for name, version in json.loads(row.data_versions).items():
                found[name].add(version)
    return {name: tuple(sorted(versions)) for name, versions in found.items()}


def readable(plant: Plant, table: Table, versions: tuple[int, ...]) -> list[int]:
    """Those of the versions whose log is still there: older code held those of three model versions only."""
    return [version for version in versions if _is_readable(plant, table, version)]


def _is_readable(plant: Plant, table: Table, version: int) -> bool:
    try:
        open_table(plant.lake.storage_of(table), version)
    except DeltaError:
        return False
    return True
