"""Labels of the feature rows that changed, that a changed event speaks of, or whose horizon has now been reached."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from expectations.durations import seconds
from jobs.gold.features import newest_bucket
from jobs.gold.master import changed_since, master_versions
from lakehouse.changes import changed_dates
from lakehouse.engine.tasks import Engine
from lakehouse.plant import Plant
from lakehouse.publish.changed_partitions import Replaced
from lakehouse.publish.rebuild import Recipe, rebuild_dates

if TYPE_CHECKING:
    import pyarrow as pa

_FEATURES_SEEN = "features_version"
_SEEN = "sources"
_MASTER, _END, _RULES = "master_versions", "records_end", "rules"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_behind(plant: Plant) -> bool:
    """Whether feature rows, events, the end of the records or the profile's label rules changed since."""
    return _changed(plant) is not None or _last(plant) != _sources(plant)


def rebuild(engine: Engine, plant: Plant) -> Replaced:
    """Build the labels that may have changed anew, and replace the dates where they did."""
    sources = _sources(plant)
    said = {_SEEN: sources, _FEATURES_SEEN: plant.lake.version(plant.tables["gold.machine_features"])}
    recipe = _recipe(plant, datetime.fromisoformat(sources[_END]))
    return rebuild_dates(engine, plant.lake, recipe, _candidates(plant, sources), said)


def _recipe(plant: Plant, records_end: datetime) -> Recipe:
    from gold import failure_labels

    profile, events = plant.profile, plant.lake.arrow(plant.tables["silver.machine_events"])

    def build(rows: "pa.Table", _dates: object) -> "pa.Table":
        return failure_labels.build(rows, events, records_end, profile)

    features, labels = plant.tables["gold.machine_features"], plant.tables["gold.failure_labels"]
    return Recipe(labels, features, failure_labels.READS, lambda day: [day], build)


def _candidates(plant: Plant, sources: Mapping[str, Any]) -> list[date]:
    """Dates of changed feature rows, and all from the first whose horizon reaches what else changed."""
    seen = _last(plant)
    days = plant.lake.dates(plant.tables["gold.machine_features"]) | plant.lake.dates(
        plant.tables["gold.failure_labels"]
    )
    every = {date.fromisoformat(day) for day in days}
    if seen is None or seen.get(_RULES) != sources[_RULES]:
        return sorted(every)
    since = changed_since(plant, seen[_MASTER])
    if seen[_END] != sources[_END]:
        since = min(since, min(datetime.fromisoformat(end) for end in (seen[_END], sources[_END])).date())
    reached = _before(since, max(map(seconds, plant.profile.labels.horizons), default=0))
    return sorted(every & set(_changed(plant) or ()) | {day for day in every if day >= reached})


def _before(day: date, horizon_s: int) -> date:
    """The first date with a grid time whose horizon ends on or after `day`."""
    back = timedelta(days=-(-horizon_s // 86_400))
    return day if day == date.max else max(day, date.min + back) - back


def _changed(plant: Plant) -> list[date] | None:
    labels = plant.tables["gold.failure_labels"]
    return changed_dates(plant.lake, plant.tables["gold.machine_features"], labels, _FEATURES_SEEN)


def _last(plant: Plant) -> Mapping[str, Any] | None:
    """What the labels follow from, as their last commit says; None where it does not say all."""
    seen = plant.lake.last_metadata(plant.tables["gold.failure_labels"], _SEEN)
    return seen if seen is not None and _RULES in seen else None


def _sources(plant: Plant) -> dict[str, Any]:
    """What labels follow from beside feature rows."""
    rules = {"horizons": list(plant.profile.labels.horizons), "repair_s": plant.profile.labels.repair_s}
    return {_MASTER: master_versions(plant), _END: _records_end(plant).isoformat(), _RULES: rules}


def _records_end(plant: Plant) -> datetime:
    """The later of the last bucket's end and the last event."""
    import pyarrow.compute as pc

    newest = newest_bucket(plant)
    end = _EPOCH if newest is None else newest + timedelta(seconds=plant.profile.bucket_s)
    event = pc.max(plant.lake.arrow(plant.tables["silver.machine_events"], ["occurred_at"]).column(0)).as_py()
    return end if event is None else max(end, event)
