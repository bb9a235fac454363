"""What labels follow from beside tables: until when failures are known, and the rules of the profile."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from expectations.plant.plant_profile import Profile
from expectations.tables.bronze import FILES
from expectations.tables.silver import MACHINE_EVENTS
from gold.known_through import KNOWN, Arrival, known_through
from jobs.gold.grid import newest_bucket
from lakehouse.commit_metadata import CommitMetadata, LabelBasis, LabelRules
from lakehouse.lake import Lake
from lakehouse.plant import Plant
from lakehouse.publish.reaches import Built, days_before

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Labels:
    """Until when failures are known, and the horizons and repair time of the profile.

    Attributes:
        plant: The plant, for its profile and its mappings of failures.
        horizon: Dates before the end of the records that a moved end reaches.
    """

    plant: Plant
    horizon: int

    def now(self, built: Built) -> CommitMetadata:
        """The basis of now."""
        del built
        return CommitMetadata(labels=label_basis(self.plant))

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        """Every date under other rules; those whose horizon reaches a moved end."""
        last = None if built.last is None else built.last.labels
        if last is None or now.labels is None or last.rules != now.labels.rules:
            return set(built.dates)
        ends = (last.records_end, now.labels.records_end)
        return None if ends[0] == ends[1] else built.since(days_before(min(ends).date(), self.horizon))


def label_basis(plant: Plant) -> LabelBasis:
    """Until when the records reach and failures are known, and the rules of the profile."""
    rules = LabelRules(tuple(plant.profile.labels.horizons), plant.profile.labels.repair_s, hours_end=True)
    return LabelBasis(_known_until(plant), rules)


def _known_until(plant: Plant) -> datetime:
    """The end of the records, and no later than failures are known, where the plant has a feed of failures."""
    mappings = [mapping for mapping in plant.sources.usable if mapping.feed.name == "failures"]
    if not mappings:
        return records_end(plant.lake, plant.profile)
    delay = timedelta(seconds=plant.profile.delay_s("failure"))
    known = known_through(failure_files(plant.lake), mappings, delay)
    return _EPOCH if known is None else min(known, records_end(plant.lake, plant.profile))


def records_end(lake: Lake, profile: Profile) -> datetime:
    """The later of the last bucket's end and the last event, UTC; 1970 of an empty lake."""
    newest = newest_bucket(lake)
    end = _EPOCH if newest is None else newest + timedelta(seconds=profile.bucket_s)
    event = pc.max(lake.arrow(MACHINE_EVENTS, ["occurred_at"]).column(0)).as_py()
    return end if event is None else max(end, event)


def failure_files(lake: Lake) -> list[Arrival]:
    """Every file of failures whose content is known."""
    columns = ["path", "mapping", "modified_at", "_ingested_at", "feed", "outcome"]
    files = lake.arrow(FILES, columns)
    is_known = pc.and_(pc.equal(files.column("feed"), "failures"), pc.is_in(files.column("outcome"), pa.array(KNOWN)))
    return [
        Arrival(*row)
        for row in zip(*(column.to_pylist() for column in files.filter(is_known).columns[:4]), strict=True)
    ]
