"""Which files of silver are looked at for the keys of a batch: those of its times alone, and none too few."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from deltalake.transaction import AddAction

from expectations.mapping.folder import Mappings
from expectations.plant.file import load_profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.silver import READINGS_TABLE
from jobs.silver.selection import readings_near
from lakehouse.lake import Lake
from lakehouse.plant import Plant
from lakehouse.writing.tables import make_table

DAY = datetime(2026, 3, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EXTENT = [name for name in READINGS_TABLE.column_names if name not in READINGS_TABLE.partition_by]


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Readings of ten days, a file for each hour."""
    lake = Lake(tmp_path)
    make_table(lake, READINGS_TABLE)
    made = Plant(load_profile("simulated"), Mappings((), ()), lake)
    add(made, (DAY + timedelta(hours=hour) for hour in range(240)))
    return made


def test_an_hour_meets_the_files_of_its_times(plant: Plant) -> None:
    spans = {"2026-03-02": span(hours(26), hours(27)), "2026-03-05": span(hours(100), hours(100))}

    assert found(plant, spans) == [hours(26), hours(27), hours(100)]


def test_dates_and_times_without_readings_meet_none(plant: Plant) -> None:
    between, never = hours(26) + timedelta(minutes=10), datetime(2031, 1, 1, tzinfo=UTC)

    assert found(plant, {"2026-03-02": span(between, between), "2031-01-01": span(never, never)}) == []


def test_of_many_dates_all_files_are_met(plant: Plant) -> None:
    spans = {str((DAY + timedelta(days=day)).date()): span(hours(24 * day), hours(24 * day)) for day in range(10)}

    assert len(found(plant, spans)) == 240


def test_a_time_below_the_millisecond_is_met_where_the_log_cut_it(plant: Plant) -> None:
    late = hours(26) + timedelta(minutes=30, microseconds=700)
    add(plant, [late], said=late.replace(microsecond=0))

    assert found(plant, {"2026-03-02": span(late, late)}) == [late]


def add(plant: Plant, times: Iterable[datetime], said: datetime | None = None) -> None:
    """A file for each reading; the log names its time, or another that is `said`."""
    folder, schema = Path(plant.lake.path(READINGS_TABLE)), arrow_schema(READINGS_TABLE)
    actions = []
    for at in times:
        name, rows = f"{at:%Y%m%dT%H%M%S%f}.parquet", pa.Table.from_pylist([{"measured_at": at}], schema)
        pq.write_table(rows.select(EXTENT), folder / name)
        shown = f"{said or at:%Y-%m-%dT%H:%M:%S}.000Z"
        stats = f'{{"numRecords":1,"minValues":{{"measured_at":"{shown}"}},"maxValues":{{"measured_at":"{shown}"}}}}'
        partition = {"measured_date": str(at.date()), "factory_id": "bremen"}
        size = (folder / name).stat().st_size
        actions.append(AddAction(name, size, partition, 0, data_change=True, stats=stats))
    delta = DeltaTable(folder)
    delta.create_write_transaction(actions, "append", delta.schema(), list(READINGS_TABLE.partition_by))


def found(plant: Plant, spans: dict[str, tuple[int, int]]) -> list[datetime]:
    """The times of the files that are met."""
    times = [
        pq.read_table(row_group.key, partitioning=None, filesystem=row_group.folder.arrow()).column("measured_at")
        for row_group in readings_near(plant, spans)
    ]
    return sorted(column[0].as_py() for column in times)


def span(first: datetime, last: datetime) -> tuple[int, int]:
    """Both times in microseconds since the epoch."""
    return (first - EPOCH) // timedelta(microseconds=1), (last - EPOCH) // timedelta(microseconds=1)


def hours(number: int) -> datetime:
    """So many hours after the first day began."""
    return DAY + timedelta(hours=number)
