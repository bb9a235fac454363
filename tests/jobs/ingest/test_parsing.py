"""A batch is parsed into the tables' files by tasks; what is gone or changed by then is left out, and no row twice."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from bronze.files import Outcome
from expectations.audit.counting import ROWS
from jobs.ingest.parsing import parse, read_group
from jobs.ingest.plan import Batch, PlannedFile
from jobs.ingest.staging import Staged
from lakehouse.storage.places import storage_at
from tests.support.reader_files import line, long_mapping

CLOCK = datetime(2026, 4, 1, tzinfo=UTC)
MAPPING = long_mapping()


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    (tmp_path / "landing").mkdir()
    return tmp_path / "landing"


@pytest.fixture
def staged_in(tmp_path: Path) -> Path:
    (tmp_path / "staged").mkdir()
    return tmp_path / "staged"


def _land(landing: Path, name: str, data: bytes, outcome: Outcome = Outcome.READ) -> PlannedFile:
    (landing / name).write_bytes(data)
    sha = hashlib.sha256(data).hexdigest()
    return PlannedFile(name, len(data), 0, sha, "readings", MAPPING.name, outcome, "", 0, 1, sha[:16])


def _values(folder: Path, names: list[str]) -> list[float]:
    return sorted(pa.concat_tables(pq.read_table(folder / name) for name in names)["value"].to_pylist())


def test_a_task_writes_a_file_for_each_table_that_has_rows(landing: Path, staged_in: Path) -> None:
    files = (_land(landing, "a", line(value=1.0) + b"\ngarbage\n"), _land(landing, "b", line(value=2.0) + b"\n"))

    parsed = read_group(
        Batch(1, CLOCK, files).read_tasks(storage_at(landing)), {MAPPING.name: MAPPING}, storage_at(staged_in)
    )

    assert _values(staged_in, [parsed.files["readings"]]) == [1.0, 2.0]
    assert pq.read_table(staged_in / parsed.files["rejected"])["record_count"].to_pylist() == [1]
    assert [count["records"] for count in parsed.counts.values()] == [2, 1]
    assert not parsed.lost


def test_a_task_without_rejected_records_has_no_file_of_them(landing: Path, staged_in: Path) -> None:
    batch = Batch(1, CLOCK, (_land(landing, "a", line() + b"\n"),))

    parsed = read_group(batch.read_tasks(storage_at(landing)), {MAPPING.name: MAPPING}, storage_at(staged_in))

    assert set(parsed.files) == {"readings"}
    assert [path.name for path in staged_in.iterdir()] == [parsed.files["readings"]]


def test_files_are_read_in_the_order_in_which_they_came(landing: Path) -> None:
    files = [replace(_land(landing, name, line() + name.encode() + b"\n"), modified_us=us) for name, us in
             (("a", 3), ("b", 1), ("c", 2), ("d", 1))]  # fmt: skip

    tasks = Batch(1, CLOCK, tuple(files)).read_tasks(storage_at(landing))

    assert [task.path for task in tasks] == ["b", "d", "c", "a"]


def test_a_group_that_is_read_twice_leaves_two_files_of_which_each_is_whole(landing: Path, staged_in: Path) -> None:
    tasks = Batch(1, CLOCK, (_land(landing, "a", line(value=1.0) + b"\n"),)).read_tasks(storage_at(landing))

    parsed_twice = [read_group(tasks, {MAPPING.name: MAPPING}, storage_at(staged_in)) for _ in range(2)]

    assert len({parsed.files["readings"] for parsed in parsed_twice}) == 2
    assert [_values(staged_in, [parsed.files["readings"]]) for parsed in parsed_twice] == [[1.0], [1.0]]


@pytest.mark.spark
def test_what_is_changed_or_gone_is_left_out_and_a_copy_read_in_its_place(
    spark: SparkSession, landing: Path, staged_in: Path
) -> None:
    files = [_land(landing, f"{number}", line(value=float(number)) + b"\n") for number in range(6)]
    files.append(_land(landing, "copy of 1", line(value=1.0) + b"\n", Outcome.DUPLICATE_FILE))
    (landing / "0").unlink()
    (landing / "1").write_bytes(line(value=9.0) + b"\n")
    batch = Batch(1, CLOCK, tuple(files))

    staged = parse(lambda: spark, batch, storage_at(landing), [MAPPING], storage_at(staged_in), 2, task_bytes=1)

    assert staged.vanished == ["0", "1"]
    assert staged.figures["readings"][ROWS] == 5
    assert _values(staged_in, staged.files["readings"]) == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert set(staged.counts) == {file.file_id for file in files[1:]}
    rows = batch.without(set(staged.vanished)).final_rows(staged.counts, [])
    assert [row["outcome"] for row in rows] == ["vanished", "vanished", *["read"] * 5]


@pytest.mark.spark
def test_a_batch_of_which_nothing_is_left_is_empty(spark: SparkSession, landing: Path, staged_in: Path) -> None:
    file = _land(landing, "a", line() + b"\n")
    (landing / "a").unlink()

    found = parse(lambda: spark, Batch(1, CLOCK, (file,)), storage_at(landing), [MAPPING], storage_at(staged_in), 2)

    assert found == Staged({}, {}, {}, ["a"])


def test_a_file_whose_mapping_was_renamed_is_left_out_and_the_others_are_read(landing: Path, staged_in: Path) -> None:
    files = (
        _land(landing, "a", line(value=1.0) + b"\n"),
        replace(_land(landing, "b", line(value=2.0) + b"\n"), mapping="old"),
    )

    def no_engine() -> SparkSession:
        raise AssertionError

    staged = parse(no_engine, Batch(1, CLOCK, files), storage_at(landing), [MAPPING], storage_at(staged_in), 2)

    assert staged.vanished == ["b"]
    assert _values(staged_in, staged.files["readings"]) == [1.0]
