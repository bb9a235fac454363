"""A map by date as a section shows it: drawn for a desk and for a phone, with what it leaves out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from report.charts.heat_map import WIDTH, MapRow, heat_map
from report.formats import plural

SHOWN = 30
"""Rows that are drawn."""
PHONE = 340.0


@dataclass(frozen=True, slots=True)
class MapFigure:
    """The map in both widths; empty where there is no row."""

    wide: Markup
    narrow: Markup
    left_out: str


def map_figure(label: str, rows: Sequence[MapRow], dates: Sequence[date], thing: str) -> MapFigure:
    """The first rows by date, and how many more things there are."""
    shown = rows[:SHOWN]
    wide, narrow = (heat_map(label, shown, dates, width) if shown else Markup() for width in (WIDTH, PHONE))
    left_out = f"{plural(len(rows) - SHOWN, f'more {thing}')} not shown." if len(rows) > SHOWN else ""
    return MapFigure(wide, narrow, left_out)
