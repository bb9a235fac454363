"""What a table's suite asks of its rows, counted over Arrow: the figures behind Great Expectations' verdicts."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from expectations.contract import Table
from expectations.suite_description import RULE_PREFIX, Check, describe, rule_columns

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = "rows"


def missing(column: str) -> str:
    """Name of the count of a column's nulls."""
    return f"missing {column}"


def breaking(check: Check) -> str:
    """Name of the count of rows that break a check."""
    return f"breaking {check.code}"


@dataclass(frozen=True, slots=True)
class Question:
    """One figure: its name, and the SQL condition of the rows that it counts."""

    name: str
    condition: str


def questions(table: Table) -> tuple[Question, ...]:
    """Every figure that the checks of a table need."""
    checks = [check for check in describe(table) if "column" in check.arguments]
    columns = dict.fromkeys(check.arguments["column"] for check in checks)
    rules = rule_columns(table)
    nulls = [Question(missing(name), f"{_sql(name, rules)} IS NULL") for name in columns]
    broken = [Question(breaking(check), _broken(check, rules)) for check in checks]
    return (Question(ROWS, "true"), *nulls, *broken)


def count(rows: "pa.Table", table: Table) -> Counter[str]:
    """The figures of some rows of a table. Those of several batches add up to those of all.

    Raises:
        duckdb.Error: A rule is none that DuckDB reads.
    """
    import duckdb  # noqa: PLC0415 loaded by who has rows

    asked = questions(table)
    counts = ", ".join(f"count(*) FILTER ({question.condition})" for question in asked)
    with duckdb.connect(config={"threads": 1}) as engine:
        engine.register("rows", rows)
        (found,) = engine.execute(f"SELECT {counts} FROM rows").fetchall()  # noqa: S608  of a contract's own words
    return Counter(dict(zip((question.name for question in asked), found, strict=True)))


def _broken(check: Check, rules: dict[str, str]) -> str:
    """The rows that Great Expectations calls unexpected; it passes over nulls where nulls are not the question."""
    name, arguments = _sql(check.arguments["column"], rules), check.arguments
    if "value_set" in arguments:
        listed = ", ".join(_literal(value) for value in arguments["value_set"])
        return f"{name} NOT IN ({listed})"
    if "min_value" in arguments:
        return f"{name} < {_literal(arguments['min_value'])}"
    if "max_value" in arguments:
        return f"{name} > {_literal(arguments['max_value'])}"
    return f"{name} IS NULL"


def _sql(name: str, rules: dict[str, str]) -> str:
    """A column, or the rule whose boolean column it would be."""
    return f"({rules[name]})" if name.startswith(RULE_PREFIX) else '"' + name.replace('"', '""') + '"'


def _literal(value: object) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)
