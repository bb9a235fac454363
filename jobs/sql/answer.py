"""An answer as a person and as a program get it: a text table with its count, CSV, JSON."""

import csv
import math
import sys
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from jobs.runtime.report import RunReport

# Source: what a person can still scroll through; --csv and --json give every row.
SHOWN_ROWS = 200
_WIDEST = 60
# Source: a float64 holds 15 digits and its sums spend the last of them; sensors have four or five that mean something.
_DIGITS = 6
_SMALLEST, _LARGEST = 1e-4, 1e15

Row = Sequence[Any]


def answer(names: Sequence[str], rows: Iterable[Row], *, as_csv: bool, as_json: bool) -> RunReport:
    """The rows in the form that was asked for; CSV is written at once."""
    if as_csv:
        return written_as_csv(names, rows)
    if as_json:
        listed = [[_json_cell(cell) for cell in row] for row in rows]
        return RunReport("sql", changed=False, data={"columns": list(names), "rows": listed})
    left = iter(rows)
    shown = list(islice(left, SHOWN_ROWS))
    if list(names) == ["explain_key", "explain_value"]:
        return RunReport("sql", changed=False, lines=tuple(line for row in shown for line in row[1].splitlines()))
    total = len(shown) + sum(1 for _ in left)
    return RunReport("sql", changed=False, lines=(*pretty(names, shown), _count(len(shown), total)))


def _count(shown: int, total: int) -> str:
    """How many rows there are, and how to get those that are not shown."""
    if shown < total:
        return f"({shown:,} of {total:,} rows; --csv or --json gives all)"
    return f"({total:,} row{'' if total == 1 else 's'})"


def written_as_csv(names: Sequence[str], rows: Iterable[Row]) -> RunReport:
    """Every row in full, on standard output."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return RunReport("sql", changed=False)


def pretty(names: Sequence[str], rows: Sequence[Row]) -> tuple[str, ...]:
    """Lines of a text table: numbers to the right, null as NULL, long texts cut."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    numeric = [all(isinstance(row[place], (int, float)) for row in rows) for place in range(len(names))]

    def line(texts: Sequence[str]) -> str:
        padded = zip(texts, widths, numeric, strict=True)
        return "  ".join(text.rjust(width) if right else text.ljust(width) for text, width, right in padded).rstrip()

    rule = ["-" * width for width in widths]
    return (line(names), line(rule), *map(line, cells))


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
