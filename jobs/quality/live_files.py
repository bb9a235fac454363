"""The live files of the lake's tables, as their logs name them."""

from datetime import date
from typing import Any

from expectations.tables.contract import Table
from gold.storage_costs import StoredFile
from lakehouse.plant import Plant


def live_files(plant: Plant, but: Table) -> tuple[StoredFile, ...]:
    """Every live file of every table but one. What a log has let go of, and upkeep still has to remove, is not live."""
    return tuple(
        _stored(table, action)
        for table in plant.tables.values()
        if table.name != but.name
        for action in plant.lake.live_files(table)
    )


def _stored(table: Table, action: dict[str, Any]) -> StoredFile:
    day = action[f"partition.{table.partition_by[0]}"] if table.partition_by else None
    return StoredFile(
        table.layer,
        action["partition.factory_id"] if "factory_id" in table.partition_by else None,
        date.fromisoformat(str(day)) if day is not None else None,
        action["size_bytes"],
    )
