"""Which records of `bronze.readings` a task reads: row groups of the table, and what of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.dataset as ds

from expectations.feeds import READINGS
from expectations.tables.arrow_columns import Flags, coded, integers, with_tidy_names
from expectations.tables.bronze import feed_table
from expectations.tables.silver import READINGS_TABLE
from jobs.ingest.file_times import instant
from lakehouse.files.row_groups import RowGroup, find_row_groups, read_row_group
from lakehouse.plant import Plant

RECORDS = feed_table(READINGS)
_FEW_DATES = 8  # of more the log is asked by date alone: a batch of many dates reads most of their files anyway
CUT = timedelta(milliseconds=2)
"""Times in Delta's log are of whole milliseconds, and Spark cuts the largest: a file may hold a little later ones."""


def read_records(row_group: RowGroup, columns: Sequence[str]) -> "pa.Table":
    """Columns of a row group of `bronze.readings`, texts by code; names tidy, also those that older code has stored."""
    return with_tidy_names(read_row_group(row_group, RECORDS, columns))


@dataclass(frozen=True, slots=True)
class Selection:
    """The records of some batches, of all sensors or of some, among row groups that may hold others too."""

    row_groups: tuple[RowGroup, ...]
    batches: range
    sensors: frozenset[str] | None = None

    def read(self, row_group: RowGroup, columns: Sequence[str]) -> "pa.Table":
        """Columns of the selected records of one row group, in their order there; texts by code."""
        by = ("_batch_id",) if self.sensors is None else ("_batch_id", "sensor_id")
        rows = read_records(row_group, [*dict.fromkeys((*columns, *by))])
        chosen = self._chosen(rows)
        return (rows if chosen.all() else rows.filter(pa.array(chosen))).select(list(columns))

    def _chosen(self, rows: "pa.Table") -> "Flags":
        batch = integers(rows, "_batch_id")
        chosen = (batch >= self.batches.start) & (batch < self.batches.stop)
        if self.sensors is not None:
            chosen &= coded(rows, "sensor_id").each(self.sensors.__contains__, bool)
        return chosen


def of_batch(plant: Plant, number: int) -> Selection:
    """The records of one batch."""
    found = find_row_groups(plant.lake, RECORDS, ds.field("_batch_id") == number)
    return Selection(tuple(found), range(number, number + 1))


def up_to_batch(plant: Plant, number: int, first: datetime, last: datetime) -> Selection:
    """The records of the batches up to one, and not of times only that are outside of two."""
    at = ds.field("measured_at")
    within = (at >= first - CUT) & (at <= last + CUT)
    found = find_row_groups(plant.lake, RECORDS, (ds.field("_batch_id") <= number) & within)
    return Selection(tuple(found), range(number + 1))


def readings_near(plant: Plant, spans: Mapping[str, tuple[int, int]]) -> list[RowGroup]:
    """Row groups of `silver.readings` that may hold a reading of some times: of an hour those of its time of day.

    Args:
        plant: The plant.
        spans: By UTC date the earliest and latest time, microseconds since the epoch.
    """
    touched = {day: spans[day] for day in sorted(plant.lake.dates(READINGS_TABLE) & spans.keys())}
    day, at = ds.field("measured_date"), ds.field("measured_at")
    if len(touched) > _FEW_DATES:
        return find_row_groups(plant.lake, READINGS_TABLE, day.isin([*map(date.fromisoformat, touched)]))
    found = []
    for name, (first, last) in touched.items():
        within = (at >= instant(first) - CUT) & (at <= instant(last) + CUT)
        found += find_row_groups(plant.lake, READINGS_TABLE, (day == date.fromisoformat(name)) & within)
    return found


def of_sensors(plant: Plant, sensors: Sequence[str], last: int) -> Selection:
    """Every record of some sensors in the batches up to the last one."""
    return Selection(tuple(find_row_groups(plant.lake, RECORDS)), range(last + 1), frozenset(sensors))
