"""A map of named rows by date: the darker a cell, the nearer its limit; beyond it, another colour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from report.charts import svg

WIDTH, ROW, TOP, GAP = 760.0, 17.0, 18.0, 1.5
NAMES = 300.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its class of colour (`h0` to `h3`, `warn`, `bad`, `none`) and its tooltip."""

    class_: str
    title: str


@dataclass(frozen=True, slots=True)
class MapRow:
    """One row: its name, and its cells by date; a date may have none."""

    name: str
    cells: Mapping[date, Cell]


def heat_map(label: str, rows: Sequence[MapRow], dates: Sequence[date], width: float = WIDTH) -> Markup:
    """Rows from above, dates from left to right; the first and the last date are named.

    Args:
        label: What a screen reader says.
        rows: In order.
        dates: Ascending, at least one.
        width: Of the picture; names of rows take two fifths of it.
    """
    names = min(NAMES, width * 0.4)
    step = (width - names) / len(dates)
    made = [_row(row, place, dates, names, step) for place, row in enumerate(rows)]
    first = svg.text(names, TOP - 6, f"{dates[0]:%d %b %Y}")
    last = svg.text(width, TOP - 6, f"{dates[-1]:%d %b %Y}", anchor="end")
    ends = [first, last] if len(dates) > 1 else [last]
    return svg.picture(width, TOP + ROW * len(rows), label, *ends, *made)


def _row(row: MapRow, place: int, dates: Sequence[date], names: float, step: float) -> Markup:
    y = TOP + ROW * place
    name = svg.text(0, y + ROW - 5, _cut(row.name, names), "tick strong")
    cells = [
        svg.rect(names + number * step, y, step - GAP, ROW - GAP, f"heat {row.cells[on].class_}", row.cells[on].title)
        for number, on in enumerate(dates)
        if on in row.cells
    ]
    return svg.group("", name, *cells)


def _cut(name: str, width: float) -> str:
    """The name as far as it fits; letters of 11 units are about 6.2 wide."""
    most = int(width / 6.2)
    return name if len(name) <= most else name[: most - 1] + "…"
