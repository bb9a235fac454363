"""The head of a panel: its name and a remark beside it, on as many lines as its width needs."""

import textwrap
from dataclasses import dataclass

from markupsafe import Markup

from report.charts import svg

LINE = 13.0
# Widths of an average letter, measured in the page's fonts: 12 units bold, and 11.
_NAME, _ASIDE, _GAP = 6.8, 5.7, 10.0


@dataclass(frozen=True, slots=True)
class Heading:
    """One line of a head: the name or a part of it, and what is beside it."""

    name: str
    aside: str


def headings(name: str, aside: str, width: float) -> tuple[Heading, ...]:
    """The lines of a head; where one does not hold both, what is beside the name comes below it."""
    if len(name) * _NAME + (_GAP + len(aside) * _ASIDE if aside else 0.0) <= width:
        return (Heading(name, aside),)
    names = textwrap.wrap(name, max(1, int(width / _NAME)))
    asides = textwrap.wrap(aside, max(1, int(width / _ASIDE)))
    return (*(Heading(line, "") for line in names), *(Heading("", line) for line in asides))


def drawn(lines: tuple[Heading, ...], x: float, top: float) -> list[Markup]:
    """The lines below one another, the first with its baseline at `top`."""
    made = []
    for place, line in enumerate(lines):
        y = top + place * LINE
        made.append(svg.heading(x, y, line.name, line.aside) if line.name else svg.text(x, y, line.aside, "aside"))
    return made
