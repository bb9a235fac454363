"""Files of tasks: packed by how many rows they have, and read back as they were."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

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
