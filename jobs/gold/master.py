"""What changed in events and master data since a table was built from them."""

from collections.abc import Mapping
from datetime import date

from lakehouse.plant import Plant

_NAMES = ("silver.machine_events", "silver.machines")


def master_versions(plant: Plant) -> dict[str, int | None]:
    """The content version of silver's events and master data: what was asked of bronze may not be there yet."""
    return {name: plant.lake.content_version(plant.tables[name]) for name in _NAMES}


def changed_since(plant: Plant, seen: Mapping[str, int | None] | None) -> date:
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
            said = [commit.metadata.get("since") for commit in commits]
            days += [date.fromisoformat(day) if day else date.min for day in said]
    return min(days)
