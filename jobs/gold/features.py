"""Feature vectors of the dates whose windows changed buckets reach, and of grid times that have closed since."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from expectations.features import features_of, longest_window_s
from expectations.tables.silver import BUCKETS
from jobs.runtime.changes import changed_dates
from jobs.runtime.partitions import Replaced, replace_changed_dates
from jobs.runtime.plant import Plant

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

BUCKETS_SEEN = "buckets_version"
MASTER_SEEN = "master_versions"
CLOSED_UNTIL = "closed_until"
NEWEST = "newest_grid_time"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_behind(plant: Plant, as_of: datetime) -> bool:
    """Whether buckets, events or master data changed, or grid times have closed since."""
    return bool(_changed(plant)) or _master_changed(plant) or _has_closed(plant, as_of)


def rebuild(spark: "SparkSession", plant: Plant, as_of: datetime) -> Replaced:
    """Rebuild the feature rows of every date that may have changed; those that did are replaced.

    What was closed stays closed: a run with an older clock takes no rows away.
    """
    from pyspark.sql import functions as f

    from gold import machine_features

    table, dates = plant.tables["gold.machine_features"], candidates(plant)
    first, last = (dates[0] - timedelta(days=_days_felt(plant)), dates[-1]) if dates else (date.max, date.max)
    buckets = plant.lake.read(spark, BUCKETS).where(f.col("bucket_date").between(f.lit(first), f.lit(last)))
    newest = _newest_grid_time(spark, plant)
    closed = _closed_until(plant, as_of, newest)
    said: dict[str, Any] = {
        BUCKETS_SEEN: plant.lake.version(BUCKETS), MASTER_SEEN: master_versions(plant),
        CLOSED_UNTIL: closed.isoformat(), NEWEST: newest.isoformat() if newest else None,
    }  # fmt: skip
    events = plant.lake.read(spark, plant.tables["silver.machine_events"])
    machines = plant.lake.read(spark, plant.tables["silver.machines"])
    rows = machine_features.build(buckets, events, machines, plant.profile, closed)
    return replace_changed_dates(plant.lake, table, rows, dates, said)


def master_versions(plant: Plant) -> dict[str, int | None]:
    """Which content of silver's events and master data stands: what was asked of bronze may not be there yet."""
    return {
        name: plant.lake.content_version(plant.tables[name]) for name in ("silver.machine_events", "silver.machines")
    }


def _closed_until(plant: Plant, as_of: datetime, newest: datetime | None) -> datetime:
    closed = _last(plant, CLOSED_UNTIL)
    now = min(as_of, newest) if newest else as_of
    return now if closed is None else max(now, datetime.fromisoformat(closed))


def candidates(plant: Plant) -> list[date]:
    """Dates whose rows may have changed: those that changed buckets, events and master data, or the clock reach."""
    built = [date.fromisoformat(day) for day in plant.lake.dates(BUCKETS)]
    standing = [date.fromisoformat(day) for day in plant.lake.dates(plant.tables["gold.machine_features"])]
    every = {day + timedelta(days=shift) for day in built for shift in (0, 1)} | set(standing)
    felt = range(_days_felt(plant) + 1)
    touched = {day + timedelta(days=shift) for day in _changed(plant) or () for shift in felt}
    closed = _last(plant, CLOSED_UNTIL)
    since = min(_master_since(plant), date.min if closed is None else datetime.fromisoformat(closed).date())
    return sorted((touched & every) | {day for day in every if day >= since})


def _days_felt(plant: Plant) -> int:
    """On how many later dates a bucket is felt: the longest window, and the grid time on the next midnight."""
    reach_s = longest_window_s(features_of(plant.profile)) + plant.profile.score_every_s
    return -(-reach_s // 86_400)


def _changed(plant: Plant) -> list[date] | None:
    return changed_dates(plant.lake, BUCKETS, plant.tables["gold.machine_features"], BUCKETS_SEEN)


def _master_changed(plant: Plant) -> bool:
    return bool(_last(plant, MASTER_SEEN) != master_versions(plant))


def _master_since(plant: Plant) -> date:
    """What the earliest event or master data that changed speaks of: it may be felt on every later date."""
    seen = _last(plant, MASTER_SEEN) or {}
    days = [date.max]
    for name, version in master_versions(plant).items():
        if seen.get(name) != version:
            commits = plant.lake.content_commits(plant.tables[name], after=-1 if seen.get(name) is None else seen[name])
            said = [commit.metadata.get("since") for commit in commits]
            days += [date.fromisoformat(day) if day else date.min for day in said]
    return min(days)


def _has_closed(plant: Plant, as_of: datetime) -> bool:
    closed, newest = _last(plant, CLOSED_UNTIL), _last(plant, NEWEST)
    if closed is None or newest is None:
        return False
    until = min(as_of, datetime.fromisoformat(newest))
    every = timedelta(seconds=plant.profile.score_every_s)
    return (until - _EPOCH) // every > (datetime.fromisoformat(closed) - _EPOCH) // every


def _last(plant: Plant, key: str) -> Any:
    return plant.lake.last_metadata(plant.tables["gold.machine_features"], key)


def _newest_grid_time(spark: "SparkSession", plant: Plant) -> datetime | None:
    """The grid time at which the newest bucket is first seen."""
    from pyspark.sql import functions as f

    newest = plant.lake.read(spark, BUCKETS).agg(f.unix_micros(f.max("bucket_at"))).collect()[0][0]
    if newest is None:
        return None
    every = plant.profile.score_every_s * 1_000_000
    return _EPOCH + timedelta(microseconds=newest - newest % every + every)


def rows_of(spark: "SparkSession", plant: Plant) -> "DataFrame":
    """machine_id, factory_id, scored_at, scored_date of every feature row."""
    table = plant.tables["gold.machine_features"]
    return plant.lake.read(spark, table).select("machine_id", "factory_id", "scored_at", "scored_date")
