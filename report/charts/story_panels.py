"""The panels of a machine's story: a signal with its limits, and a score with its threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from report.charts import svg
from report.charts.headings import LINE, Heading, drawn, headings
from report.charts.scales import Scale, TimeScale, padded, ticks
from report.formats import number

HEAD = 20.0
# A limit farther away than this share of the signal's own range would flatten the signal: it is named instead.
_NEAR = 0.4


@dataclass(frozen=True, slots=True)
class Limit:
    """A horizontal limit: its value, words, and class for its colour."""

    value: float
    words: str
    class_: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A line over time in one unit.

    Attributes:
        name: What it shows, with the unit.
        line: Times and values in order.
        trend: A calmer line over it, as times and values; empty where the line is calm enough.
        band: Lowest and highest value at the same times; empty where there is none.
        limits: Limits; those out of sight are named in the head.
        steps: A limit that changed over time: since when it was what; drawn where it is in sight.
        alarms: Spans to shade, first and last time.
        height: Height of head and plot.
        gap_s: Longest distance of two points that a line joins, seconds.
    """

    name: str
    line: Sequence[tuple[datetime, float]]
    trend: Sequence[tuple[datetime, float]] = ()
    band: Sequence[tuple[float, float]] = ()
    limits: Sequence[Limit] = ()
    steps: Sequence[tuple[datetime, float]] = ()
    alarms: Sequence[tuple[datetime, datetime]] = ()
    height: float = 94.0
    gap_s: float = 7200.0

    def draw(self, x: TimeScale, top: float) -> Markup:
        """The panel with its head at `top`."""
        lines = self._head(x)
        y = self._scale(top + LINE * (len(lines) - 1))
        limits = [limit for limit in self.limits if y.holds(limit.value)]
        return svg.group(
            "panel",
            *self._shades(x, y), *_ticks(x, y), *self._bands(x, y),
            *self._lines(x, y),
            *(_limit(limit, x, y) for limit in limits),
            *self._steps(x, y),
            *drawn(lines, x.start, top + 10),
        )  # fmt: skip

    def height_on(self, x: TimeScale) -> float:
        """The height that head and plot take on a scale of that width."""
        return self.height + LINE * (len(self._head(x)) - 1)

    def _head(self, x: TimeScale) -> tuple[Heading, ...]:
        y = self._scale(0.0)
        shown = [limit for limit in self.limits if y.holds(limit.value)]
        return headings(self.name, self._out_of_sight(shown), x.end - x.start)

    def _scale(self, top: float) -> Scale:
        values = [value for _, value in self.line] + [value for pair in self.band for value in pair]
        low, high = min(values), max(values)
        reach = (high - low) * _NEAR
        asked = [limit.value for limit in self.limits] + [value for _, value in self.steps]
        near = [value for value in asked if low - reach <= value <= high + reach]
        return Scale(*padded(min([low, *near]), max([high, *near])), top + self.height, top + HEAD)

    def _out_of_sight(self, shown: Sequence[Limit]) -> str:
        far = "; ".join(limit.words for limit in self.limits if limit not in shown)
        return f"{far} (off this scale)" if far else ""

    def _lines(self, x: TimeScale, y: Scale) -> list[Markup]:
        def path(line: Sequence[tuple[datetime, float]], class_: str) -> list[Markup]:
            return [
                svg.path(svg.polyline([(x(at), y(value)) for at, value in run]), class_) for run in self._runs(line)
            ]

        return [*path(self.line, "line faint" if self.trend else "line"), *path(self.trend, "line")]

    def _runs(self, line: Sequence[tuple[datetime, float]]) -> list[list[tuple[datetime, float]]]:
        """The line in runs: nothing is drawn over a silence that is longer than the gap."""
        runs: list[list[tuple[datetime, float]]] = []
        for at, value in line:
            if runs and (at - runs[-1][-1][0]).total_seconds() <= self.gap_s:
                runs[-1].append((at, value))
            else:
                runs.append([(at, value)])
        return runs

    def _bands(self, x: TimeScale, y: Scale) -> list[Markup]:
        made, place = [], 0
        for run in self._runs(self.line) if self.band else ():
            pairs = self.band[place : place + len(run)]
            upper = [(x(at), y(high)) for (at, _), (_, high) in zip(run, pairs, strict=True)]
            lower = [(x(at), y(low)) for (at, _), (low, _) in zip(run, pairs, strict=True)]
            made.append(svg.path(svg.polyline(upper + lower[::-1]) + "Z", "band"))
            place += len(run)
        return made

    def _steps(self, x: TimeScale, y: Scale) -> list[Markup]:
        until = [*(at for at, _ in self.steps[1:]), x.last]
        return [
            svg.group("accent", svg.line(x(since), y(value), x(end), y(value), "limit"))
            for (since, value), end in zip(self.steps, until, strict=False)
            if y.holds(value)
        ]

    def _shades(self, x: TimeScale, y: Scale) -> list[Markup]:
        return [
            svg.rect(x(first) - 1, y.end, max(x(last) - x(first) + 2, 3.0), y.start - y.end, "alarm")
            for first, last in self.alarms
        ]


def _ticks(x: TimeScale, y: Scale) -> list[Markup]:
    made = [svg.line(x.start, y.start, x.end, y.start, "axis")]
    for value in ticks(y.low, y.high, 3):
        made += [
            svg.line(x.start, y(value), x.end, y(value), "grid"),
            svg.text(x.start - 6, y(value) + 4, number(value), anchor="end"),
        ]
    return made


def _limit(limit: Limit, x: TimeScale, y: Scale) -> Markup:
    at = y(limit.value)
    return svg.group(
        limit.class_,
        svg.line(x.start, at, x.end, at, "limit"),
        svg.text(x.start + 4, at - 3, limit.words, "tick strong"),
    )
