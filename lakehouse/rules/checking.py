"""Whether the SQL of a plant's rules can be run: looked at before any job does, over tables without rows."""

from collections.abc import Mapping, Sequence

from expectations.errors import ProfileError
from expectations.plant.plant_profile import Profile
from expectations.plant.rules import PlantRule
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import LAYERS, Table
from expectations.tables.plant_rules import holds

_STEADY = "the same rows would get another answer at another time"


def check_sql(profile: Profile, tables: Mapping[str, Table]) -> None:
    """Refuse rules whose SQL does not parse, names what is not there, or could do anything but read the lake.

    A profile without rules costs nothing: no engine is loaded.

    Args:
        profile: The plant's.
        tables: Its tables by name.

    Raises:
        ProfileError: Names the first such rule, what is wrong with it, and what is legal.
    """
    for rule in profile.rules:
        where = f"rule {rule.name} of the profile"
        try:
            _check_condition(rule, tables[rule.table]) if rule.condition else check_question(rule, tables)
        except ValueError as exc:
            raise ProfileError(f"{where}: {exc}") from exc


def _check_condition(rule: PlantRule, table: Table) -> None:
    from lakehouse.rules.sql_form import check_expression, form_of

    check_expression(rule.condition)
    form = form_of(f"SELECT ({rule.condition}) FROM {rule.table}")  # noqa: S608  # it is parsed, not run
    if form.constructs:
        legal = "an expression over the columns of one row; what looks at several rows is a question"
        raise ValueError(f"condition: got {' and '.join(form.constructs)}; legal: {legal}")
    _check_steady(form.unsteady, "condition")
    of_table = {rule.table: table}
    kind = _kind_of(f"SELECT ({rule.condition}) AS holds FROM {rule.table}", of_table)  # noqa: S608  # not run either
    if kind != "BOOLEAN":
        raise ValueError(f"condition: got a {kind}; legal: an expression that is true or false, such as `value > 0`")
    _kind_of(f"SELECT 1 FROM {rule.table} WHERE {holds(rule)}", of_table)  # noqa: S608  # as the gate asks it


def check_question(rule: PlantRule, tables: Mapping[str, Table]) -> None:
    """Refuse a question that cannot be asked.

    Raises:
        ValueError: What is wrong with it, and what is legal.
    """
    from lakehouse.rules.sql_form import form_of

    form = form_of(rule.question)
    unknown = [name for name in form.tables if name not in tables]
    if unknown:
        raise ValueError(f"question: got the table {unknown[0]}; legal: {', '.join(tables)}")
    if rule.table not in form.tables:
        raise ValueError(
            f"question: it does not name {rule.table}, to which it belongs; legal: a question on that table"
        )
    later = [name for name in form.tables if _layer(name) > _layer(rule.table)]
    if later:
        legal = f"tables of {rule.table.partition('.')[0]} or of the layers before it; or table = {later[0]!r}"
        raise ValueError(f"question: {later[0]} is built after {rule.table}; legal: {legal}")
    if "a parameter" in form.constructs:
        raise ValueError("question: got a parameter; legal: a question without")
    _check_steady(form.unsteady, "question")
    if rule.by_date:
        _check_dated([tables[name] for name in form.tables])
    _kind_of(rule.question, {name: tables[name] for name in form.tables})


def _layer(table: str) -> int:
    return LAYERS.index(table.partition(".")[0])


def _check_dated(tables: Sequence[Table]) -> None:
    """All tables with dates have dates of the same kind, UTC or local."""
    columns = {table.name: column for table in tables if (column := date_column(table))}
    if len({column == "local_date" for column in columns.values()}) != 1:
        got = ", ".join(f"{name} by {column}" for name, column in columns.items()) or "no table with dates"
        raise ValueError(f"by_date: got {got}; legal: tables by UTC date, or tables by local date; or leave it out")


def date_column(table: Table) -> str:
    """The column of dates by which a table is partitioned first; empty where it is not."""
    first = table.partition_by[0] if table.partition_by else ""
    return first if first and table.column(first).type == "date" else ""


def _check_steady(unsteady: tuple[str, ...], key: str) -> None:
    if unsteady:
        raise ValueError(f"{key}: got {unsteady[0]}, by which {_STEADY}; legal: what the tables hold, such as max(...)")


def _kind_of(query: str, tables: Mapping[str, Table]) -> str:
    """The type of the first column of a query; it is bound to the tables' columns, and not run."""
    import duckdb

    from lakehouse.rules.engine import rule_views

    empty = {name: arrow_schema(table).empty_table() for name, table in tables.items()}
    with rule_views(empty, cores=1) as connection:
        try:
            return str(connection.sql(query).types[0])
        except duckdb.Error as exc:
            raise ValueError(" ".join(str(exc).split())) from exc
