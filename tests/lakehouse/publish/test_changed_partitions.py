"""A small table replaced as a whole: only where a row differs, and the commit says since when."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Column, Rule, Severity, Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.errors import GateRefused
from lakehouse.lake import Lake
from lakehouse.publish.changed_partitions import replace_changed_table

TABLE = Table(
    "silver", "facts", "What is true of places since when",
    (Column("place", "string", "Place", nullable=False), Column("since", "timestamp", "Since when", nullable=False),
     Column("size", "double", "Size"), Column("_faults", "array<string>", "Faults")),
    key=("place", "since"), retention_days=30,
    rules=(Rule("no_place", "place <> 'nowhere'", Severity.FAIL, "Places are somewhere"),),
)  # fmt: skip
TIMED = Table("silver", "facts", TABLE.description, TABLE.columns[:3], key=TABLE.key, rules=TABLE.rules)
FIRST = datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC)
Key = tuple[str, datetime]
Sizes = Mapping[Key, float | None]
KEYS = st.tuples(st.sampled_from("ab"), st.integers(0, 5).map(lambda days: FIRST + timedelta(days=days)))
SIZES = st.dictionaries(KEYS, st.sampled_from((None, 0.0, -0.0, 1.5, math.nan)), max_size=8)


def rows(sizes: Sizes, table: Table = TIMED) -> pa.Table:
    made = [{"place": place, "since": since, "size": size} for (place, since), size in sizes.items()]
    return pa.Table.from_pylist(made, arrow_schema(table))


def bits(sizes: Sizes) -> Counter[tuple[Key, str]]:
    return Counter((key, "" if size is None else size.hex()) for key, size in sizes.items())


@contextmanager
def new_lake() -> Iterator[Lake]:
    with TemporaryDirectory() as folder:
        yield Lake(Path(folder))


def seen(version: int) -> CommitMetadata:
    return CommitMetadata(built_from={"gold.source": version})


def versions(lake: Lake) -> tuple[int | None, int | None]:
    return lake.version(TABLE), lake.content_version(TABLE)


@given(SIZES, SIZES)
@settings(max_examples=30)
def test_a_commit_says_of_which_day_the_earliest_row_is_that_came_or_went(before: Sizes, after: Sizes) -> None:
    one, other = bits(before), bits(after)
    changed = [since for (_, since), _ in ((one - other) + (other - one))]
    with new_lake() as lake:
        replace_changed_table(lake, TIMED, rows(before), seen(1), time="since")

        done = replace_changed_table(lake, TIMED, rows(after), seen(2), time="since")

        assert done.changed == bool(changed)
        expected = min(changed).date() if changed else None
        assert lake.commits(TIMED)[-1].metadata.since == expected
        assert lake.commits(TIMED)[0].metadata.since is None
        held = {(row["place"], row["since"]): row["size"] for row in lake.arrow(TIMED).to_pylist()}
        assert bits(held) == other


def test_a_column_that_follows_from_others_changes_no_earlier_day(tmp_path: Path) -> None:
    """What is built from the table is not behind for it; a row that differs besides is one as ever."""
    older = Table("silver", "facts", TABLE.description, TABLE.columns[:2], key=TABLE.key)
    sizes: Sizes = {("a", FIRST): 1.5, ("b", FIRST + timedelta(days=2)): None}
    later: Sizes = {**sizes, ("b", FIRST + timedelta(days=1)): 2.0}
    for after, since in ((sizes, date.max), (later, date(2026, 3, 2))):
        lake = Lake(tmp_path / str(since))
        replace_changed_table(lake, older, rows(sizes).select(["place", "since"]), seen(1), time="since")

        done = replace_changed_table(lake, TIMED, rows(after), seen(2), time="since", derived=("size",))

        assert done.changed
        assert lake.commits(TIMED)[-1].metadata.since == since
        held = {(row["place"], row["since"]): row["size"] for row in lake.arrow(TIMED).to_pylist()}
        assert held == after


def test_the_first_publish_of_no_rows_makes_the_table_with_its_verdict_and_without_a_file(tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    done = replace_changed_table(lake, TIMED, rows({}), seen(1), time="since")

    assert done.changed
    assert versions(lake) == (1, None)
    metadata = lake.commits(TIMED)[-1].metadata
    assert metadata.audit is not None
    assert (metadata.built_from, metadata.audit.verdict, metadata.since) == (seen(1).built_from, "PASS", None)
    assert lake.arrow(TIMED).equals(rows({}))
    assert not list(tmp_path.rglob("*.parquet"))


def test_equal_content_in_another_order_is_only_noted_and_noted_once(tmp_path: Path) -> None:
    lake, sizes = Lake(tmp_path), {("a", FIRST): 1.5, ("b", FIRST): None, ("a", FIRST + timedelta(1)): math.nan}
    replace_changed_table(lake, TABLE, rows(sizes, TABLE), seen(1))
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())

    for version in (1, 2, 2):
        done = replace_changed_table(lake, TABLE, rows(dict(reversed([*sizes.items()])), TABLE), seen(version))
        assert not done.changed

    assert (versions(lake), lake.last(TABLE, lambda metadata: metadata.built_from.get("gold.source"))) == ((2, 1), 2)
    added = {path.name for path in tmp_path.rglob("*") if path.is_file()} - {path.name for path in files}
    assert added == {f"{2:020}.json"}


def test_a_row_whose_list_differs_is_a_change(tmp_path: Path) -> None:
    lake, whole = Lake(tmp_path), rows({("a", FIRST): 1.5}, TABLE)
    replace_changed_table(lake, TABLE, whole, CommitMetadata())
    faulty = whole.set_column(3, "_faults", pa.array([["late"]], pa.list_(pa.string())))

    assert replace_changed_table(lake, TABLE, faulty, CommitMetadata()).changed
    assert lake.arrow(TABLE).column("_faults").to_pylist() == [["late"]]


def test_a_table_that_is_to_hold_nothing_is_emptied(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    replace_changed_table(lake, TIMED, rows({("a", FIRST): 1.5}), CommitMetadata(), time="since")

    assert replace_changed_table(lake, TIMED, rows({}), CommitMetadata(), time="since").changed

    assert (lake.arrow(TIMED).num_rows, versions(lake)) == (0, (2, 2))
    assert lake.commits(TIMED)[-1].metadata.since == FIRST.date()


def test_a_column_that_came_later_changes_the_table_where_it_says_something(tmp_path: Path) -> None:
    lake, sizes = Lake(tmp_path), {("a", FIRST): 1.5, ("b", FIRST + timedelta(2)): 2.5}
    wider = Table("silver", "facts", "Wider", (*TIMED.columns, Column("more", "double", "More")), key=TIMED.key)
    replace_changed_table(lake, TIMED, rows(sizes), CommitMetadata())
    more = [rows(sizes).append_column("more", pa.array(said, pa.float64())) for said in ([None, None], [None, 3.5])]

    assert [replace_changed_table(lake, wider, one, CommitMetadata(), time="since").changed for one in more] == [
        False,
        True,
    ]

    assert lake.commits(wider)[-1].metadata.since == (FIRST + timedelta(2)).date()
    assert sorted(lake.arrow(wider).column("more").to_pylist(), key=str) == [3.5, None]


def test_a_refused_replacement_leaves_the_version_and_nothing_aside(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    replace_changed_table(lake, TIMED, rows({("a", FIRST): 1.5}), CommitMetadata())

    with pytest.raises(GateRefused, match="no_place: 1 of 2 rows"):
        replace_changed_table(lake, TIMED, rows({("a", FIRST): 1.5, ("nowhere", FIRST): 1.5}), CommitMetadata())

    assert versions(lake) == (1, 1)
    assert not (tmp_path / "_staging").exists()
