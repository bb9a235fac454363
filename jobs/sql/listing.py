"""What there is to ask: every table of the plant with meaning, columns and units; or their names alone."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from deltalake.exceptions import DeltaError

from expectations.tables.contract import Table
from jobs.runtime.report import RunReport
from jobs.sql.answer import answer, written_as_csv
from lakehouse.lake import Lake

LISTED = ("table", "built", "meaning", "column", "type", "unit", "column_meaning")
# What DuckDB takes for a question after the tables; it would answer with names of its own making.
_SHOW = re.compile(
    r"\s*(?:SHOW|DESCRIBE|DESC)(?:\s+(?:ALL\s+)?TABLES)?(?:\s+FROM\s+\"?(\w+)\"?)?\s*;?\s*", re.IGNORECASE
)


def asked_layer(query: str) -> str | None:
    """Of a query that asks for the tables themselves the layer it names, "" for all; None of any other query."""
    found = _SHOW.fullmatch(query)
    return None if found is None else (found[1] or "").lower()


def names_of(
    known: Mapping[str, Table], lake: Lake, built: Iterable[str], layer: str, *, as_csv: bool, as_json: bool
) -> RunReport:
    """A row for each table in the lake, by the name that can be typed, with its rows and its meaning."""
    there = [name for name in built if not layer or name.startswith(f"{layer}.")]
    rows = [(name, _rows(lake, known[name]) if name in known else None, _meaning(known, name)) for name in there]
    return answer(("name", "rows", "meaning"), rows, as_csv=as_csv, as_json=as_json)


def catalogue(known: Mapping[str, Table], lake: Lake, *, as_csv: bool) -> RunReport:
    """Every table of the plant with its meaning, its columns with units, and whether the lake has it.

    As CSV: a row for each column, with its table's meaning.
    """
    built = {name for name, table in known.items() if lake.exists(table)}
    if as_csv:
        return written_as_csv(
            LISTED, (row for name, table in known.items() for row in _listed(table, is_built=name in built))
        )
    counts = {name: _rows(lake, known[name]) for name in built}
    lines = [line for name, table in known.items() for line in _described(table, _mark(name, counts))]
    return RunReport("sql", changed=False, lines=tuple(lines), data={"tables": _as_data(known, counts)})


def _rows(lake: Lake, table: Table) -> int | None:
    """Rows of a table by its log; None where it cannot be opened."""
    try:
        return lake.row_count(table)
    except (DeltaError, OSError):
        return None


def _meaning(known: Mapping[str, Table], name: str) -> str:
    return known[name].description if name in known else "no table of this plant's profile"


def _mark(name: str, counts: Mapping[str, int | None]) -> str:
    if name not in counts:
        return "  [not built yet]"
    count = counts[name]
    return "  [cannot be opened]" if count is None else "  [empty]" if not count else ""


def _listed(table: Table, *, is_built: bool) -> Iterable[tuple[str, ...]]:
    head = (table.name, "true" if is_built else "false", table.description)
    return ((*head, c.name, c.type, c.unit, c.description) for c in table.columns)


def _described(table: Table, mark: str) -> list[str]:
    width = max(len(column.name) for column in table.columns)
    lines = [f"{table.name}{mark}  {table.description}"]
    for column in table.columns:
        unit = f" [{column.unit}]" if column.unit else ""
        lines.append(f"    {column.name:<{width}}  {column.type}{unit}  {column.description}")
    return [*lines, ""]


def _as_data(known: Mapping[str, Table], counts: Mapping[str, int | None]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "description": table.description,
            "built": name in counts,
            "rows": counts.get(name),
            "columns": [
                {"name": c.name, "type": c.type, "unit": c.unit, "description": c.description} for c in table.columns
            ],
        }
        for name, table in known.items()
    ]
