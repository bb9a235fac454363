"""What features follow from beside tables: which grid times are closed, and how late events are known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from jobs.gold.grid import ClosedGrid
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.publish.reaches import Built


@dataclass(frozen=True, slots=True)
class FeatureBasis:
    """Closed grid times and the declared delays.

    Attributes:
        grid: The clock of features.
        delays: Kind of event -> its delay, seconds; of the kinds that features use and that have one.
    """

    grid: ClosedGrid
    delays: Mapping[str, int]

    def now(self, built: Built) -> CommitMetadata:
        """The basis of now; without a delay it says what commits of before say."""
        return replace(self.grid.now(built), delays=dict(self.delays) or None)

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        """Every date under other delays; those of grid times that have closed since."""
        if built.last is not None and (built.last.delays or {}) != (now.delays or {}):
            return set(built.dates)
        return self.grid.stale(built, now)
