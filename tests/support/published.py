"""What every table of a lake owes its readers: an audit in each commit that changed rows, and unique keys."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from expectations.tables.bronze import FILES
from expectations.tables.contract import Table
from lakehouse.commits import Commit
from lakehouse.plant import Plant


def built_tables(plant: Plant) -> list[Table]:
    return [table for table in plant.tables.values() if plant.lake.exists(table)]


def unaudited(plant: Plant) -> Iterator[str]:
    """Each commit that changed rows without an audit that passed, its suite and the code."""
    for table in built_tables(plant):
        for commit in plant.lake.content_commits(table):
            audit = commit.metadata.audit
            is_audited = audit is not None and audit.verdict in ("PASS", "WARN") and audit.suite and audit.code
            if not is_audited:
                yield f"{table.name} version {commit.version}: {commit.metadata}"


def is_intent(table: Table, commit: Commit) -> bool:
    """The ledger's intent: which files were admitted, written before they are read.

    Its rows are replaced by those of the finished batch.
    """
    return table.name == FILES.name and commit.metadata.state == "admitted"


def repeated_keys(plant: Plant) -> dict[str, tuple[int, int]]:
    """Rows and distinct keys of each table in which they differ."""
    counts = {table.name: _counts(plant, table) for table in built_tables(plant) if table.key}
    return {name: (rows, keys) for name, (rows, keys) in counts.items() if rows != keys}


def _counts(plant: Plant, table: Table) -> tuple[int, int]:
    """Rows, and distinct keys; a null is a value of its own."""
    keys = plant.lake.arrow(table, list(table.key))
    names = ", ".join(table.key)
    with duckdb.connect() as connection:
        connection.register("keys", keys)
        (distinct,) = connection.sql(f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM keys)").fetchall()[0]
    return keys.num_rows, distinct
