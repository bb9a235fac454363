"""A table whose rows look back over a number of rows of their sensor: over midnight, over gaps, after late rows."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Column, Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.lake import Lake
from lakehouse.publish.changed_partitions import replace_by_changed
from lakehouse.publish.reaches import Dated
from lakehouse.publish.rebuild import rebuild
from lakehouse.publish.recipe import Beside, Inputs, Recipe
from lakehouse.publish.row_windows import RowWindow
from lakehouse.publish.stale import is_behind, work_of
from tests.support.audited_files import audited_rows

COLUMNS = (
    Column("day", "date", "Day", nullable=False),
    Column("sensor_id", "string", "Sensor", nullable=False),
    Column("hour", "bigint", "Hour of the day", nullable=False),
    Column("size", "bigint", "Size", nullable=False),
)
KEY = ("day", "sensor_id", "hour")
READ = Table("silver", "read", "Readings", COLUMNS, key=KEY, partition_by=("day",))
MOVING = Table("gold", "moving", "The sum of a row and the rows before", COLUMNS, key=KEY, partition_by=("day",))
OTHER = Table("silver", "other", "More readings", COLUMNS, key=KEY, partition_by=("day",))
BACK = 3
FIRST = date(2026, 3, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(6)]
Row = tuple[str, int, int]
Contents = Mapping[date, Sequence[Row]]


def moving(given_: Inputs) -> pa.Table:
    rows = sorted(given_.rows.to_pylist(), key=lambda row: (row["sensor_id"], row["day"], row["hour"]))
    before: dict[str, list[int]] = {}
    found = []
    for row in rows:
        sizes = before.setdefault(row["sensor_id"], [])
        sizes.append(row["size"])
        if row["day"] in given_.dates:
            found.append({**row, "size": sum(sizes[-BACK - 1 :])})
    return pa.Table.from_pylist(found, arrow_schema(MOVING))


RECIPE = Recipe(MOVING, RowWindow(READ, ("sensor_id",), BACK), READ.column_names, moving)


def no_engine() -> NoReturn:
    pytest.fail("so little needs no engine")


def put(lake: Lake, contents: Contents, table: Table = READ) -> None:
    """What those dates hold from now on."""
    rows = [
        {"day": day, "sensor_id": sensor, "hour": hour, "size": size}
        for day, found in contents.items()
        for sensor, hour, size in found
    ]
    with audited_rows(lake, table, pa.Table.from_pylist(rows, arrow_schema(table))) as batch:
        replace_by_changed(lake, batch, list(contents), CommitMetadata())


def stored(lake: Lake) -> dict[tuple[date, str, int], int]:
    return {(row["day"], row["sensor_id"], row["hour"]): row["size"] for row in lake.arrow(MOVING).to_pylist()}


def dates(lake: Lake) -> tuple[date, ...]:
    work = work_of(lake, RECIPE)
    return () if work is None else work.dates


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Sensor a has two rows each day, b one on the first and on the last."""
    lake = Lake(tmp_path)
    put(lake, {day: [("a", 0, 1), ("a", 12, 1)] + [("b", 6, 10)] * (day in (DAYS[0], DAYS[-1])) for day in DAYS})
    rebuild(no_engine, lake, RECIPE)
    return lake


def test_a_window_reaches_over_midnight_to_as_many_rows_as_it_names(lake: Lake) -> None:
    rows = stored(lake)

    assert [rows[day, "a", hour] for day in DAYS[:2] for hour in (0, 12)] == [1, 2, 3, 4]
    assert rows[DAYS[-1], "b", 6] == 20
    assert not is_behind(lake, RECIPE)


def test_a_late_row_reaches_the_dates_with_fewer_rows_between(lake: Lake) -> None:
    """Of a the two dates after, which have 0 and 2 rows of it before them; of b the last date, far off."""
    put(lake, {DAYS[1]: [("a", 0, 1), ("a", 12, 1), ("a", 13, 100)]})

    assert dates(lake) == (DAYS[1], DAYS[2], DAYS[3], DAYS[5])
    rebuild(no_engine, lake, RECIPE)
    rows = stored(lake)
    assert [rows[DAYS[2], "a", 12], rows[DAYS[3], "a", 0], rows[DAYS[3], "a", 12]] == [103, 103, 4]


def test_a_date_that_lost_its_rows_reaches_on_too(lake: Lake) -> None:
    put(lake, {DAYS[0]: []})

    assert dates(lake) == (DAYS[0], DAYS[1], DAYS[2], DAYS[5])
    rebuild(no_engine, lake, RECIPE)
    assert stored(lake)[DAYS[5], "b", 6] == 10
    assert stored(lake)[DAYS[1], "a", 12] == 2


def test_the_newest_rows_reach_no_other_date(lake: Lake) -> None:
    put(lake, {DAYS[-1] + timedelta(days=9): [("b", 1, 5)]})

    assert dates(lake) == (DAYS[-1] + timedelta(days=9),)
    rebuild(no_engine, lake, RECIPE)
    assert stored(lake)[DAYS[-1] + timedelta(days=9), "b", 1] == 25


ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(0, 9)), max_size=4, unique_by=lambda row: row[:2]
)


@given(st.lists(st.dictionaries(st.sampled_from(DAYS), ROWS, min_size=1, max_size=3), min_size=2, max_size=4))
@settings(max_examples=15)
def test_date_by_date_it_ends_as_a_build_from_nothing(changes: list[dict[date, list[Row]]]) -> None:
    with TemporaryDirectory() as folder:
        grown, fresh = Lake(Path(folder) / "grown"), Lake(Path(folder) / "fresh")
        for contents in changes:
            for lake in (grown, fresh):
                put(lake, contents)
            rebuild(no_engine, grown, RECIPE)
            assert not is_behind(grown, RECIPE)
        rebuild(no_engine, fresh, RECIPE)

        assert stored(grown) == stored(fresh)


def with_others(given_: Inputs) -> pa.Table:
    """Each row plus all sizes of the other source on its date and the date before."""
    others = given_.tables[OTHER.name].to_pylist()
    rows = [row for row in given_.rows.to_pylist() if row["day"] in given_.dates]
    sums = {
        day: sum(row["size"] for row in others if row["day"] in (day, day - timedelta(days=1))) for day in given_.dates
    }
    return pa.Table.from_pylist([{**row, "size": row["size"] + sums[row["day"]]} for row in rows], arrow_schema(MOVING))


def test_a_second_source_by_date_reaches_by_its_own_rule(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    beside = Beside(Dated(OTHER, later=1), OTHER.column_names)
    recipe = Recipe(MOVING, Dated(READ), READ.column_names, with_others, beside=(beside,))
    put(lake, {day: [("a", 0, 1)] for day in DAYS})
    put(lake, {DAYS[0]: [("x", 0, 10)]}, OTHER)
    rebuild(no_engine, lake, recipe)
    assert [size for _, size in sorted(stored(lake).items())] == [11, 11, 1, 1, 1, 1]
    assert lake.commits(MOVING)[-1].metadata.built_from == {table.name: lake.version(table) for table in (READ, OTHER)}

    put(lake, {DAYS[3]: [("x", 0, 100)]}, OTHER)

    work = work_of(lake, recipe)
    assert work is not None
    assert work.dates == (DAYS[3], DAYS[4])
    rebuild(no_engine, lake, recipe)
    assert [size for _, size in sorted(stored(lake).items())] == [11, 11, 1, 101, 101, 1]
