"""Labels of every feature row: small enough to be judged anew whenever rows or events change."""

from datetime import date
from typing import TYPE_CHECKING, Any

from expectations.tables.silver import BUCKETS
from jobs.gold.features import BUCKETS_SEEN, CLOSED_UNTIL, master_versions, rows_of
from jobs.runtime.partitions import Replaced, replace_changed_dates
from jobs.runtime.plant import Plant

if TYPE_CHECKING:
    from pyspark.sql import Column, SparkSession

_SEEN = "sources"


def is_behind(plant: Plant) -> bool:
    """Whether feature rows, buckets or events changed since."""
    return bool(plant.lake.last_metadata(plant.tables["gold.failure_labels"], _SEEN) != _sources(plant))


def rebuild(spark: "SparkSession", plant: Plant) -> Replaced:
    """Judge every row and replace the dates whose labels changed."""
    from gold import failure_labels

    features, labels = plant.tables["gold.machine_features"], plant.tables["gold.failure_labels"]
    events = plant.lake.read(spark, plant.tables["silver.machine_events"])
    rebuilt = failure_labels.build(rows_of(spark, plant), events, _records_end(spark, plant), plant.profile)
    days = plant.lake.dates(features) | plant.lake.dates(labels)
    dates = sorted(date.fromisoformat(day) for day in days)
    return replace_changed_dates(plant.lake, labels, rebuilt, dates, {_SEEN: _sources(plant)})


def _sources(plant: Plant) -> dict[str, Any]:
    """What labels follow from, named so that a compaction does not count as a change."""
    features = plant.tables["gold.machine_features"]
    seen = {key: plant.lake.last_metadata(features, key) for key in (BUCKETS_SEEN, CLOSED_UNTIL)}
    return {**seen, **master_versions(plant)}


def _records_end(spark: "SparkSession", plant: Plant) -> "Column":
    """The later of the last bucket's end and the last event."""
    from pyspark.sql import functions as f

    last = plant.lake.read(spark, BUCKETS).agg(f.unix_micros(f.max("bucket_at"))).collect()[0][0] or 0
    events = plant.lake.read(spark, plant.tables["silver.machine_events"])
    event = events.agg(f.unix_micros(f.max("occurred_at"))).collect()[0][0] or 0
    return f.timestamp_micros(f.lit(max(last + plant.profile.bucket_s * 1_000_000, event)))
