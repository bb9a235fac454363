"""What a text of SQL is made of, by DuckDB's own parser: the tables that it names, and what a rule may not use."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

_CLASSES = {"SUBQUERY": "a query within it", "WINDOW": "a window function", "PARAMETER": "a parameter"}


@dataclass(frozen=True, slots=True)
class SqlForm:
    """The parts of one SELECT.

    Attributes:
        tables: Tables that it names with their schema, `layer.subject`, each once.
        columns: Names that may be columns.
        constructs: What it uses beside plain expressions, in words: queries within it, windows, parameters.
        unsteady: Functions whose answer is another at another time, or that act: the clock, chance, sleep.
    """

    tables: tuple[str, ...]
    columns: frozenset[str]
    constructs: tuple[str, ...]
    unsteady: tuple[str, ...]


def form_of(query: str) -> SqlForm:
    """The form of one SELECT.

    Raises:
        ValueError: It does not parse, is more than one statement, or one that does not read.
    """
    with duckdb.connect() as connection:
        answer = connection.execute("SELECT json_serialize_sql(?)", [query]).fetchone()
    assert answer is not None
    document = json.loads(answer[0])
    if document["error"]:
        raise ValueError(" ".join(document["error_message"].split()))
    if len(document["statements"]) != 1:
        raise ValueError(f"got {len(document['statements'])} statements; legal: exactly one, a SELECT")
    nodes = tuple(_nodes(document["statements"][0]))
    named = {
        f"{node['schema_name']}.{node['table_name']}".lower(): None
        for node in nodes
        if node.get("type") == "BASE_TABLE" and node.get("schema_name")
    }
    constructs = {_CLASSES[node["class"]]: None for node in nodes if node.get("class") in _CLASSES}
    columns = frozenset(name for node in nodes if node.get("class") == "COLUMN_REF" for name in node["column_names"])
    unsteady = {name: None for node in nodes for name in _called(node) if name in _unsteady_functions()}
    return SqlForm(tuple(named), columns, tuple(constructs), tuple(unsteady))


def check_expression(text: str) -> None:
    """Refuse what is no expression by itself, such as one that closes a bracket of what surrounds it.

    Raises:
        ValueError: What DuckDB says.
    """
    try:
        duckdb.SQLExpression(text)
    except duckdb.Error as exc:
        raise ValueError(" ".join(str(exc).split())) from exc


def _called(node: Mapping[str, Any]) -> tuple[str, ...]:
    """The function that a node calls; `current_date` and the like come as names of columns."""
    if node.get("class") == "FUNCTION":
        return (str(node["function_name"]).lower(),)
    names: list[str] = node["column_names"] if node.get("class") == "COLUMN_REF" else []
    return (names[0].lower(),) if len(names) == 1 else ()


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object of a parsed statement."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)


@cache
def _unsteady_functions() -> frozenset[str]:
    """Functions that DuckDB itself does not call consistent."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() "
            "WHERE stability <> 'CONSISTENT' AND function_type IN ('scalar', 'macro')"
        ).fetchall()
    return frozenset({name for (name,) in rows} | {"current_timestamp", "current_time", "localtime", "localtimestamp"})
