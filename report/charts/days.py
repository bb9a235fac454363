"""A value for each day as bars: small multiples with their own scale, and shares against a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from report.charts import svg
from report.formats import count, day, number

WIDTH, HEIGHT, TOP, BOTTOM, LEFT = 340.0, 104.0, 14.0, 20.0, 2.0


@dataclass(frozen=True, slots=True)
class DayValue:
    """One bar: its height, its tooltip, and a part of it drawn darker from the floor."""

    on: date
    value: float
    title: str
    dark: float = 0.0


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line with its words."""

    value: float
    words: str


def day_bars(
    label: str, days: Sequence[DayValue], class_: str, level: Level | None = None, width: float = WIDTH
) -> Markup:
    """Bars by day, from zero; the highest value and the first and last day are named."""
    if not days:
        return svg.EMPTY
    floor, first = HEIGHT - BOTTOM, days[0].on
    span = (days[-1].on - first).days + 1
    top = max([each.value for each in days] + ([level.value * 1.15] if level else [])) or 1.0
    step = (width - 2 * LEFT) / span
    bars = [_bar(each, LEFT + (each.on - first).days * step, step, (floor - TOP) / top, class_) for each in days]
    marks = [_level(level, floor - level.value / top * (floor - TOP), width)] if level else [_peak(days, width)]
    return svg.picture(width, HEIGHT, label, *bars, *marks, *_foot(days, floor, width))


def _bar(each: DayValue, x: float, step: float, per_unit: float, class_: str) -> Markup:
    """A bar, its darker part, and over both a tooltip for the whole height, so that a pointer finds small bars."""
    floor = HEIGHT - BOTTOM
    gap = min(1.0, step * 0.2)
    made = [svg.rect(x, floor - each.value * per_unit, step - gap, each.value * per_unit, class_)]
    if each.dark:
        made.append(svg.rect(x, floor - each.dark * per_unit, step - gap, each.dark * per_unit, "bad"))
    return svg.group("hit", *made, svg.rect(x, TOP, step, floor - TOP, "clear", each.title))


def _peak(days: Sequence[DayValue], width: float) -> Markup:
    top = max(each.value for each in days)
    words = count(top) if top == round(top) else number(top)
    return svg.text(width - LEFT, 9, f"highest {words}", anchor="end")


def _level(level: Level, y: float, width: float) -> Markup:
    return svg.group(
        "",
        svg.line(LEFT, y, width - LEFT, y, "limit"),
        svg.text(width - LEFT, y - 4, level.words, "tick strong", "end"),
    )


def _foot(days: Sequence[DayValue], floor: float, width: float) -> list[Markup]:
    return [
        svg.line(LEFT, floor + 0.5, width - LEFT, floor + 0.5, "axis"),
        svg.text(LEFT, HEIGHT - 6, day(days[0].on)),
        svg.text(width - LEFT, HEIGHT - 6, day(days[-1].on), anchor="end"),
    ]
