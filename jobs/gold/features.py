"""Feature vectors of the dates whose windows changed buckets reach, and of grid times that have closed since."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from expectations.features import features_of, longest_window_s
from expectations.tables.silver import BUCKETS
from jobs.gold.master import changed_since, master_versions, versions_seen
from lakehouse.changes import changed_dates, versions_of
from lakehouse.commit_metadata import CommitMetadata, GridTimes
from lakehouse.engine.tasks import Engine
from lakehouse.plant import Plant
from lakehouse.publish.changed_partitions import Replaced
from lakehouse.publish.rebuild import Recipe, rebuild_dates

if TYPE_CHECKING:
    import pyarrow as pa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_behind(plant: Plant, as_of: datetime) -> bool:
    """Whether buckets, events or master data changed, or grid times have closed since."""
    return bool(_changed(plant)) or _master_seen(plant) != master_versions(plant) or _has_closed(plant, as_of)


def rebuild(engine: Engine, plant: Plant, as_of: datetime) -> Replaced:
    """Rebuild the feature rows of every date that may have changed; those that did are replaced.

    What was closed stays closed: a run with an older clock takes no rows away.
    """
    newest = _newest_grid_time(plant)
    closed = _closed_until(plant, as_of, newest)
    versions = {**versions_of(plant.lake, BUCKETS), **master_versions(plant)}
    metadata = CommitMetadata(built_from=versions, grid=GridTimes(closed, newest))
    return rebuild_dates(engine, plant.lake, _recipe(plant, closed), candidates(plant), metadata)


def _recipe(plant: Plant, closed: datetime) -> Recipe:
    """How a date's rows follow from the buckets of that date and of those that its windows reach back to."""
    from gold import machine_features

    profile, back = plant.profile, range(_days_felt(plant), -1, -1)
    events, machines = (plant.lake.arrow(plant.tables[name]) for name in ("silver.machine_events", "silver.machines"))

    def build(buckets: "pa.Table", dates: Sequence[date]) -> "pa.Table":
        return machine_features.build(buckets, events, machines, profile, closed, dates)

    def near(day: date) -> list[date]:
        return [day - timedelta(days=shift) for shift in back]

    return Recipe(plant.tables["gold.machine_features"], BUCKETS, machine_features.READS, near, build)


def _closed_until(plant: Plant, as_of: datetime, newest: datetime | None) -> datetime:
    last = _grid(plant)
    now = min(as_of, newest) if newest else as_of
    return now if last is None else max(now, last.closed_until)


def candidates(plant: Plant) -> list[date]:
    """Dates whose rows may have changed: those that changed buckets, events and master data, or the clock reach."""
    built = [date.fromisoformat(day) for day in plant.lake.dates(BUCKETS)]
    standing = [date.fromisoformat(day) for day in plant.lake.dates(plant.tables["gold.machine_features"])]
    every = {day + timedelta(days=shift) for day in built for shift in (0, 1)} | set(standing)
    felt = range(_days_felt(plant) + 1)
    touched = {day + timedelta(days=shift) for day in _changed(plant) or () for shift in felt}
    last = _grid(plant)
    since = min(
        changed_since(plant, _master_seen(plant)),
        date.min if last is None else last.closed_until.date(),
    )
    return sorted((touched & every) | {day for day in every if day >= since})


def _days_felt(plant: Plant) -> int:
    """On how many later dates a bucket is felt: the longest window, and the grid time on the next midnight."""
    reach_s = longest_window_s(features_of(plant.profile)) + plant.profile.score_every_s
    return -(-reach_s // 86_400)


def _changed(plant: Plant) -> list[date] | None:
    return changed_dates(plant.lake, BUCKETS, plant.tables["gold.machine_features"])


def _has_closed(plant: Plant, as_of: datetime) -> bool:
    last = _grid(plant)
    if last is None or last.newest is None:
        return False
    until = min(as_of, last.newest)
    every = timedelta(seconds=plant.profile.score_every_s)
    return (until - _EPOCH) // every > (last.closed_until - _EPOCH) // every


def _grid(plant: Plant) -> GridTimes | None:
    return plant.lake.last(plant.tables["gold.machine_features"], lambda metadata: metadata.grid)


def _master_seen(plant: Plant) -> dict[str, int] | None:
    return versions_seen(plant, plant.tables["gold.machine_features"])


def _newest_grid_time(plant: Plant) -> datetime | None:
    """The grid time at which the newest bucket is first seen."""
    newest = newest_bucket(plant)
    if newest is None:
        return None
    every = timedelta(seconds=plant.profile.score_every_s)
    return newest - (newest - _EPOCH) % every + every


def newest_bucket(plant: Plant) -> datetime | None:
    """When the newest bucket begins; read from the newest date alone."""
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    days = plant.lake.dates(BUCKETS)
    if not days:
        return None
    newest_day = ds.field(BUCKETS.partition_by[0]) == date.fromisoformat(max(days))
    begins = plant.lake.arrow(BUCKETS, ["bucket_at"], newest_day).column(0)
    newest: datetime = pc.max(begins).as_py()
    return newest
