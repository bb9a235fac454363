from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr

from expectations.contract import Column, Rule, Severity, Table
from expectations.runner import AuditError, FailedExpectation, validate
from expectations.suite_description import suite_hash

pytestmark = pytest.mark.spark

TABLE = Table(
    "silver",
    "shifts",
    "Shifts",
    (
        Column("machine_id", "string", "Machine", nullable=False),
        Column("hour", "int", "Hour", minimum=0, maximum=23),
        Column("shift", "string", "Shift", allowed=("day", "night")),
        Column("low", "double", "Low"),
        Column("high", "double", "High"),
    ),
    rules=(
        Rule("order", "low <= high", Severity.FAIL, "Low is not above high"),
        Rule("wide", "high - low < 100", Severity.WARN, "The span is narrow"),
    ),
)
SCHEMA = "machine_id string, hour int, shift string, low double, high double"
GOOD = ("m1", 7, "day", 1.0, 2.0)


def batch(spark: SparkSession, *rows: tuple[object, ...]) -> DataFrame:
    return spark.createDataFrame(list(rows), SCHEMA)


def failures(frame: DataFrame) -> dict[str, tuple[str | None, str]]:
    report = validate(frame, TABLE, batch="b")
    return {f.code: (f.column, f.detail.partition(";")[0]) for f in report.failures}


def test_good_batch_passes_and_is_counted(spark: SparkSession) -> None:
    report = validate(batch(spark, GOOD, ("m2", None, None, 1.0, 1.0)), TABLE, batch="2026-01-01")

    assert (report.success, report.failures, report.rows, report.checked) == (True, (), 2, 7)
    assert (report.table, report.batch, report.suite_hash) == ("silver.shifts", "2026-01-01", suite_hash(TABLE))


def test_empty_batch_passes(spark: SparkSession) -> None:
    report = validate(batch(spark, GOOD).limit(0), TABLE, batch="b")

    assert (report.success, report.rows) == (True, 0)


def test_every_breach_is_named_with_its_rows(spark: SparkSession) -> None:
    frame = batch(
        spark,
        GOOD,
        (None, 24, "noon", 2.0, 1.0),
        (None, -1, "day", None, 1.0),
        ("m1", -2, "night", 1.0, 1.0),
    )

    assert failures(frame) == {
        "machine_id_missing": ("machine_id", "2 of 4 rows"),
        "hour_below_bound": ("hour", "2 of 4 rows"),
        "hour_above_bound": ("hour", "1 of 4 rows"),
        "shift_not_allowed": ("shift", "1 of 4 rows"),
        "order": (None, "2 of 4 rows"),
        "wide": (None, "1 of 4 rows"),
    }
    assert not validate(frame, TABLE, batch="b").success


def test_broken_warning_is_reported_and_does_not_fail_the_batch(spark: SparkSession) -> None:
    report = validate(batch(spark, GOOD, ("m1", 8, "day", 0.0, 500.0)), TABLE, batch="b")

    words = "1 of 2 rows; The span is narrow: high - low < 100"
    assert report.success
    assert report.failures == (FailedExpectation("wide", None, Severity.WARN, words),)


def test_quarantine_rule_fails_a_batch_that_still_has_such_rows(spark: SparkSession) -> None:
    table = replace(TABLE, rules=(replace(TABLE.rules[0], severity=Severity.QUARANTINE),))

    assert not validate(batch(spark, ("m1", 8, "day", 2.0, 1.0)), table, batch="b").success


@pytest.mark.parametrize(
    ("columns", "detail"),
    [
        (("machine_id", "hour", "shift", "low"), "missing columns: high; unknown columns: none"),
        (
            ("machine_id", "hour", "shift", "low", "high", "hour AS extra"),
            "missing columns: none; unknown columns: extra",
        ),
        (
            ("hour", "machine_id", "shift", "low", "high"),
            "columns in another order: hour, machine_id, shift, low, high; legal: machine_id, hour, shift, low, high",
        ),
    ],
    ids=["missing", "unknown", "order"],
)
def test_other_columns_fail_before_any_row_is_read(spark: SparkSession, columns: tuple[str, ...], detail: str) -> None:
    report = validate(batch(spark, GOOD).selectExpr(*columns), TABLE, batch="b")

    assert report.failures == (FailedExpectation("columns_differ", None, Severity.FAIL, detail),)
    assert (report.success, report.rows, report.checked) == (False, None, 1)


def test_batch_that_cannot_be_computed_is_an_error_and_no_verdict(spark: SparkSession) -> None:
    frame = batch(spark, GOOD).withColumn("hour", expr("cast(raise_error('disk gone') AS int)"))

    with pytest.raises(PySparkException, match="disk gone"):
        validate(frame, TABLE, batch="b")


def test_rule_that_spark_cannot_read_is_an_error_that_says_so(spark: SparkSession) -> None:
    table = replace(TABLE, rules=(replace(TABLE.rules[0], condition="low <= height"),))

    with pytest.raises(AuditError, match="height"):
        validate(batch(spark, GOOD), table, batch="b")


def test_batch_is_computed_once_for_all_its_rules(spark: SparkSession, tmp_path: Path) -> None:
    log = tmp_path / "computed"

    def note(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with log.open("a") as sink:
            sink.write("once\n")
        yield from batches

    frame = batch(spark, GOOD, (None, 24, "noon", 2.0, 1.0)).coalesce(1).mapInArrow(note, SCHEMA)

    report = validate(frame, TABLE, batch="b")

    assert len(report.failures) == 4
    assert log.read_text() == "once\n"
