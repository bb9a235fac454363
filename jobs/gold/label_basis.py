"""What labels follow from beside tables: where the records end, and the rules of the profile."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pyarrow.compute as pc

from expectations.plant.plant_profile import Profile
from expectations.tables.contract import Table
from jobs.gold.grid import newest_bucket
from lakehouse.commit_metadata import CommitMetadata, LabelBasis, LabelRules
from lakehouse.lake import Lake
from lakehouse.publish.reaches import Built, days_before

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Labels:
    """The end of the records, and the horizons and repair time of the profile.

    Attributes:
        profile: The plant's.
        events: The table of events.
        horizon: Dates before the end of the records that a moved end reaches.
    """

    profile: Profile
    events: Table
    horizon: int

    def now(self, built: Built) -> CommitMetadata:
        """The basis of now."""
        rules = LabelRules(tuple(self.profile.labels.horizons), self.profile.labels.repair_s)
        return CommitMetadata(labels=LabelBasis(self._records_end(built.lake), rules))

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        """Every date under other rules; those whose horizon reaches a moved end."""
        last = None if built.last is None else built.last.labels
        if last is None or now.labels is None or last.rules != now.labels.rules:
            return set(built.dates)
        ends = (last.records_end, now.labels.records_end)
        return None if ends[0] == ends[1] else built.since(days_before(min(ends).date(), self.horizon))

    def _records_end(self, lake: Lake) -> datetime:
        """The later of the last bucket's end and the last event."""
        newest = newest_bucket(lake)
        end = _EPOCH if newest is None else newest + timedelta(seconds=self.profile.bucket_s)
        event = pc.max(lake.arrow(self.events, ["occurred_at"]).column(0)).as_py()
        return end if event is None else max(end, event)
