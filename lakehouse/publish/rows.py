"""Rows that this process holds: audited by the gate and published in one commit."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.lake import Lake
from lakehouse.publish.changed_partitions import are_same
from lakehouse.publish.gate import audit_rows
from lakehouse.transaction import Transaction
from lakehouse.writing.rows import put_rows

NOTHING = CommitMetadata()
Rows = Sequence[Mapping[str, Any]]


def arrow_rows(rows: Rows, table: Table) -> "pa.Table":
    """The rows as Arrow, the table's columns in order."""
    return pa.Table.from_pylist(list(rows), schema=arrow_schema(table))


def append_rows(  # a publish and its metadata
    lake: Lake, table: Table, rows: Rows, batch: str, once: Transaction, *, metadata: CommitMetadata = NOTHING
) -> None:
    """Append the rows once.

    Args:
        lake: The lake.
        table: Their table.
        rows: Column to value.
        batch: Name of the batch in reports.
        once: Name of the commit.
        metadata: What the commit says beside the outcome of the audit.

    Raises:
        GateRefused: A rule of severity fail is broken; nothing was published.
    """
    put_rows(lake, audit_rows(arrow_rows(rows, table), table, lake, batch), None, metadata, once)


def replace_changed_rows(lake: Lake, table: Table, rows: Rows, metadata: CommitMetadata = NOTHING) -> bool:
    """Replace a small table as a whole where its rows differ from these; whether they do. `metadata` joins the commit.

    Raises:
        GateRefused: A rule of severity fail is broken; the table stays as it was.
    """
    content = arrow_rows(rows, table)
    if lake.exists(table) and are_same(content, lake.arrow(table), table):
        return False
    put_rows(lake, audit_rows(content, table, lake, "whole table"), "true", metadata)
    return True
