"""Which rows break the rules of rows that a plant has, one by one: for who sets them aside."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from expectations.errors import ProfileError
from expectations.tables.arrow_columns import Flags
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Rule, Table

if TYPE_CHECKING:
    import duckdb


def columns_named(table: Table, rules: Sequence[Rule]) -> list[str]:
    """The columns whose names are in a condition; one column where none is, for its rows count all the same."""
    text = " ".join(rule.condition for rule in rules).lower()
    return [name for name in table.column_names if name.lower() in text] or [table.column_names[0]]


def _as_checked(rows: pa.Table, table: Table, rules: Sequence[Rule]) -> pa.Table:
    """The columns that conditions name, of the types by which they were checked; texts plain."""
    named = columns_named(table, rules)
    schema = pa.schema([field for field in arrow_schema(table) if field.name in named])
    return rows.select(schema.names).cast(schema)


def breaking_rows(rows: pa.Table, table: Table, rules: Sequence[Rule]) -> Mapping[str, Flags]:
    """For each rule, by its code, whether each row breaks it.

    Raises:
        ProfileError: A condition cannot be computed of a row, such as a cast that fails.
    """
    import duckdb  # noqa: PLC0415 loaded by who has such rules

    listed = ", ".join(f"NOT ({rule.condition}) AS r{place}" for place, rule in enumerate(rules))
    with _engine().cursor() as engine:
        engine.register("rows", _as_checked(rows, table, rules))
        try:
            found = engine.sql(f"SELECT {listed} FROM rows").to_arrow_table()  # noqa: S608  of checked conditions
        except duckdb.Error as exc:
            raise _cannot_be_computed(table, rules, exc) from exc
    return {rule.code: np.asarray(found.column(place)) for place, rule in enumerate(rules)}


def _cannot_be_computed(table: Table, rules: Sequence[Rule], exc: Exception) -> ProfileError:
    """What is said where a condition has no answer for a row."""
    codes, reason = ", ".join(rule.code for rule in rules), " ".join(str(exc).split())
    return ProfileError(
        f"rules of {table.name} ({codes}): one cannot be computed of some row: {reason}; correct its condition, such "
        "as TRY_CAST instead of CAST; nothing was published"
    )


@cache
def _engine() -> "duckdb.DuckDBPyConnection":
    """One thread: rows keep their order, and tasks run side by side already. Times are UTC, wherever this runs."""
    import duckdb  # noqa: PLC0415 as above

    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET GLOBAL TimeZone='UTC'")
    return connection
