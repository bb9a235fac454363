"""A table that is only appended to: rows of the dates that changed whose key it has not, once."""

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Column, Table
from lakehouse.commit_metadata import CommitMetadata, Scoring
from lakehouse.lake import Lake
from lakehouse.publish.changed_partitions import Replaced, replace_by_changed
from lakehouse.publish.reaches import Built, Dated, NoDates
from lakehouse.publish.rebuild import rebuild_here
from lakehouse.publish.recipe import AppendRecipe, Inputs
from lakehouse.publish.rows import replace_changed_rows
from lakehouse.publish.stale import is_behind, work_of
from tests.support.audited_files import audited_rows
from tests.support.past_the_gate import put_rows

COLUMNS = (Column("day", "date", "Day", nullable=False), Column("size", "bigint", "Size"))
COUNTS = Table("silver", "counts", "Counts", COLUMNS, key=("day",), partition_by=("day",))
SENT = Table("bronze", "sent", "Rows from outside", COLUMNS, key=("day",))
SCORES = Table(
    "gold", "scores", "Scores", (*COLUMNS, Column("source", "string", "Source", nullable=False)),
    key=("day", "source"), partition_by=("day",),
)  # fmt: skip
DAYS = [date(2026, 3, 1) + timedelta(days=n) for n in range(4)]


class Bundle:
    def __init__(self, name: str) -> None:
        self.name = name

    def now(self, built: Built) -> CommitMetadata:
        del built
        return CommitMetadata(scoring=Scoring(self.name))

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        return None if built.last is not None and built.last.scoring == now.scoring else set(built.dates)


def recipe(seen: list[list[date]], name: str = "a") -> AppendRecipe:
    """Scores of one bundle; `seen` gets the dates of the rows that each build is given."""

    def build(given: Inputs) -> pa.Table:
        seen.append(sorted(given.rows.column("day").to_pylist()))
        own = [{**row, "source": name} for row in given.rows.to_pylist()]
        sent = [{**row, "source": "sent"} for row in given.tables[SENT.name].to_pylist()]
        return pa.Table.from_pylist([*own, *sent], arrow_schema(SCORES))

    return AppendRecipe(SCORES, build, Dated(COUNTS), (NoDates(SENT),), Bundle(name), origins=(COUNTS,))


def put(lake: Lake, counts: dict[date, int]) -> None:
    rows = pa.Table.from_pylist([{"day": day, "size": size} for day, size in counts.items()], arrow_schema(COUNTS))
    with audited_rows(lake, COUNTS, rows) as batch:
        replace_by_changed(lake, batch, list(counts), CommitMetadata())


def stored(lake: Lake) -> list[tuple[int, str, int]]:
    rows = lake.arrow(SCORES).to_pylist()
    return sorted((DAYS.index(row["day"]), row["source"], row["size"]) for row in rows)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    put(lake, dict.fromkeys(DAYS[:2], 1))
    return lake


def test_rows_are_appended_once_and_never_changed(lake: Lake) -> None:
    seen: list[list[date]] = []
    assert rebuild_here(lake, recipe(seen)) == Replaced((), changed=True)
    assert rebuild_here(lake, recipe(seen)) is None

    put(lake, {DAYS[1]: 100, DAYS[2]: 3})
    rebuild_here(lake, recipe(seen))

    assert stored(lake) == [(0, "a", 1), (1, "a", 1), (2, "a", 3)]
    assert seen == [DAYS[:2], DAYS[1:3]]


def test_another_value_reaches_every_date(lake: Lake) -> None:
    seen: list[list[date]] = []
    rebuild_here(lake, recipe(seen))

    rebuild_here(lake, recipe(seen, "b"))

    assert stored(lake) == [(0, "a", 1), (0, "b", 1), (1, "a", 1), (1, "b", 1)]
    assert seen[-1] == DAYS[:2]


def test_a_small_source_gives_rows_of_its_own_and_reaches_no_date(lake: Lake) -> None:
    seen: list[list[date]] = []
    rebuild_here(lake, recipe(seen))
    replace_changed_rows(lake, SENT, [{"day": DAYS[3], "size": 9}])

    work = work_of(lake, recipe(seen))
    rebuild_here(lake, recipe(seen))

    assert work is not None
    assert work.dates == ()
    assert stored(lake)[-1] == (3, "sent", 9)
    assert seen[-1] == []


def test_rows_that_change_nothing_are_recorded(lake: Lake) -> None:
    seen: list[list[date]] = []
    rebuild_here(lake, recipe(seen))
    put(lake, {DAYS[0]: 50})

    assert rebuild_here(lake, recipe(seen)) == Replaced((), changed=False)
    assert not is_behind(lake, recipe(seen))


def test_a_commit_that_changed_rows_and_names_no_dates_reaches_all(lake: Lake) -> None:
    """As other software commits."""
    seen: list[list[date]] = []
    rebuild_here(lake, recipe(seen))
    put_rows(lake, COUNTS, pa.table({"day": pa.array([DAYS[3]], pa.date32()), "size": [4]}))

    rebuild_here(lake, recipe(seen))

    assert stored(lake)[-1] == (3, "a", 4)
    assert seen[-1] == [DAYS[0], DAYS[1], DAYS[3]]
