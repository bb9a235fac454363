"""Counts over Arrow give the verdicts that Great Expectations' own metrics give over Spark."""

from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from expectations.audit.counting import ROWS, count
from expectations.audit.measuring import check_counts, verdicts_of_the_library
from expectations.audit.runner import validate, validate_counts
from expectations.plant.file import load_profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import TABLES as BRONZE
from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.registry import tables
from expectations.tables.silver import BUCKETS, READINGS_TABLE
from expectations.tables.spark_schema import struct_type

TABLE = Table(
    "silver", "shifts", "Shifts",
    (
        Column("machine_id", "string", "Machine", nullable=False),
        Column("hour", "int", "Hour", minimum=0, maximum=23),
        Column("load", "double", "Load", minimum=0.5, maximum=1.5),
        Column("shift", "string", "Shift", allowed=("day", "night's")),
    ),
    rules=(
        Rule("order", "hour <= 12 OR shift = 'night''s'", Severity.FAIL, "Late hours are of the night"),
        Rule("busy", "load > 1", Severity.WARN, "The load is high"),
    ),
)  # fmt: skip
NAN = float("nan")
ROWS_OF: list[tuple[dict[str, Any], ...]] = [
    (),
    ({"machine_id": "M", "hour": 3, "load": 1.2, "shift": "day"},),
    ({"machine_id": None, "hour": None, "load": None, "shift": None},),
    (
        {"machine_id": "M", "hour": -1, "load": 0.4, "shift": "noon"},
        {"machine_id": "M", "hour": 24, "load": 1.6, "shift": "day"},
        {"machine_id": None, "hour": 23, "load": NAN, "shift": "night's"},
    ),
]


def _rows(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), arrow_schema(TABLE))


@pytest.mark.spark
@pytest.mark.parametrize("rows", ROWS_OF, ids=["none", "good", "nulls", "bad"])
def test_the_verdicts_are_those_of_great_expectations_over_spark(
    spark: SparkSession, rows: tuple[dict[str, Any], ...]
) -> None:
    table = _rows(*rows)

    ours = validate_counts(count(table, TABLE), TABLE.column_names, TABLE, batch="b")
    theirs = validate(spark.createDataFrame(table.to_pylist(), struct_type(TABLE)), TABLE, batch="b")

    assert (ours.success, ours.failures, ours.rows, ours.checked) == (
        theirs.success, theirs.failures, theirs.rows, theirs.checked,
    )  # fmt: skip


@pytest.mark.parametrize("table", [*dict(tables(load_profile("simulated"))).values()], ids=lambda table: table.name)
def test_the_verdict_on_a_batch_that_breaks_nothing_is_the_librarys(table: Table) -> None:
    counts = count(arrow_schema(table).empty_table(), table) | {ROWS: 7}

    ours, theirs = (
        check_counts(counts, table.column_names, table),
        verdicts_of_the_library(counts, table.column_names, table),
    )

    assert ours == theirs


def test_counts_of_batches_add_up_to_those_of_all_rows() -> None:
    first, second = ROWS_OF[1], ROWS_OF[3]

    whole = count(_rows(*first), TABLE)
    whole.update(count(_rows(*second), TABLE))

    assert whole == count(_rows(*first, *second), TABLE)
    assert whole[ROWS] == 4


def test_texts_by_code_are_counted_as_plain_ones_are() -> None:
    plain = _rows(*ROWS_OF[3])
    coded = plain.set_column(3, "shift", plain["shift"].dictionary_encode())

    assert count(coded, TABLE) == count(plain, TABLE)


def test_other_columns_than_the_tables_fail_whatever_the_rows_hold() -> None:
    report = validate_counts(count(_rows(*ROWS_OF[1]), TABLE), ("machine_id", "hour"), TABLE, batch="b")

    assert not report.success
    assert [failure.code for failure in report.failures] == ["columns_differ"]


@pytest.mark.parametrize("table", [*BRONZE, READINGS_TABLE, BUCKETS], ids=lambda table: table.name)
def test_the_rules_of_every_table_that_tasks_write_can_be_counted(table: Table) -> None:
    assert not sum(count(arrow_schema(table).empty_table(), table).values())
