"""The daily tables of the local dates that changed buckets touch."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from expectations.tables.gold import FACTORY_DAILY
from expectations.tables.silver import BUCKETS
from lakehouse.changes import changed_dates, versions_of
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.engine.tasks import Engine
from lakehouse.plant import Plant
from lakehouse.publish.changed_partitions import Replaced
from lakehouse.publish.rebuild import Recipe, rebuild_dates

if TYPE_CHECKING:
    import pyarrow as pa

_DAY = timedelta(days=1)


def waiting_machine_dates(plant: Plant) -> list[date] | None:
    """Local dates that changed buckets may belong to; None where nothing happened."""
    dates = changed_dates(plant.lake, BUCKETS, plant.tables["gold.machine_daily"])
    return None if dates is None else sorted({near for day in dates for near in _near(day)})


def waiting_factory_dates(plant: Plant) -> list[date] | None:
    """Local dates whose machine days changed; None where nothing happened."""
    return changed_dates(plant.lake, plant.tables["gold.machine_daily"], FACTORY_DAILY)


def rebuild_machines(engine: Engine, plant: Plant, dates: list[date]) -> Replaced:
    """Rebuild the machines' days of those dates."""
    from gold.machine_daily import READS, build

    table, profile = plant.tables["gold.machine_daily"], plant.profile
    recipe = Recipe(table, BUCKETS, READS, _near, lambda rows, days: build(_of(rows, days), profile))
    return rebuild_dates(engine, plant.lake, recipe, dates, CommitMetadata(built_from=versions_of(plant.lake, BUCKETS)))


def rebuild_factories(engine: Engine, plant: Plant, dates: list[date]) -> Replaced:
    """Rebuild the factories' days of those dates."""
    from gold.factory_daily import READS, build

    table = plant.tables["gold.machine_daily"]
    recipe = Recipe(FACTORY_DAILY, table, READS, lambda day: [day], lambda rows, _: build(rows))
    return rebuild_dates(engine, plant.lake, recipe, dates, CommitMetadata(built_from=versions_of(plant.lake, table)))


def _near(day: date) -> list[date]:
    """The UTC dates that a local date may reach into, whatever its zone; and the other way round."""
    return [day - _DAY, day, day + _DAY]


def _of(buckets: "pa.Table", days: Sequence[date]) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.compute as pc

    return buckets.filter(pc.is_in(buckets.column("local_date"), pa.array(days, pa.date32())))
