"""The answer to a question of a rule as a row of `gold.rule_checks`: asked of the tables as they are now."""

from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from jobs.rules.due import Due
from lakehouse.arrow_reading import by_contract
from lakehouse.plant import Plant
from lakehouse.rules.answering import answer
from lakehouse.rules.checking import date_column


def answered(plant: Plant, due: Due) -> dict[str, Any]:
    """Ask, and give the row.

    Raises:
        KeyboardInterrupt: A signal came.
    """
    rule = due.rule
    found = answer(rule.question, {table.name: _rows(plant, table, due.dates) for table in due.tables})
    return {
        "rule": rule.name,
        "table_name": rule.table,
        "severity": str(rule.severity),
        "origin": due.origin,
        "meaning": rule.meaning,
        "row_count": found.row_count,
        "examples": found.examples,
        "reason": found.reason,
    }


def _rows(plant: Plant, table: Table, dates: set[date] | None) -> Any:
    """The rows of a table, on some dates where it has dates; null in columns that older code did not write."""
    if not plant.lake.exists(table):
        return arrow_schema(table).empty_table()
    data, column = plant.lake.data(table), date_column(table)
    wanted = None if dates is None or not column else ds.field(column).isin(pa.array(sorted(dates), pa.date32()))
    if set(table.column_names) <= set(data.schema.names):
        return data if wanted is None else data.filter(wanted)
    return by_contract(data.to_table(filter=wanted), table)
