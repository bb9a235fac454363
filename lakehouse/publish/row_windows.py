"""By count of rows: each row of a table looks back over so many rows of its group, on whatever dates they are."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from expectations.tables.contract import Table
from lakehouse.lake import Lake
from lakehouse.publish.reaches import Built, ByPartition

if TYPE_CHECKING:
    import pyarrow as pa

Counts = Mapping[tuple[Any, ...], int]


@dataclass(frozen=True)
class RowWindow(ByPartition):
    """A source whose rows, in the order of their time, are looked back over by group: a machine, a sensor.

    A row's date is the same in source and target. A change on a date reaches the later dates on which a group has rows
    that have fewer than `rows` rows of the group between: which these are is counted in the source as it is now. That
    is enough: a window that lies behind the newest changed date before it holds nothing that changed. A group with few
    rows, and a new one, cost the look at its columns on every earlier date.

    Attributes:
        table: The source, partitioned by a date first.
        by: Columns of the group.
        rows: A row looks back over so many rows before its own.
    """

    table: Table
    by: tuple[str, ...]
    rows: int

    def stale(self, built: Built) -> set[date] | None:
        """Dates that changed, and those whose windows reach back to one."""
        changed = built.changed_dates(self.table)
        if changed is None:
            return set(built.dates)
        return self._reached(_Counted(built.lake, self), changed) if changed else None

    def given(self, day: date) -> list[date]:
        """The same date."""
        return [day]

    def needed(self, lake: Lake, days: Sequence[date]) -> dict[date, list[date]]:
        """For each date itself, and the dates before it back to where each of its groups has enough rows."""
        counted = _Counted(lake, self)
        return {day: self._back(counted, day) for day in days}

    def _reached(self, counted: "_Counted", changed: set[date]) -> set[date]:
        """Walks on from the first changed date; `since` has each group's rows after the newest changed one."""
        found, since = set(changed), Counter[tuple[Any, ...]]()
        for day in sorted(changed.union(counted.dates)):
            if day in changed:
                since.clear()
            elif day > min(changed):
                rows = counted.of(day)
                if any(since[group] < self.rows for group in rows):
                    found.add(day)
                since.update(rows)
        return found

    def _back(self, counted: "_Counted", day: date) -> list[date]:
        found, lacking = [day], dict.fromkeys(counted.of(day), self.rows)
        for earlier in reversed([one for one in counted.dates if one < day]):
            lacking = {group: rows for group, rows in lacking.items() if rows > 0}
            if not lacking:
                break
            found.append(earlier)
            rows_then = counted.of(earlier)
            lacking = {group: rows - rows_then.get(group, 0) for group, rows in lacking.items()}
        return sorted(found)


@dataclass
class _Counted:
    """Rows of each group on the dates of a source, each date counted once, from the columns of the group alone."""

    lake: Lake
    window: RowWindow
    dates: list[date] = field(init=False)
    _rows: "Callable[[date], pa.Table]" = field(init=False)
    _known: dict[date, Counts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dates = sorted(map(date.fromisoformat, self.lake.dates(self.window.table)))
        self._rows = self.lake.by_date(self.window.table, columns=list(self.window.by))

    def of(self, day: date) -> Counts:
        """Group -> its rows on a date."""
        if day not in self._known:
            self._known[day] = self._count(day) if day in self.dates else {}
        return self._known[day]

    def _count(self, day: date) -> Counts:
        columns = list(self.window.by)
        rows = self._rows(day).group_by(columns, use_threads=False).aggregate([([], "count_all")])
        groups = zip(*(rows.column(name).to_pylist() for name in columns), strict=True)
        return dict(zip(groups, rows.column("count_all").to_pylist(), strict=True))
