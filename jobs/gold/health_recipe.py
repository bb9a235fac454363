"""How `gold.machine_health` follows from machines' days, their trends, master data and the end of the readings."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

from expectations.tables.contract import Table
from expectations.tables.gold_health import MACHINE_HEALTH
from expectations.tables.gold_trends import TRENDS
from gold import machine_health
from jobs.gold.grid import newest_bucket
from jobs.gold.rules_basis import digest_of
from lakehouse.commit_metadata import CommitMetadata, GridTimes
from lakehouse.lake import Lake
from lakehouse.plant import Plant
from lakehouse.publish.reaches import Built, Dated, Since
from lakehouse.publish.recipe import Beside, Inputs, Recipe

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class HealthBasis:
    """The rules of the profile, and until when the plant has readings.

    Attributes:
        digest: Of the rules.
        bucket_s: Length of a bucket, seconds.
        blind_after_s: How long a date goes on before a machine without a reading is blind on it, seconds.
        days: `gold.machine_daily`: while it is as it was, so is the end of the readings.
    """

    digest: str
    bucket_s: int
    blind_after_s: int
    days: Table

    def now(self, built: Built) -> CommitMetadata:
        """The digest and the end of now."""
        last = None if built.last is None else built.last.grid
        is_same = last is not None and built.seen(self.days) == built.lake.version(self.days)
        end = last.closed_until if last is not None and is_same else readings_end(built.lake, self.bucket_s)
        return CommitMetadata(rules=self.digest, grid=GridTimes(end))

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        """Every date under other rules; those that were not yet over at the earlier of two ends."""
        last = built.last
        if last is None or last.grid is None or now.grid is None or last.rules != now.rules:
            return set(built.dates)
        ends = (last.grid.closed_until, now.grid.closed_until)
        reach = timedelta(seconds=self.blind_after_s) + timedelta(days=1)  # another zone's date
        return None if ends[0] == ends[1] else built.since((max(min(ends), EPOCH + reach) - reach).date())


def recipe(plant: Plant) -> Recipe:
    """A date looks back over the six before it, for what is missing on it."""
    profile, days, machines = plant.profile, plant.tables["gold.machine_daily"], plant.tables["silver.machines"]
    rules = digest_of(profile.health, sorted(profile.metrics), profile.default_zone, sorted(profile.zones.items()))

    def build(given: Inputs) -> pa.Table:
        assert given.metadata.grid is not None  # `HealthBasis` gives it
        return machine_health.build(
            given.rows, given.tables[TRENDS.name], given.tables[machines.name], profile, given.dates,
            given.metadata.grid.closed_until,
        )  # fmt: skip

    return Recipe(
        MACHINE_HEALTH, Dated(days, later=machine_health.MEMORY_DAYS - 1), machine_health.reads(profile), build,
        others=(Since(machines),), beside=(Beside(Dated(TRENDS), machine_health.TREND_READS),),
        values=HealthBasis(rules, profile.bucket_s, profile.health.blind_after_s, days),
    )  # fmt: skip


def readings_end(lake: Lake, bucket_s: int) -> datetime:
    """End of the newest bucket of any machine, UTC; 1970 of an empty lake."""
    newest = newest_bucket(lake)
    return EPOCH if newest is None else newest + timedelta(seconds=bucket_s)
