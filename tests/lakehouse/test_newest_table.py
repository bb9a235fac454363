"""The newest state of a table is read once for each commit, and never an older one."""

import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from expectations.plant.file import load_profile
from expectations.tables.registry import tables
from lakehouse.delta_tables import MOST_OPEN, newest_table, open_table
from lakehouse.storage.places import storage_at


def write(folder: Path, *values: int) -> None:
    write_deltalake(folder, pa.table({"value": list(values)}), mode="append")


def values(folder: Path) -> list[int]:
    return sorted(newest_table(storage_at(folder)).to_pyarrow_table()["value"].to_pylist())


def test_a_table_without_another_commit_is_not_opened_again(tmp_path: Path) -> None:
    write(tmp_path / "table", 1)
    storage = storage_at(tmp_path / "table")

    assert newest_table(storage) is newest_table(storage_at(tmp_path / "table"))
    assert open_table(storage) is not open_table(storage)


def test_the_tables_of_a_plant_are_all_remembered() -> None:
    assert 2 * len(tables(load_profile("simulated"))) < MOST_OPEN


@pytest.mark.parametrize("commits", [1, 12], ids=["few commits", "more than a checkpoint"])
def test_each_commit_is_seen_whoever_wrote_it(tmp_path: Path, commits: int) -> None:
    folder = tmp_path / "table"
    seen = []
    for number in range(commits):
        write(folder, number)
        seen.append(values(folder))
    DeltaTable(folder).optimize.compact()

    assert seen == [list(range(number + 1)) for number in range(commits)]
    assert values(folder) == list(range(commits))
    assert newest_table(storage_at(folder)).version() == DeltaTable(folder).version()


def test_another_table_in_its_place_with_as_many_commits_is_another_table(tmp_path: Path) -> None:
    folder, other = tmp_path / "table", tmp_path / "other"
    write(folder, 1)
    write(other, 2)
    assert values(folder) == [1]

    shutil.rmtree(folder)
    shutil.copytree(other, folder)

    assert values(folder) == [2]


def test_a_table_that_is_taken_back_to_an_older_commit_is_the_older_one(tmp_path: Path) -> None:
    folder = tmp_path / "table"
    write(folder, 1)
    shutil.copytree(folder, tmp_path / "aside")
    write(folder, 2)
    assert values(folder) == [1, 2]

    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "aside", folder)

    assert values(folder) == [1]


def test_a_log_that_cannot_be_read_is_an_error_each_time(tmp_path: Path) -> None:
    write(tmp_path / "table", 1)
    newest_table(storage_at(tmp_path / "table"))
    (tmp_path / "table" / "_delta_log" / f"{1:020d}.json").write_text("{")

    for _ in range(2):
        with pytest.raises(DeltaError):
            newest_table(storage_at(tmp_path / "table"))


def test_a_folder_without_a_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DeltaError):
        newest_table(storage_at(tmp_path / "none"))
