"""`assay sql`: ask any table of the lake; without a query, what there is to ask."""

import argparse
import csv
import math
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from expectations.contract import Table
from expectations.errors import unknown_name
from expectations.plant_file import load_profile
from expectations.registry import tables
from jobs.runtime.errors import UsageError
from jobs.runtime.makers import maker
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings

# Source: what a person can still scroll through; --csv and --json give every row.
SHOWN_ROWS = 200
_WIDEST = 60
# Source: a float64 holds 15 digits and its sums spend the last of them; sensors have four or five that mean something.
_DIGITS = 6
_SMALLEST, _LARGEST = 1e-4, 1e15
LISTED = ("table", "built", "meaning", "column", "type", "unit", "column_meaning")
_NO_TABLE = re.compile(r'.*Table with name "?(\w+)"? does not exist!')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the query and the form of the answer."""
    parser.add_argument("query", nargs="?", help="one SELECT; without it: the tables and their columns")
    parser.add_argument("--csv", action="store_true", help="every row (or column, without a query) as CSV, in full")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """The answer of the query, or the list of tables.

    Raises:
        UsageError: Bad SQL, a statement that does not read, a table that is unknown or not built yet.
    """
    if args.csv and args.json:
        raise UsageError("got --csv and --json; legal: one of them")
    if args.query is None:
        return _catalogue(settings, as_csv=args.csv)
    from jobs.runtime.lake_sql import ask, built_tables

    try:
        with ask(settings.lake, args.query, cores=settings.cores) as answer:
            names = list(answer.schema.names)
            rows = (row for batch in answer for row in _rows(batch))
            return _report(names, rows, as_csv=args.csv, as_json=args.json)
    except UsageError as exc:
        raise UsageError(_with_hint(str(exc), settings, built_tables(settings.lake))) from exc


def _rows(batch: Any) -> Iterable[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _report(names: list[str], rows: Iterable[tuple[Any, ...]], *, as_csv: bool, as_json: bool) -> RunReport:
    if as_csv:
        return _csv(names, rows)
    if as_json:
        listed = [[_json_cell(cell) for cell in row] for row in rows]
        return RunReport("sql", changed=False, data={"columns": names, "rows": listed})
    shown = list(islice(rows, SHOWN_ROWS))
    if names == ["explain_key", "explain_value"]:
        return RunReport("sql", changed=False, lines=tuple(line for row in shown for line in row[1].splitlines()))
    more = sum(1 for _ in rows)
    lines = pretty(names, shown) + ((f"... and {more:,} more rows; --csv gives all",) if more else ())
    return RunReport("sql", changed=False, lines=lines)


def _csv(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> RunReport:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return RunReport("sql", changed=False)


def pretty(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    """Lines of a text table: numbers to the right, null as NULL, long texts cut."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    numeric = [all(isinstance(row[place], (int, float)) for row in rows) for place in range(len(names))]

    def line(texts: Sequence[str]) -> str:
        padded = zip(texts, widths, numeric, strict=True)
        return "  ".join(text.rjust(width) if right else text.ljust(width) for text, width, right in padded).rstrip()

    rule = ["-" * width for width in widths]
    return (line(names), line(rule), *map(line, cells), f"({len(rows):,} row{'' if len(rows) == 1 else 's'})")


def _cell(value: Any) -> str:
    text = "NULL" if value is None else _float(value) if isinstance(value, float) else str(value)
    text = "\\n".join(text.splitlines())
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


def _float(value: float) -> str:
    """Six significant digits, the whole part never cut; what is rounded has more, which --csv and --json give."""
    if value == 0 or not math.isfinite(value):
        return str(value)
    if not _SMALLEST <= abs(value) < _LARGEST:
        return f"{value:.{_DIGITS}g}"
    decimals = max(1, _DIGITS - 1 - math.floor(math.log10(abs(value))))
    whole, _, rest = f"{value:.{decimals}f}".partition(".")
    return f"{whole}.{rest.rstrip('0') or '0'}"


def _json_cell(value: Any) -> Any:
    """The value where JSON has its kind, else its text (intervals, times of day, identifiers)."""
    if isinstance(value, list):
        return [_json_cell(item) for item in value]
    if isinstance(value, dict):
        return {key: _json_cell(item) for key, item in value.items()}
    return value if value is None or isinstance(value, (bool, int, float, bytes)) else _text(value)


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _with_hint(message: str, settings: Settings, built: Sequence[str]) -> str:
    """DuckDB's sentence; for a table that was not found with what helps instead of DuckDB's own guess."""
    missing = _NO_TABLE.match(message)
    if missing is None:
        return message
    known = {*tables(load_profile(settings.plant)), *built}
    alike = sorted(name for name in known if name.rsplit(".", 1)[-1] == missing[1].lower())
    absent = [name for name in alike if name not in built]
    if absent:
        makers = " or ".join(dict.fromkeys(f"`assay {maker(name)}`" for name in absent))
        return f"{missing[0]} {', '.join(absent)}: not built yet in {settings.lake}; run {makers}"
    if alike:
        return f"{missing[0]} Did you mean {' or '.join(alike)}?"
    return f"{missing[0]} {unknown_name('table', missing[1], known)}"


def _catalogue(settings: Settings, *, as_csv: bool) -> RunReport:
    """Every table of the plant with its meaning, its columns with units, and whether the lake has it.

    As CSV: a row for each column, with its table's meaning.
    """
    known = tables(load_profile(settings.plant))
    built = {name for name in known if Path(settings.lake, *name.split("."), "_delta_log").is_dir()}
    if as_csv:
        return _csv(LISTED, (row for name, table in known.items() for row in _listed(table, is_built=name in built)))
    lines = [line for name, table in known.items() for line in _described(table, is_built=name in built)]
    return RunReport("sql", changed=False, lines=tuple(lines), data={"tables": _as_data(known, built)})


def _listed(table: Table, *, is_built: bool) -> Iterable[tuple[str, ...]]:
    head = (table.name, "true" if is_built else "false", table.description)
    return ((*head, c.name, c.type, c.unit, c.description) for c in table.columns)


def _described(table: Table, *, is_built: bool) -> list[str]:
    mark = "" if is_built else "  [not built yet]"
    width = max(len(column.name) for column in table.columns)
    lines = [f"{table.name}{mark}  {table.description}"]
    for column in table.columns:
        unit = f" [{column.unit}]" if column.unit else ""
        lines.append(f"    {column.name:<{width}}  {column.type}{unit}  {column.description}")
    return [*lines, ""]


def _as_data(known: Mapping[str, Table], built: set[str]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "description": table.description,
            "built": name in built,
            "columns": [
                {"name": c.name, "type": c.type, "unit": c.unit, "description": c.description} for c in table.columns
            ],
        }
        for name, table in known.items()
    ]
