"""How a derived table follows from others: one recipe for each, by which it is found behind and rebuilt.

A recipe names the target, its sources, how far a change of each reaches, and a pure build. `lakehouse.publish.rebuild`
does the rest: a new table costs a contract, a build, one recipe and a test.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeAlias

from expectations.tables.contract import Table
from lakehouse.changes import commits_since
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.lake import Lake

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Built:
    """What is known of a target before it is rebuilt.

    Attributes:
        lake: The lake.
        last: Metadata of its newest build; None where it was never built.
        find_dates: Finds `dates`, when they are needed.
    """

    lake: Lake
    last: CommitMetadata | None
    find_dates: Callable[[], set[date]]

    @cached_property
    def dates(self) -> set[date]:
        """Every date that the target has or that its first source may give it."""
        return self.find_dates()

    def seen(self, source: Table) -> int | None:
        """The version of a source up to which the target is built; None where it is built from none."""
        return None if self.last is None else self.last.built_from.get(source.name)

    def since(self, day: date) -> set[date]:
        """The dates from one on."""
        return {one for one in self.dates if one >= day}


class Reach(Protocol):
    """A source of a table, and which of the target's dates a change in it reaches."""

    @property
    def table(self) -> Table:
        """The source."""

    def stale(self, built: Built) -> set[date] | None:
        """Dates that changes since the last build reach; None where nothing changed."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A source that is partitioned by a date first: a change on one reaches the target's dates around it.

    Attributes:
        table: The source.
        earlier: A change reaches back so many days.
        later: A change reaches ahead so many days: a window that looks back as far, or another zone's date.
        rows_later: A date may give rows to so many later dates, where these are fewer than it reaches.
    """

    table: Table
    earlier: int = 0
    later: int = 0
    rows_later: int | None = None

    def stale(self, built: Built) -> set[date] | None:
        """Dates reached by the dates that the source's commits name."""
        if built.lake.version(self.table) is None:
            return None
        commits = commits_since(built.lake, self.table, built.seen(self.table))
        if built.last is None or commits is None:
            return set(built.dates)
        changed = {day for commit in commits for day in commit.metadata.dates or ()}
        return {near for day in changed for near in self.reached(day)} or None

    def reached(self, day: date) -> list[date]:
        """The target's dates that a date of the source reaches."""
        return [day + timedelta(days=shift) for shift in range(-self.earlier, self.later + 1)]

    def given(self, day: date) -> list[date]:
        """The target's dates to which a date of the source may give rows."""
        later = self.later if self.rows_later is None else self.rows_later
        return [day + timedelta(days=shift) for shift in range(-self.earlier, later + 1)]

    def needed(self, day: date) -> list[date]:
        """The source's dates that a date of the target is built from."""
        return [day + timedelta(days=shift) for shift in range(-self.later, self.earlier + 1)]


@dataclass(frozen=True, slots=True)
class Since:
    """A small source that is read whole: a change reaches every date from the earliest row that changed on.

    Attributes:
        table: The source; its commits say since when rows differ.
        earlier: A change reaches back so many days more.
    """

    table: Table
    earlier: int = 0

    def stale(self, built: Built) -> set[date] | None:
        """Dates from the earliest change on."""
        if built.last is None:
            return set(built.dates)
        seen = built.seen(self.table)
        if commits_since(built.lake, self.table, seen) is None:
            return set(built.dates)
        commits = built.lake.content_commits(self.table, -1 if seen is None else seen)
        changed = [commit.metadata.since or date.min for commit in commits]
        return built.since(days_before(min(changed), self.earlier)) if changed else None


class Values(Protocol):
    """What a table follows from beside tables, such as a clock or rules of the profile: recorded with the rows."""

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


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a build is given.

    Attributes:
        rows: Columns of the first source, on the dates that may be needed.
        tables: The other sources, whole, by name.
        dates: The target's dates to be built; rows of others are passed over.
        metadata: The values that the rows follow from.
    """

    rows: "pa.Table"
    tables: "Mapping[str, pa.Table]"
    dates: Sequence[date]
    metadata: CommitMetadata


@dataclass(frozen=True, slots=True)
class Recipe:
    """A table that is partitioned by one date, rebuilt date by date.

    Attributes:
        target: What is built.
        source: What it is built from, date by date.
        columns: The source's columns that the build looks at.
        build: Pure: the contract's rows of some dates.
        others: Small sources that are read whole.
        values: What else the rows follow from.
    """

    target: Table
    source: Dated
    columns: Sequence[str]
    build: "Callable[[Inputs], pa.Table]"
    others: tuple[Reach, ...] = ()
    values: Values = field(default_factory=NoValues)

    @property
    def sources(self) -> tuple[Table, ...]:
        """Every table that it is built from."""
        return (self.source.table, *(other.table for other in self.others))


@dataclass(frozen=True, slots=True)
class WholeRecipe:
    """A small table, rebuilt as a whole where a source has other rows, or without sources where its own differ.

    Attributes:
        target: What is built.
        sources: What it is built from.
        build: Pure: all rows, from the sources by name.
        time: A column of time: commits say since when rows differ.
        values: Recorded with the rows; where the last build has others, the table is behind.
    """

    target: Table
    sources: tuple[Table, ...]
    build: "Callable[[Mapping[str, pa.Table]], pa.Table]"
    time: str | None = None
    values: CommitMetadata = field(default_factory=CommitMetadata)


AnyRecipe: TypeAlias = Recipe | WholeRecipe


def days_before(day: date, days: int) -> date:
    """So many days before, but no earlier than the calendar goes."""
    return max(day, date.min + timedelta(days=days)) - timedelta(days=days)
