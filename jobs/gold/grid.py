"""The clock of features: grid times close as time goes on, and stay closed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pyarrow.compute as pc
import pyarrow.dataset as ds

from expectations.tables.silver import BUCKETS
from lakehouse.commit_metadata import CommitMetadata, GridTimes
from lakehouse.lake import Lake
from lakehouse.publish.reaches import Built

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ClosedGrid:
    """Up to which grid time features are built.

    What was closed stays closed: a run with an older clock takes no rows away.

    Attributes:
        every_s: Distance of grid times, seconds.
        as_of: The clock of the run.
    """

    every_s: int
    as_of: datetime

    def now(self, built: Built) -> CommitMetadata:
        """The grid times of now."""
        newest, last = self._newest(built), _grid(built)
        until = min(self.as_of, newest) if newest else self.as_of
        return CommitMetadata(grid=GridTimes(until if last is None else max(until, last.closed_until), newest))

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        """Dates from the last closed grid time on, where others have closed since."""
        last = _grid(built)
        if last is None:
            return set(built.dates)
        if now.grid is None or now.grid.newest is None:
            return None
        has_closed = self._index(now.grid.closed_until) > self._index(last.closed_until)
        return built.since(last.closed_until.date()) if has_closed else None

    def _index(self, time: datetime) -> int:
        return (time - _EPOCH) // timedelta(seconds=self.every_s)

    def _newest(self, built: Built) -> datetime | None:
        """The grid time at which the newest bucket is first seen."""
        last = _grid(built)
        if last is not None and built.seen(BUCKETS) == built.lake.version(BUCKETS):
            return last.newest
        newest = newest_bucket(built.lake)
        every = timedelta(seconds=self.every_s)
        return None if newest is None else newest - (newest - _EPOCH) % every + every


def newest_bucket(lake: Lake) -> datetime | None:
    """When the newest bucket begins; read from the newest date alone."""
    days = lake.dates(BUCKETS)
    if not days:
        return None
    newest_day = ds.field(BUCKETS.partition_by[0]) == date.fromisoformat(max(days))
    begins = lake.arrow(BUCKETS, ["bucket_at"], newest_day).column(0)
    newest: datetime = pc.max(begins).as_py()
    return newest


def _grid(built: Built) -> GridTimes | None:
    return None if built.last is None else built.last.grid
