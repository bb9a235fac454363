"""How far a change of a source reaches into a derived table: by date, by length of time, or since a row's time."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import pyarrow.dataset as ds

from expectations.tables.contract import Table
from lakehouse.changes import commits_since
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.files.row_groups import RowGroup, find_row_groups
from lakehouse.lake import Lake

if TYPE_CHECKING:
    import pyarrow as pa

DAY_S = 86_400


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

    def changed_dates(self, source: Table) -> set[date] | None:
        """Dates that a source's commits since the last build name; None where one changed rows and names none."""
        if self.lake.version(source) is None:
            return set()
        commits = commits_since(self.lake, source, self.seen(source))
        if self.last is None or commits is None:
            return None
        undated = {commit.version for commit in commits if commit.metadata.dates is None}
        if undated and undated.intersection(self._content_versions(source)):
            return None
        return {day for commit in commits for day in commit.metadata.dates or ()}

    def _content_versions(self, source: Table) -> set[int]:
        seen = self.seen(source)
        return {commit.version for commit in self.lake.content_commits(source, -1 if seen is None else seen)}


class Reach(Protocol):
    """A source of a table, and which of the target's dates a change in it reaches."""

    @property
    def table(self) -> Table:
        """The source."""

    def stale(self, built: Built) -> set[date] | None:
        """Dates that changes since the last build reach; None where nothing changed."""


class DatedReach(Reach, Protocol):
    """A source that is read date by date."""

    def given(self, day: date) -> Sequence[date]:
        """The target's dates to which a date of the source may give rows."""

    def needed(self, lake: Lake, days: Sequence[date]) -> dict[date, list[date]]:
        """For each date of the target the source's dates that it is built from."""

    def dates(self, lake: Lake) -> set[date]:
        """The source's dates."""

    def row_groups(self, lake: Lake, days: set[date]) -> list[tuple[date, RowGroup, int]]:
        """The row groups that may hold rows of these of its dates, each with its date and about how many of it."""

    def of_dates(self, rows: "pa.Table", days: Collection[date]) -> "pa.Table":
        """Of a row group's rows those of some dates."""


class ByPartition:
    """A source that is partitioned by a date first."""

    table: Table

    def dates(self, lake: Lake) -> set[date]:
        """The source's dates."""
        return {date.fromisoformat(day) for day in lake.dates(self.table)}

    def row_groups(self, lake: Lake, days: set[date]) -> list[tuple[date, RowGroup, int]]:
        """The row groups of these of its dates, each with its date and its rows."""
        column = self.table.partition_by[0]
        found = find_row_groups(lake, self.table, ds.field(column).isin(sorted(days)))
        return [(day, group, group.rows) for group in found if isinstance(day := group.partition[column], date)]

    def of_dates(self, rows: "pa.Table", days: Collection[date]) -> "pa.Table":
        """All of them: a row group is of one date."""
        del days
        return rows


@dataclass(frozen=True)
class Dated(ByPartition):
    """By date: a change on one reaches the target's dates around it.

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
        changed = built.changed_dates(self.table)
        if changed is None:
            return set(built.dates)
        return {near for day in changed for near in _around(day, self.earlier, self.later)} or None

    def given(self, day: date) -> list[date]:
        """The target's dates to which a date of the source may give rows."""
        return _around(day, self.earlier, self.later if self.rows_later is None else self.rows_later)

    def needed(self, lake: Lake, days: Sequence[date]) -> dict[date, list[date]]:
        """For each date of the target the source's dates that it is built from."""
        del lake
        return {day: _around(day, self.later, self.earlier) for day in days}


def looks_back(table: Table, length_s: int, *, rows_later: int | None = None) -> Dated:
    """By time: each row looks back so many seconds over the source. `rows_later` is as in `Dated`."""
    return Dated(table, later=days_of(length_s), rows_later=rows_later)


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


@dataclass(frozen=True, slots=True)
class NoDates:
    """A small source that is read whole and gives rows of its own: a change reaches no date of the first source.

    Attributes:
        table: The source.
    """

    table: Table

    def stale(self, built: Built) -> set[date] | None:
        """No dates where the source has other rows; None where it has the same."""
        return None if built.lake.content_version(self.table) == built.seen(self.table) else set()


def days_before(day: date, days: int) -> date:
    """So many days before, but no earlier than the calendar goes."""
    return max(day, date.min + timedelta(days=days)) - timedelta(days=days)


def days_of(length_s: int) -> int:
    """Whole days that hold so many seconds."""
    return -(-length_s // DAY_S)


def _around(day: date, before: int, after: int) -> list[date]:
    return [day + timedelta(days=shift) for shift in range(-before, after + 1)]
