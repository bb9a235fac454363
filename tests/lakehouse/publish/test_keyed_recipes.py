"""A table that is rebuilt machine by machine: those in the files that came or went, and no other."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Column, Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.lake import Lake
from lakehouse.publish.changed_keys import changed_keys
from lakehouse.publish.changed_partitions import Replaced, replace_by_changed
from lakehouse.publish.rebuild import rebuild
from lakehouse.publish.recipe import KeyedRecipe
from lakehouse.publish.rows import replace_changed_rows
from lakehouse.publish.stale import is_behind, keyed_work_of
from tests.support.audited_files import audited_rows

MACHINE = Column("machine_id", "string", "Machine", nullable=False)
SIZE = Column("size", "bigint", "Size")
DAILY = Table(
    "silver", "daily", "Sizes by day and machine", (Column("day", "date", "Day", nullable=False), MACHINE, SIZE),
    key=("day", "machine_id"), partition_by=("day",),
)  # fmt: skip
FACTORS = Table("silver", "factors", "A factor of each machine", (MACHINE, SIZE), key=("machine_id",))
SUMS = Table("gold", "sums", "The sum of each machine", (MACHINE, SIZE), key=("machine_id",))
DAYS = [date(2026, 3, 1) + timedelta(days=n) for n in range(3)]
O_NEILL = "m'o"  # a name that is not legal in SQL without care


def sums(tables: Mapping[str, pa.Table]) -> pa.Table:
    factor = {row["machine_id"]: row["size"] for row in tables[FACTORS.name].to_pylist()}
    found: dict[str, int] = {}
    for row in tables[DAILY.name].to_pylist():
        found[row["machine_id"]] = found.get(row["machine_id"], 0) + row["size"] * factor.get(row["machine_id"], 1)
    rows = [{"machine_id": name, "size": size} for name, size in found.items()]
    return pa.Table.from_pylist(rows, arrow_schema(SUMS))


RECIPE = KeyedRecipe(SUMS, "machine_id", {DAILY: ("machine_id", "size"), FACTORS: FACTORS.column_names}, sums)


def no_engine() -> NoReturn:
    pytest.fail("a keyed table needs no engine")


def put(lake: Lake, contents: Mapping[date, Mapping[str, int]]) -> None:
    rows = [{"day": day, "machine_id": name, "size": size} for day, of in contents.items() for name, size in of.items()]
    with audited_rows(lake, DAILY, pa.Table.from_pylist(rows, arrow_schema(DAILY))) as batch:
        replace_by_changed(lake, batch, list(contents), CommitMetadata())


def put_factors(lake: Lake, factors: Sequence[tuple[str, int]]) -> None:
    replace_changed_rows(lake, FACTORS, [{"machine_id": name, "size": size} for name, size in factors])


def stored(lake: Lake) -> dict[str, int]:
    return {row["machine_id"]: row["size"] for row in lake.arrow(SUMS).to_pylist()}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    put(lake, {DAYS[0]: {"m1": 1, "m2": 2}, DAYS[1]: {"m1": 10, O_NEILL: 30}})
    rebuild(no_engine, lake, RECIPE)
    return lake


def test_the_first_build_is_of_every_machine_and_then_nothing_is_behind(lake: Lake) -> None:
    assert stored(lake) == {"m1": 11, "m2": 2, O_NEILL: 30}
    assert not is_behind(lake, RECIPE)
    assert rebuild(no_engine, lake, RECIPE) is None


def test_a_change_reaches_the_machines_of_its_files(lake: Lake) -> None:
    put(lake, {DAYS[2]: {O_NEILL: 5}})

    work = keyed_work_of(lake, RECIPE)

    assert work is not None
    assert work.keys == (O_NEILL,)
    assert rebuild(no_engine, lake, RECIPE) == Replaced((), changed=True)
    assert stored(lake) == {"m1": 11, "m2": 2, O_NEILL: 35}


def test_a_machine_without_rows_any_more_is_gone(lake: Lake) -> None:
    put(lake, {DAYS[0]: {"m1": 1}})

    work = keyed_work_of(lake, RECIPE)
    rebuild(no_engine, lake, RECIPE)

    assert work is not None
    assert work.keys == ("m1", "m2")
    assert stored(lake) == {"m1": 11, O_NEILL: 30}


def test_a_second_source_reaches_its_machines_too(lake: Lake) -> None:
    put_factors(lake, [("m2", 7)])
    rebuild(no_engine, lake, RECIPE)

    assert stored(lake)["m2"] == 14
    assert not is_behind(lake, RECIPE)


def test_what_changed_cannot_be_known_when_clean_up_has_removed_the_files_of_then(lake: Lake) -> None:
    seen = lake.version(DAILY)
    put(lake, {DAYS[0]: {"m1": 1}})
    assert changed_keys(lake, DAILY, "machine_id", seen) == {"m1", "m2"}
    DeltaTable(lake.path(DAILY)).vacuum(0, dry_run=False, enforce_retention_duration=False)

    assert changed_keys(lake, DAILY, "machine_id", seen) is None
    rebuild(no_engine, lake, RECIPE)
    assert stored(lake) == {"m1": 11, O_NEILL: 30}


NAMES = st.dictionaries(st.sampled_from(["m1", "m2", O_NEILL]), st.integers(0, 9), max_size=3)
CHANGES = st.lists(st.dictionaries(st.sampled_from(DAYS), NAMES, min_size=1, max_size=2), min_size=2, max_size=4)


@given(CHANGES)
@settings(max_examples=12)
def test_machine_by_machine_it_ends_as_a_build_from_nothing(changes: list[dict[date, dict[str, int]]]) -> None:
    with TemporaryDirectory() as folder:
        grown, fresh = Lake(Path(folder) / "grown"), Lake(Path(folder) / "fresh")
        for contents in changes:
            for lake in (grown, fresh):
                put(lake, contents)
            rebuild(no_engine, grown, RECIPE)
            assert not is_behind(grown, RECIPE)
        rebuild(no_engine, fresh, RECIPE)

        assert stored(grown) == stored(fresh)
