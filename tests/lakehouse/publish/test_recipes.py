"""Derived tables by recipe: behind where a source changed, rebuilt where rows differ, in the order of their sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from graphlib import CycleError
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Column, Table
from lakehouse.commit_metadata import CommitMetadata, Scoring
from lakehouse.lake import Lake
from lakehouse.publish.changed_partitions import Replaced, replace_by_changed, replace_changed_table
from lakehouse.publish.reaches import Built, Dated, Since
from lakehouse.publish.rebuild import in_order, rebuild
from lakehouse.publish.recipe import AnyRecipe, Inputs, Recipe, WholeInputs, WholeRecipe
from lakehouse.publish.stale import is_behind, work_of
from lakehouse.writing.metadata import record_metadata
from tests.support.audited_files import audited_rows

DAY = Column("day", "date", "Day", nullable=False)
SIZE = Column("size", "bigint", "Size")
COUNTS = Table("silver", "counts", "Counts by day", (DAY, SIZE), key=("day",), partition_by=("day",))
RATES = Table(
    "silver", "rates", "A factor since a time",
    (Column("valid_from", "timestamp", "Since when", nullable=False), SIZE), key=("valid_from",),
)  # fmt: skip
SUMS = Table("gold", "sums", "A day and the day before, by the rates", (DAY, SIZE), key=("day",), partition_by=("day",))
TOTALS = Table("gold", "totals", "All sums", (SIZE,), key=("size",))
FIRST = date(2026, 3, 1)
ALL = [FIRST + timedelta(days=n) for n in range(5)]
NEXT = ALL[-1] + timedelta(days=1)  # its window looks back at the last date
Days = Mapping[date, int]


def sums(given_: Inputs) -> pa.Table:
    """Of each date that has a count, its count and that of the day before, times all rates that began by then."""
    counts = dict(zip(*(given_.rows.column(name).to_pylist() for name in ("day", "size")), strict=True))
    rates = [(row["valid_from"].date(), row["size"]) for row in given_.tables[RATES.name].to_pylist()]
    days = [day for day in given_.dates if day in counts]
    factor = {day: 1 + sum(size for since, size in rates if since <= day) for day in days}
    before = {day: counts.get(day - timedelta(days=1), 0) for day in days}
    rows = [{"day": day, "size": (counts[day] + before[day]) * factor[day]} for day in days]
    return pa.Table.from_pylist(rows, arrow_schema(SUMS))


def totals(given_: WholeInputs) -> pa.Table:
    return pa.table({"size": [pc.sum(given_.tables[SUMS.name].column("size")).as_py() or 0]})


OF_SUMS = Recipe(SUMS, Dated(COUNTS, later=1), ("day", "size"), sums, others=(Since(RATES),))
OF_TOTALS = WholeRecipe(TOTALS, (SUMS,), totals)


def no_engine() -> NoReturn:
    pytest.fail("so little needs no engine")


def build(lake: Lake, recipe: AnyRecipe = OF_SUMS) -> Replaced | None:
    return rebuild(no_engine, lake, recipe)


def put_counts(lake: Lake, counts: Days, dates: list[date]) -> None:
    """What those dates hold from now on."""
    rows = pa.Table.from_pylist([{"day": day, "size": size} for day, size in counts.items()], arrow_schema(COUNTS))
    with audited_rows(lake, COUNTS, rows) as batch:
        replace_by_changed(lake, batch, dates, CommitMetadata())


def put_rates(lake: Lake, rates: Days) -> None:
    rows = [{"valid_from": datetime(day.year, day.month, day.day, tzinfo=UTC), "size": n} for day, n in rates.items()]
    table = pa.Table.from_pylist(rows, arrow_schema(RATES))
    replace_changed_table(lake, RATES, table, CommitMetadata(), time="valid_from")


def stored(lake: Lake) -> dict[date, int]:
    return {row["day"]: row["size"] for row in lake.arrow(SUMS).to_pylist()}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    put_counts(lake, {day: 10**n for n, day in enumerate(ALL)}, ALL)
    put_rates(lake, {ALL[1]: 0})
    return lake


def test_the_first_build_is_of_every_date_and_then_nothing_is_behind(lake: Lake) -> None:
    assert is_behind(lake, OF_SUMS)

    done = build(lake)

    assert done == Replaced(tuple(map(str, ALL)), changed=True)
    assert stored(lake) == dict(zip(ALL, (1, 11, 110, 1100, 11000), strict=True))
    assert not is_behind(lake, OF_SUMS)
    assert build(lake) is None


def test_the_commit_names_every_source(lake: Lake) -> None:
    build(lake)

    versions = {table.name: lake.version(table) for table in (COUNTS, RATES)}
    assert lake.commits(SUMS)[-1].metadata.built_from == versions


def test_a_change_reaches_the_dates_whose_window_looks_back_at_it(lake: Lake) -> None:
    build(lake)
    put_counts(lake, {ALL[1]: 20}, [ALL[1]])

    work = work_of(lake, OF_SUMS)
    done = build(lake)

    assert work is not None
    assert work.dates == (ALL[1], ALL[2])
    assert done == Replaced((str(ALL[1]), str(ALL[2])), changed=True)
    assert stored(lake) == dict(zip(ALL, (1, 21, 120, 1100, 11000), strict=True))


def test_a_change_of_a_small_source_reaches_the_dates_since(lake: Lake) -> None:
    build(lake)
    put_rates(lake, {ALL[1]: 0, ALL[3]: 1})

    work = work_of(lake, OF_SUMS)
    build(lake)

    assert work is not None
    assert work.dates == (ALL[3], ALL[4], NEXT)
    assert stored(lake) == dict(zip(ALL, (1, 11, 110, 2200, 22000), strict=True))


def test_a_date_that_no_row_can_come_to_is_not_built(lake: Lake) -> None:
    recipe = Recipe(SUMS, Dated(COUNTS, later=1, rows_later=0), ("day", "size"), sums, others=(Since(RATES),))
    build(lake, recipe)
    put_counts(lake, {ALL[4]: 7}, [ALL[4]])

    work = work_of(lake, recipe)

    assert work is not None
    assert work.dates == (ALL[4],)


def test_a_small_source_may_reach_back(lake: Lake) -> None:
    recipe = Recipe(SUMS, Dated(COUNTS, later=1), ("day", "size"), sums, others=(Since(RATES, earlier=2),))
    build(lake, recipe)
    put_rates(lake, {ALL[1]: 0, ALL[3]: 1})

    work = work_of(lake, recipe)

    assert work is not None
    assert work.dates == (*ALL[1:], NEXT)


def test_a_date_that_lost_its_rows_is_emptied(lake: Lake) -> None:
    build(lake)
    put_counts(lake, {}, [ALL[2]])

    build(lake)

    assert stored(lake) == {ALL[0]: 1, ALL[1]: 11, ALL[3]: 1000, ALL[4]: 11000}


def test_commits_without_rows_and_compaction_leave_nothing_behind(lake: Lake) -> None:
    build(lake)
    for table in (COUNTS, RATES):
        record_metadata(lake, table, CommitMetadata(clock="file"))
        DeltaTable(lake.path(table)).optimize.compact()

    assert not is_behind(lake, OF_SUMS)


def test_a_rebuild_that_changes_no_row_is_recorded(lake: Lake) -> None:
    build(lake)
    put_rates(lake, {ALL[1]: 0, ALL[4] + timedelta(days=9): 7})

    done = build(lake)

    assert done == Replaced((), changed=False)
    assert not is_behind(lake, OF_SUMS)


def test_killed_before_its_commit_the_next_run_does_the_same(lake: Lake) -> None:
    build(lake)
    put_counts(lake, {ALL[1]: 20}, [ALL[1]])

    def killed(_: Inputs) -> pa.Table:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(lake, Recipe(SUMS, OF_SUMS.source, OF_SUMS.columns, killed, OF_SUMS.others))
    done = build(lake)

    assert done is not None
    assert done.dates == (str(ALL[1]), str(ALL[2]))


def test_where_the_log_no_longer_reaches_back_every_date_is_built(lake: Lake) -> None:
    build(lake)
    put_counts(lake, {ALL[1]: 20}, [ALL[1]])
    put_counts(lake, {ALL[3]: 30}, [ALL[3]])
    log = Path(lake.path(COUNTS)) / "_delta_log"
    DeltaTable(lake.path(COUNTS)).create_checkpoint()
    newest = lake.version(COUNTS)
    for path in log.glob("*.json"):
        if int(path.stem) != newest:
            path.unlink()

    work = work_of(lake, OF_SUMS)
    build(lake)

    assert work is not None
    assert work.dates == (*ALL, NEXT)
    assert stored(lake) == dict(zip(ALL, (1, 21, 120, 130, 10030), strict=True))


CHANGES = st.lists(
    st.one_of(
        st.dictionaries(st.sampled_from(ALL), st.integers(0, 9), min_size=1).map(lambda days: ("counts", days)),
        st.sets(st.sampled_from(ALL), min_size=1).map(lambda days: ("gone", dict.fromkeys(days, 0))),
        st.dictionaries(st.sampled_from(ALL), st.integers(0, 3)).map(lambda days: ("rates", days)),
    ),
    min_size=1, max_size=5,
)  # fmt: skip


@given(CHANGES)
@settings(max_examples=15)
def test_date_by_date_it_ends_as_a_build_from_nothing(changes: list[tuple[str, dict[date, int]]]) -> None:
    with TemporaryDirectory() as folder:
        grown, fresh = Lake(Path(folder) / "grown"), Lake(Path(folder) / "fresh")
        for kind, days in changes:
            for lake in (grown, fresh):
                _change(lake, kind, days)
            build(grown)
            assert not is_behind(grown, OF_SUMS)
        build(fresh)

        assert stored(grown) == stored(fresh)


def _change(lake: Lake, kind: str, days: dict[date, int]) -> None:
    if kind == "rates":
        put_rates(lake, days)
    else:
        put_counts(lake, days if kind == "counts" else {}, [*days])


def test_a_small_table_is_rebuilt_where_its_source_has_other_rows(lake: Lake) -> None:
    build(lake)
    build(lake, OF_TOTALS)
    assert lake.arrow(TOTALS).to_pylist() == [{"size": 12222}]
    record_metadata(lake, SUMS, CommitMetadata(clock="file"))
    assert not is_behind(lake, OF_TOTALS)

    put_counts(lake, {ALL[0]: 2}, [ALL[0]])
    assert not is_behind(lake, OF_TOTALS)
    build(lake)

    assert is_behind(lake, OF_TOTALS)
    build(lake, OF_TOTALS)
    assert lake.arrow(TOTALS).to_pylist() == [{"size": 12224}]


def test_a_small_table_without_sources_is_behind_where_its_rows_differ(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    one = WholeRecipe(TOTALS, (), lambda _: pa.table({"size": [1]}))
    two = WholeRecipe(TOTALS, (), lambda _: pa.table({"size": [2]}))

    assert build(lake, one) == Replaced((), changed=True)
    assert build(lake, one) is None
    assert build(lake, two) == Replaced((), changed=True)
    assert lake.arrow(TOTALS).to_pylist() == [{"size": 2}]


def test_a_small_table_is_behind_where_its_values_are_others(lake: Lake) -> None:
    runs, files = (WholeRecipe(TOTALS, (SUMS,), totals, values=CommitMetadata(clock=name)) for name in ("run", "file"))
    build(lake, runs)

    assert not is_behind(lake, runs)
    assert is_behind(lake, files)


@dataclass(frozen=True)
class Bundle:
    """A value beside tables: the name of a bundle. Another one reaches the newest date."""

    name: str

    def now(self, built: Built) -> CommitMetadata:
        del built
        return CommitMetadata(scoring=Scoring(self.name))

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        if built.last is None or built.last.scoring == now.scoring:
            return None
        return {max(built.dates)}


def test_other_values_reach_the_dates_that_they_name(lake: Lake) -> None:
    one, two = (Recipe(SUMS, Dated(COUNTS), COUNTS.column_names, _rows, values=Bundle(name)) for name in ("a", "b"))
    build(lake, one)
    assert not is_behind(lake, one)

    work = work_of(lake, two)
    build(lake, two)

    assert work is not None
    assert (work.dates, work.metadata.scoring) == ((ALL[-1],), Scoring("b"))
    assert lake.last(SUMS, lambda metadata: metadata.scoring) == Scoring("b")


def _rows(given_: Inputs) -> pa.Table:
    return given_.rows.select(["day", "size"])


def test_tables_come_after_what_they_are_built_from() -> None:
    days = Table("gold", "days", "Days of sums", (DAY, SIZE), key=("day",), partition_by=("day",))
    last = Recipe(days, Dated(SUMS), ("day", "size"), _rows)

    names = [recipe.target.name for recipe in in_order([OF_TOTALS, last, OF_SUMS])]

    assert names == [SUMS.name, TOTALS.name, days.name]


def test_tables_that_follow_from_each_other_are_refused() -> None:
    back = Recipe(COUNTS, Dated(SUMS), ("day", "size"), _rows)

    with pytest.raises(CycleError):
        in_order([OF_SUMS, back])
