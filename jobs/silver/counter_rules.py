"""By which rules counters were read: where the profile says otherwise, every date of theirs is built again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from expectations.plant.plant_profile import CounterRule
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.publish.reaches import Built


@dataclass(frozen=True, slots=True)
class CounterRules:
    """The rules of the profile's counters.

    Attributes:
        rules: Metric -> its rule, of the metrics that are counters.
    """

    rules: Mapping[str, CounterRule]

    def now(self, built: Built) -> CommitMetadata:
        """The rules of now."""
        del built
        return CommitMetadata(counters=dict(self.rules))

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        """Every date where the rules are others."""
        last = None if built.last is None else built.last.counters
        return None if last == now.counters else set(built.dates)
