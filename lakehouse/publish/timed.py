"""By time: a source without partitions by date, whose rows belong to the UTC dates of one of their columns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from expectations.tables.contract import Table
from expectations.tables.local_time import of_dates, utc_dates
from lakehouse.files.row_groups import RowGroup, find_row_groups, read_row_group
from lakehouse.lake import Lake
from lakehouse.publish.changed_keys import changed_keys
from lakehouse.publish.reaches import Built

if TYPE_CHECKING:
    import pyarrow as pa

_OF_A_MIDNIGHT = 2
_ROW_BYTES = 64
"""A row group of wide rows weighs as rows of so many bytes: what a task takes on is bounded by bytes too."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Rows by the date of a time; a change reaches the dates in the files that came or went.

    Attributes:
        table: The source; its column of time has statistics.
        column: That column, without nulls.
    """

    table: Table
    column: str

    def stale(self, built: Built) -> set[date] | None:
        """The dates in files that came or went since the last build; None where no rows changed."""
        seen = built.seen(self.table)
        if not built.lake.content_commits(self.table, -1 if seen is None else seen):
            return None
        changed = changed_keys(built.lake, self.table, self.column, seen, "date32")
        return set(built.dates) if changed is None else changed

    def given(self, day: date) -> Sequence[date]:
        """The same date."""
        return [day]

    def needed(self, lake: Lake, days: Sequence[date]) -> dict[date, list[date]]:
        """The same dates."""
        del lake
        return {day: [day] for day in days}

    def dates(self, lake: Lake) -> set[date]:
        """The dates of all rows, from that column alone."""
        times = lake.arrow(self.table, [self.column])
        return set(pc.unique(utc_dates(times, self.column)).to_pylist())

    def row_groups(self, lake: Lake, days: set[date]) -> list[tuple[date, RowGroup, int]]:
        """The row groups whose times may be of these dates, each with such a date and about how many rows of it.

        One wrong clock makes the span of a row group years long: where more dates lie in the span than those of a
        midnight between, the times themselves say which dates there are. Else each date would be built from all rows.
        """
        if not days:
            return []
        time = ds.field(self.column)
        first, end = _midnight(min(days)), _midnight(max(days)) + timedelta(days=1)
        found = find_row_groups(lake, self.table, (time >= first) & (time < end))
        return [(day, group, rows) for group in found for day, rows in self._dates_in(group, days).items()]

    def of_dates(self, rows: "pa.Table", days: Collection[date]) -> "pa.Table":
        """Those of some dates, so that a few rows of a date do not bring all others of their row group along."""
        return of_dates(rows, self.column, days)

    def _dates_in(self, group: RowGroup, days: set[date]) -> dict[date, int]:
        span, weight = _statistics(group, self.column), _weight(group)
        near = [day for day in sorted(days) if _reaches(span, day)]
        if len(near) <= _OF_A_MIDNIGHT:
            return {day: -(-weight // len(near)) for day in near}
        stated = utc_dates(read_row_group(group, self.table, [self.column]), self.column)
        there = {one["values"]: one["counts"] for one in pc.value_counts(stated).to_pylist()}
        return {day: -(-weight * there[day] // group.rows) for day in near if day in there}


def _reaches(span: tuple[datetime, datetime] | None, day: date) -> bool:
    """Whether times between the least and the largest may be of a date; those that are not known may."""
    return span is None or span[0].astimezone(UTC).date() <= day <= span[1].astimezone(UTC).date()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _footer(group: RowGroup) -> Any:
    return pq.read_metadata(group.key, filesystem=group.folder.arrow()).row_group(group.number)


def _statistics(group: RowGroup, column: str) -> tuple[datetime, datetime] | None:
    """The least and the largest time; None where the file does not say."""
    footer = _footer(group)
    named = [footer.column(k) for k in range(footer.num_columns) if footer.column(k).path_in_schema == column]
    known = named[0].statistics if named else None
    return (known.min, known.max) if known is not None and known.has_min_max else None


def _weight(group: RowGroup) -> int:
    return max(group.rows, int(_footer(group).total_byte_size) // _ROW_BYTES)
