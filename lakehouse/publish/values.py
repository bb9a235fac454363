"""What a table follows from beside tables, such as a clock or rules of the profile: recorded with the rows."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from lakehouse.commit_metadata import CommitMetadata
from lakehouse.publish.reaches import Built


class Values(Protocol):
    """Values that are no rows, each in a field of the commit's metadata."""

    def now(self, built: Built) -> CommitMetadata:
        """The values of now, in fields of their own."""

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        """Dates that a change of the values reaches; None where nothing changed."""


@dataclass(frozen=True, slots=True)
class NoValues:
    """Of a table that follows from tables alone."""

    def now(self, built: Built) -> CommitMetadata:
        """None."""
        del built
        return CommitMetadata()

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        """Never."""
        del built, now
        return None
