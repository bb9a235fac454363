"""What features follow from beside tables: which grid times are closed, and how late events are known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from jobs.gold.grid import ClosedGrid
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.reaches import Built
from lakehouse.publish.stale import last_build


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


def built_delays(plant: Plant) -> dict[str, int]:
    """The delays by which the rows of `gold.machine_features` use events, as its newest build says."""
    last = last_build(plant.lake, plant.tables["gold.machine_features"])
    return dict(last.delays or {}) if last is not None else {}


def in_words(delays: Mapping[str, int]) -> str:
    """Delays for a message.

    >>> in_words({"maintenance": 5400, "failure": 86400}), in_words({})
    ('failure 24 h, maintenance 1.5 h', 'none')
    """
    return ", ".join(f"{kind} {delay_s / 3600:g} h" for kind, delay_s in sorted(delays.items())) or "none"
