"""Rows that this process holds: judged by the gate of their table and published in one commit."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from expectations.contract import Table
from jobs.runtime.delta import Lake
from jobs.runtime.gate import audit
from jobs.runtime.transaction import Transaction

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

Rows = Sequence[Mapping[str, Any]]


def arrow_rows(rows: Rows, table: Table) -> "pa.Table":
    """The rows as Arrow, the table's columns in order."""
    import pyarrow as pa

    from expectations.arrow_schema import arrow_schema

    return pa.Table.from_pylist(list(rows), schema=arrow_schema(table))


def append_rows(  # noqa: PLR0913 a publish and all it says
    spark: "SparkSession", lake: Lake, table: Table, rows: Rows, batch: str, once: Transaction, *,
    said: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Append the rows once.

    Args:
        spark: Open session; its engine judges the rows.
        lake: The lake.
        table: Their table.
        rows: Column to value.
        batch: Name of the batch in reports.
        once: Name of the commit.
        said: What the commit says beside the verdict.

    Raises:
        GateRefused: A rule of severity fail is broken; nothing was published.
    """
    content = arrow_rows(rows, table)
    verdict = audit(spark.createDataFrame(content), table, lake, batch)
    lake.put(content, table, None, {**(said or {}), **verdict}, once)
