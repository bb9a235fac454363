"""Axes of a plot: two scales with a grid, ticks and names; and the key that says what is drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from report.charts import svg
from report.charts.scales import Scale, ticks
from report.formats import number

WIDTH = 330.0
LEFT, RIGHT, TOP, FOOT = 46.0, 12.0, 22.0, 34.0
KEY_LINE = 17.0
# Width of an average letter of 11 units, measured in the page's fonts.
_LETTER, _MARK, _GAP = 6.2, 18.0, 14.0


@dataclass(frozen=True, slots=True)
class Plot:
    """Where values are drawn: `y.start` is the floor and `y.end` the top."""

    x: Scale
    y: Scale

    def at(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """The coordinates of points."""
        return [(self.x(x), self.y(y)) for x, y in points]

    def line(self, points: Sequence[tuple[float, float]], class_: str) -> Markup:
        """A line through points."""
        return svg.path(svg.polyline(self.at(points)), class_)

    def level(self, value: float, words: str = "", *, is_below: bool = False) -> Markup:
        """A dashed horizontal line over the whole width, with its words in the middle above or below it."""
        y = self.y(value)
        named = [
            svg.text((self.x.start + self.x.end) / 2, y + (13 if is_below else -4), words, "tick strong", "middle")
        ]
        return svg.group("", svg.line(self.x.start, y, self.x.end, y, "limit"), *(named if words else []))


def plot(x: tuple[float, float], y: tuple[float, float], height: float, *, top: float = TOP) -> Plot:
    """A plot of so many units in height over the whole width."""
    return Plot(Scale(*x, LEFT, WIDTH - RIGHT), Scale(*y, top + height, top))


def axes(
    drawn: Plot,
    x_name: str,
    y_name: str,
    words: Callable[[float], str] = number,
    y_ticks: Sequence[float] | None = None,
) -> list[Markup]:
    """Grid, ticks and the names of both axes; the name of y is above it, so that it is read without a turn."""
    x, y = drawn.x, drawn.y
    left, right = sorted((x.start, x.end))
    made = [svg.text(2, y.end - 10, y_name, "tick strong")]
    for value in ticks(y.low, y.high, 5) if y_ticks is None else y_ticks:
        made += [
            svg.line(left, y(value), right, y(value), "grid"),
            svg.text(left - 6, y(value) + 4, words(value), anchor="end"),
        ]
    made.append(svg.line(left, y.start, right, y.start, "axis"))
    if x_name:
        names = [svg.text(x(value), y.start + 15, number(value), anchor="middle") for value in ticks(x.low, x.high, 6)]
        made += [*names, svg.text((left + right) / 2, y.start + 30, x_name, "tick strong", "middle")]
    return made


def key(entries: Sequence[tuple[str, str]], top: float, width: float = WIDTH) -> tuple[list[Markup], float]:
    """A mark and its words for each entry, in as many lines as they need; and the height of all.

    Args:
        entries: Mark (`line`, `limit`, or the class of a dot) and words.
        top: Where the first line begins.
        width: Of the picture.
    """
    made: list[Markup] = []
    x, y = 2.0, top + 12
    for mark, words in entries:
        taken = _MARK + len(words) * _LETTER
        if x > 2.0 and x + taken > width:
            x, y = 2.0, y + KEY_LINE
        made += [_mark(mark, x, y - 4), svg.text(x + _MARK, y, words)]
        x += taken + _GAP
    return made, y - top + 5


def dot(x: float, y: float, class_: str, title: str = "") -> Markup:
    """A round mark with its tooltip."""
    return svg.path(f"M{x - 4.5:.1f},{y:.1f}a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0z", f"{class_} mark", title)


def cross(x: float, y: float, class_: str, title: str = "") -> Markup:
    """A mark of two strokes with its tooltip."""
    return svg.path(
        f"M{x - 5:.1f},{y - 3:.1f}l2,-2l3,3l3,-3l2,2l-3,3l3,3l-2,2l-3,-3l-3,3l-2,-2l3,-3z", f"{class_} mark", title
    )


def _mark(mark: str, x: float, y: float) -> Markup:
    if mark in ("line", "limit"):
        return svg.line(x, y, x + 13, y, "limit") if mark == "limit" else svg.path(f"M{x},{y}h13", "line")
    if mark.startswith("bar "):
        return svg.rect(x, y - 5, 13, 10, mark.removeprefix("bar "))
    return cross(x + 6, y, "bad") if mark == "cross" else dot(x + 6, y, mark)
