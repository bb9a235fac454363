"""The gate: a batch is written aside, audited as it is written, and published or forgotten."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from expectations.audit.measuring import AuditError
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Column, Rule, Severity, Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.errors import GateRefused
from lakehouse.lake import Lake
from lakehouse.storage.key import Key
from lakehouse.transaction import Transaction
from lakehouse.writing.linked_files import append_files
from tests.support.audited_files import audited_rows

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


def _rows(*sizes: int) -> pa.Table:
    rows = [(f"n{n}", size, Decimal(10**37 + size), AT, DAY, ODD[n % 3]) for n, size in enumerate(sizes)]
    named = [dict(zip(TABLE.column_names, row, strict=True)) for row in rows]
    return pa.Table.from_pylist(named, arrow_schema(TABLE))


def _files(lake: Lake) -> list[Key]:
    return [entry.key for entry in lake.storage.entries() if not entry.key.startswith("_reports/")]


def test_what_is_published_is_what_was_audited_whatever_its_partitions_are_called(tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    with audited_rows(lake, TABLE, _rows(3, 1, 2)) as batch:
        append_files(lake, batch, Transaction("b1"), CommitMetadata())

    assert sorted(row["exact"] for row in lake.arrow(TABLE).to_pylist()) == [
        Decimal(10**37 + size) for size in (1, 2, 3)
    ]
    assert {row["place"] for row in lake.arrow(TABLE).to_pylist()} == set(ODD)
    assert {row["at"] for row in lake.arrow(TABLE).to_pylist()} == {AT}
    audit = lake.commits(TABLE)[-1].metadata.audit
    assert audit is not None
    assert audit.verdict == "PASS"
    assert not (tmp_path / "_staging").exists()


@pytest.mark.spark
def test_spark_reads_what_was_published_whatever_its_partitions_are_called(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    with audited_rows(lake, TABLE, _rows(3, 1, 2)) as batch:
        append_files(lake, batch, Transaction("b1"), CommitMetadata())

    rows = lake.read(spark, TABLE)

    assert sorted(row["exact"] for row in rows.collect()) == [Decimal(10**37 + size) for size in (1, 2, 3)]
    assert [rows.where(rows.place.eqNullSafe(place)).count() for place in ODD] == [1, 1, 1]


def test_every_broken_rule_is_named_with_its_rows(tmp_path: Path) -> None:
    with pytest.raises(GateRefused) as refused, audited_rows(Lake(tmp_path), TABLE, _rows(5, 1000, -1)):
        pass

    assert "size_below_bound: 1 of 3 rows" in str(refused.value)
    assert "too_large: 1 of 3 rows" in str(refused.value)


def test_a_refused_batch_leaves_no_file(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    with pytest.raises(GateRefused, match="too_large"), audited_rows(lake, TABLE, _rows(1000)):
        pass

    assert _files(lake) == []


def test_a_batch_of_other_columns_is_refused(tmp_path: Path) -> None:
    wider = _rows(1).append_column("more", pa.array([1]))

    with pytest.raises(AuditError, match="unknown columns: more"), audited_rows(Lake(tmp_path), TABLE, wider):
        pass


def test_an_empty_batch_is_a_commit_without_files(tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    with audited_rows(lake, TABLE, _rows()) as batch:
        append_files(lake, batch, Transaction("b1"), CommitMetadata())

    assert lake.arrow(TABLE).num_rows == 0
    audit = lake.commits(TABLE)[-1].metadata.audit
    assert audit is not None
    assert audit.verdict == "PASS"
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_table_of_which_nothing_is_asked_but_its_columns_is_published(tmp_path: Path) -> None:
    lake, table = Lake(tmp_path), Table("gold", "names", "Names", (Column("name", "string", "Name"),))

    with audited_rows(lake, table, pa.table({"name": ["a", None]})) as batch:
        append_files(lake, batch, Transaction("b1"), CommitMetadata())

    assert lake.arrow(table).num_rows == 2
