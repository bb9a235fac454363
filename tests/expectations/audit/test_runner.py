import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr

from expectations.audit.measuring import AuditError
from expectations.audit.runner import FailedExpectation, validate
from expectations.audit.suite_description import suite_hash
from expectations.tables.contract import Column, Rule, Severity, Table
from lakehouse.engine.server import EngineAddress
from lakehouse.publish.docs_site import DocsSite
from lakehouse.storage.places import storage_at

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


def test_table_without_rules_of_its_own_is_judged(spark: SparkSession) -> None:
    report = validate(batch(spark, GOOD, (None, 1, None, None, None)), replace(TABLE, rules=()), batch="b")

    assert [failure.code for failure in report.failures] == ["machine_id_missing"]


def test_table_that_promises_columns_only_is_judged(spark: SparkSession) -> None:
    table = Table("gold", "free", "Free", (Column("id", "bigint", "Id"),))

    report = validate(spark.range(3), table, batch="b")

    assert (report.success, report.checked, report.rows) == (True, 1, None)


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
    assert report.failures == (FailedExpectation("wide", None, Severity.WARN, words, 1),)


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


def test_audit_with_docs_writes_the_page_of_its_batch(spark: SparkSession, tmp_path: Path) -> None:
    validate(batch(spark, GOOD, ("m1", 24, "day", 1.0, 1.0)), TABLE, batch="b7", docs=DocsSite(storage_at(tmp_path)))

    assert "hour_above_bound" in (tmp_path / "silver.shifts" / "b7.html").read_text()
    assert (tmp_path / "index.html").is_file()


AUDIT_THAT_NOTES_CONNECTIONS = """
import sys
strangers = []
def note(event, args):
    if event == "socket.getaddrinfo" and args[0] not in ("localhost", "127.0.0.1", "::1"):
        strangers.append(args[0])
    if event in ("socket.connect", "socket.sendto") and args[1][0] not in ("127.0.0.1", "::1"):
        strangers.append(args[1])
sys.addaudithook(note)
from pyspark.sql import SparkSession
from expectations.tables.contract import Column, Table
from expectations.audit.runner import validate
from lakehouse.publish.docs_site import DocsSite
from lakehouse.storage.places import storage_at
spark = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
table = Table("silver", "t", "T", (Column("id", "bigint", "Id", minimum=0),))
report = validate(spark.range(3), table, batch="b", docs=DocsSite(storage_at(sys.argv[2])))
spark.stop()
sys.exit(f"spoke to {strangers}" if strangers else 0 if report.success else "the audit did not pass")
"""


def test_audit_speaks_to_nobody_but_the_engine_and_prints_nothing(engine: EngineAddress, tmp_path: Path) -> None:
    command = [sys.executable, "-c", AUDIT_THAT_NOTES_CONNECTIONS, engine.remote, str(tmp_path)]

    own = {key: value for key, value in os.environ.items() if not key.startswith("SPARK_")}

    done = subprocess.run(command, capture_output=True, text=True, check=False, env=own)

    assert done.stderr == ""
    assert (done.returncode, done.stdout) == (0, "")
