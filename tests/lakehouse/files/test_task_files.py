"""Files of tasks: packed by how many rows they have, and read back as they were."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse.files import task_files
from lakehouse.files.file_statistics import statistics
from lakehouse.files.task_files import TaskFiles
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at


def test_a_file_of_few_rows_is_packed_for_speed_and_one_of_many_for_size(tmp_path: Path) -> None:
    few, many = (pq.read_metadata(written(tmp_path, numbered(rows))).row_group(0) for rows in (24, 5_000))

    assert [few.column(at).compression for at in range(3)] == ["SNAPPY"] * 3
    assert [few.column(at).has_dictionary_page for at in range(3)] == [True, False, False]
    assert [many.column(at).compression for at in range(3)] == ["ZSTD"] * 3
    assert all(many.column(at).has_dictionary_page for at in range(2))


@pytest.mark.parametrize("rows", [1, 24, 5_000])
def test_rows_are_read_back_as_they_were(tmp_path: Path, rows: int) -> None:
    table = numbered(rows)

    assert pq.read_table(written(tmp_path, table)).equals(table)


def test_the_footer_of_a_small_file_has_the_statistics_of_texts(tmp_path: Path) -> None:
    path = written(tmp_path, numbered(24))

    found = pq.read_metadata(path).row_group(0).column(0).statistics
    assert (found.min, found.max) == ("m-00", "m-02")
    assert statistics(storage_at(path.parent), Key(path.name), ["machine_id"]).least == {"machine_id": "m-00"}


def test_memory_for_waiting_rows_is_given_back_as_files_are_written(tmp_path: Path, monkeypatch: Any) -> None:
    rows = numbered(1_000)
    monkeypatch.setattr(task_files, "_ALL_FILES_BYTES", 3 * rows.nbytes)
    monkeypatch.setattr(task_files, "_ROW_GROUP_BYTES", 2 * rows.nbytes)

    with TaskFiles(storage_at(tmp_path)) as out:
        for turn in range(40):
            out.write(f"part-{turn % 7}", rows)
            assert sum(file.waiting_bytes for file in out._files.values()) < 3 * rows.nbytes
        names = dict(out.names)

    assert {name: pq.read_metadata(tmp_path / key).num_rows for name, key in names.items()} == {
        f"part-{turn}": 6_000 if turn < 5 else 5_000 for turn in range(7)
    }


def numbered(rows: int) -> pa.Table:
    """Rows of three machines."""
    values = [float(number % 10) for number in range(rows)]
    names = [f"m-{number % 3:02d}" for number in range(rows)]
    return pa.table({"machine_id": names, "value": values, "_line": range(rows)})


def written(folder: Path, table: pa.Table) -> Path:
    """The file that a task writes of the rows."""
    with TaskFiles(storage_at(folder)) as out:
        out.write("part", table)
    return folder / out.names["part"]
