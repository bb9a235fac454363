"""Labels of the feature rows that changed, that a changed event speaks of, or whose horizon has now been reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from expectations.durations import seconds
from jobs.gold.features import newest_bucket
from jobs.gold.master import changed_since, master_versions, versions_seen
from lakehouse.changes import changed_dates, versions_of
from lakehouse.commit_metadata import CommitMetadata, LabelBasis, LabelRules
from lakehouse.engine.tasks import Engine
from lakehouse.plant import Plant
from lakehouse.publish.changed_partitions import Replaced
from lakehouse.publish.rebuild import Recipe, rebuild_dates

if TYPE_CHECKING:
    import pyarrow as pa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Sources:
    """What labels follow from beside feature rows."""

    master: Mapping[str, int]
    basis: LabelBasis


def is_behind(plant: Plant) -> bool:
    """Whether feature rows, events, the end of the records or the profile's label rules changed since."""
    return _changed(plant) is not None or _last(plant) != _now(plant)


def rebuild(engine: Engine, plant: Plant) -> Replaced:
    """Build the labels that may have changed anew, and replace the dates where they did."""
    now, features = _now(plant), plant.tables["gold.machine_features"]
    metadata = CommitMetadata(built_from={**versions_of(plant.lake, features), **now.master}, labels=now.basis)
    recipe = _recipe(plant, now.basis.records_end)
    return rebuild_dates(engine, plant.lake, recipe, _candidates(plant, now), metadata)


def _recipe(plant: Plant, records_end: datetime) -> Recipe:
    from gold import failure_labels

    profile, events = plant.profile, plant.lake.arrow(plant.tables["silver.machine_events"])

    def build(rows: "pa.Table", _dates: object) -> "pa.Table":
        return failure_labels.build(rows, events, records_end, profile)

    features, labels = plant.tables["gold.machine_features"], plant.tables["gold.failure_labels"]
    return Recipe(labels, features, failure_labels.READS, lambda day: [day], build)


def _candidates(plant: Plant, now: _Sources) -> list[date]:
    """Dates of changed feature rows, and all from the first whose horizon reaches what else changed."""
    last = _last(plant)
    days = plant.lake.dates(plant.tables["gold.machine_features"]) | plant.lake.dates(
        plant.tables["gold.failure_labels"]
    )
    every = {date.fromisoformat(day) for day in days}
    if last is None or last.basis.rules != now.basis.rules:
        return sorted(every)
    since, ends = changed_since(plant, last.master), (last.basis.records_end, now.basis.records_end)
    if ends[0] != ends[1]:
        since = min(since, min(ends).date())
    reached = _before(since, max(map(seconds, plant.profile.labels.horizons), default=0))
    return sorted(every & set(_changed(plant) or ()) | {day for day in every if day >= reached})


def _before(day: date, horizon_s: int) -> date:
    """The first date with a grid time whose horizon ends on or after `day`."""
    back = timedelta(days=-(-horizon_s // 86_400))
    return day if day == date.max else max(day, date.min + back) - back


def _changed(plant: Plant) -> list[date] | None:
    return changed_dates(plant.lake, plant.tables["gold.machine_features"], plant.tables["gold.failure_labels"])


def _last(plant: Plant) -> _Sources | None:
    """What the labels follow from, as their last commit says; None where it does not say all."""
    labels = plant.tables["gold.failure_labels"]
    basis = plant.lake.last(labels, lambda metadata: metadata.labels)
    return None if basis is None else _Sources(versions_seen(plant, labels) or {}, basis)


def _now(plant: Plant) -> _Sources:
    rules = LabelRules(tuple(plant.profile.labels.horizons), plant.profile.labels.repair_s)
    return _Sources(master_versions(plant), LabelBasis(_records_end(plant), rules))


def _records_end(plant: Plant) -> datetime:
    """The later of the last bucket's end and the last event."""
    import pyarrow.compute as pc

    newest = newest_bucket(plant)
    end = _EPOCH if newest is None else newest + timedelta(seconds=plant.profile.bucket_s)
    event = pc.max(plant.lake.arrow(plant.tables["silver.machine_events"], ["occurred_at"]).column(0)).as_py()
    return end if event is None else max(end, event)
