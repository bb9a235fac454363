"""By which rules readings were held against those before them: under others every date is built again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from expectations.plant.plant_profile import CounterRule
from jobs.silver.limits_in_force import LimitsInForce
from lakehouse.commit_metadata import CommitMetadata, Limits
from lakehouse.publish.reaches import Built


@dataclass(frozen=True, slots=True)
class StatisticsRules:
    """The limits by which readings are validated, and the metrics that are counters.

    Attributes:
        limits: The limits.
        counters: Metric -> its rule, of the metrics that are counters.
    """

    limits: LimitsInForce
    counters: Mapping[str, CounterRule]

    def now(self, built: Built) -> CommitMetadata:
        """The rules of now."""
        del built
        return CommitMetadata(limits=Limits(self.limits.models, self.limits.limits), counters=dict(self.counters))

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        """Every date where the rules are others."""
        last = None if built.last is None else (built.last.limits, built.last.counters)
        return None if last == (now.limits, now.counters) else set(built.dates)
