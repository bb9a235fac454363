"""What changed in events and master data since a table was built from them."""

from collections.abc import Mapping
from datetime import date

from expectations.tables.contract import Table
from lakehouse.plant import Plant

_NAMES = ("silver.machine_events", "silver.machines")


def master_versions(plant: Plant) -> dict[str, int]:
    """The content version of silver's events and master data; without those that have no content yet."""
    return _there({name: plant.lake.content_version(plant.tables[name]) for name in _NAMES})


def versions_seen(plant: Plant, target: Table) -> dict[str, int] | None:
    """The versions of `master_versions` that a table is built from; None where it was never built."""
    seen = plant.lake.last(target, lambda metadata: metadata.built_from or None)
    return None if seen is None else _there({name: seen.get(name) for name in _NAMES})


def _there(versions: Mapping[str, int | None]) -> dict[str, int]:
    return {name: version for name, version in versions.items() if version is not None}


def changed_since(plant: Plant, seen: Mapping[str, int] | None) -> date:
    """The UTC date of the earliest event or period that changed after `seen`; `date.max` where none did.

    Args:
        plant: The plant and its lake.
        seen: The versions that a table was built from; None: it was not built yet.
    """
    days = [date.max]
    for name, version in master_versions(plant).items():
        before = (seen or {}).get(name)
        if before != version:
            commits = plant.lake.content_commits(plant.tables[name], after=-1 if before is None else before)
            days += [commit.metadata.since or date.min for commit in commits]
    return min(days)
