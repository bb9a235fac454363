"""The gate: a batch is written aside, judged as it is written, and published or forgotten."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from expectations.contract import Column, Rule, Severity, Table
from expectations.counting import count
from jobs.runtime.delta import Lake
from jobs.runtime.errors import GateRefused
from jobs.runtime.gate import judge_counts, staged
from jobs.runtime.transaction import Transaction

pytestmark = pytest.mark.spark
TABLE = Table(
    "gold", "sizes", "Sizes by place",
    (Column("name", "string", "Name", nullable=False), Column("size", "bigint", "Size", minimum=0),
     Column("exact", "decimal(38,0)", "Exact size"), Column("at", "timestamp", "Time"),
     Column("day", "date", "Day", nullable=False), Column("place", "string", "Place")),
    key=("day", "name"), partition_by=("day", "place"), prunes=("name", "size", "at"), retention_days=30,
    rules=(Rule("too_large", "size < 1000", Severity.FAIL, "Sizes are small"),),
)  # fmt: skip
DAY, AT = date(2026, 3, 1), datetime(2026, 3, 1, 7, 0, 0, 123456, tzinfo=UTC)
ODD = ("berlin", "a:b c/ü%=d", None)


def _frame(spark: SparkSession, *sizes: int) -> DataFrame:
    schema = "name string, size bigint, exact decimal(38,0), at timestamp, day date, place string"
    rows = [(f"n{n}", size, Decimal(10**37 + size), AT, DAY, ODD[n % 3]) for n, size in enumerate(sizes)]
    return spark.createDataFrame(rows, schema)


def _files(lake: Lake) -> list[Path]:
    return [path for path in lake.root.rglob("*") if path.is_file() and "_reports" not in path.parts]


def test_what_is_published_is_what_was_judged_whatever_its_partitions_are_called(
    spark: SparkSession, tmp_path: Path
) -> None:
    lake = Lake(tmp_path)

    with staged(_frame(spark, 3, 1, 2), TABLE, lake, "b1") as batch:
        lake.append(batch.files, TABLE, Transaction("b1"), batch.verdict)

    rows = lake.read(spark, TABLE)
    assert sorted(row["exact"] for row in rows.collect()) == [Decimal(10**37 + size) for size in (1, 2, 3)]
    assert [rows.where(rows.place.eqNullSafe(place)).count() for place in ODD] == [1, 1, 1]
    assert {row["place"] for row in lake.arrow(TABLE).to_pylist()} == set(ODD)
    assert {row["at"] for row in lake.arrow(TABLE).to_pylist()} == {AT}
    assert lake.commits(TABLE)[-1].metadata["verdict"] == "PASS"
    assert not (tmp_path / "_staging").exists()


def test_a_batch_is_computed_once_to_be_judged_and_written(spark: SparkSession, tmp_path: Path) -> None:
    log = tmp_path / "computed"

    def note(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with log.open("a") as sink:
            sink.write("once\n")
        yield from batches

    frame = _frame(spark, 1, 2, 3)
    noted = frame.coalesce(1).mapInArrow(note, frame.schema)

    with staged(noted, TABLE, Lake(tmp_path / "lake"), "b1") as batch:
        assert len(batch.files) == 3

    assert log.read_text() == "once\n"


def test_the_verdict_on_what_the_engine_writes_is_the_verdict_on_rows_that_are_counted(
    spark: SparkSession, tmp_path: Path
) -> None:
    broken = _frame(spark, 5, 1000, -1)

    with pytest.raises(GateRefused) as on_rows:
        judge_counts(count(broken.toArrow(), TABLE), TABLE, Lake(tmp_path), "b1")
    with pytest.raises(GateRefused) as on_files, staged(broken, TABLE, Lake(tmp_path), "b1"):
        pass

    assert str(on_files.value) == str(on_rows.value)
    assert "size_below_bound: 1 of 3 rows" in str(on_rows.value)
    assert "too_large: 1 of 3 rows" in str(on_rows.value)


def test_a_refused_batch_leaves_no_file(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    with pytest.raises(GateRefused, match="too_large"), staged(_frame(spark, 1000), TABLE, lake, "b1"):
        pass

    assert _files(lake) == []


def test_a_batch_of_other_columns_is_refused_before_anything_is_computed(spark: SparkSession, tmp_path: Path) -> None:
    frame = _frame(spark, 1).selectExpr("*", "assert_true(false) AS more")

    with pytest.raises(GateRefused, match="unknown columns: more"), staged(frame, TABLE, Lake(tmp_path), "b1"):
        pass


def test_an_empty_batch_is_a_commit_without_files(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    with staged(_frame(spark, 1).where("false"), TABLE, lake, "b1") as batch:
        lake.append(batch.files, TABLE, Transaction("b1"), batch.verdict)

    assert lake.arrow(TABLE).num_rows == 0
    assert lake.commits(TABLE)[-1].metadata["verdict"] == "PASS"
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_table_of_which_nothing_is_asked_but_its_columns_is_published(spark: SparkSession, tmp_path: Path) -> None:
    lake, table = Lake(tmp_path), Table("gold", "names", "Names", (Column("name", "string", "Name"),))

    with staged(spark.createDataFrame([("a",), (None,)], "name string"), table, lake, "b1") as batch:
        lake.append(batch.files, table, Transaction("b1"), batch.verdict)

    assert lake.arrow(table).num_rows == 2
