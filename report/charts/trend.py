"""Values of one metric by date as a line, the slope of its last week, and the limit that it moves to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from report.charts import svg
from report.formats import day, number

WIDTH, HEIGHT, TOP, BOTTOM, EDGE = 340.0, 112.0, 16.0, 20.0, 3.0
WEEK = 6
_FLAT = 0.5


@dataclass(frozen=True, slots=True)
class TrendLine:
    """What is drawn: means by date, ascending, at least one; the slope a day and the limit where it has them."""

    means: Sequence[tuple[date, float]]
    slope_per_day: float | None
    limit: float | None
    unit: str


def trend_chart(label: str, line: TrendLine) -> Markup:
    """The means as a line with points that name their date, the slope of the last week and the limit as broken ones."""
    first, last = line.means[0][0], line.means[-1][0]
    values = [value for _, value in line.means]
    ends = (values[-1] - WEEK * (line.slope_per_day or 0.0), values[-1])
    shown = [*values, *ends, *([] if line.limit is None else [line.limit])]
    low, high = min(shown), max(shown)
    span = (high - low) or _FLAT
    days = max((last - first).days, WEEK)

    def at(on: date, value: float) -> tuple[float, float]:
        x = EDGE + (days - (last - on).days) / days * (WIDTH - 2 * EDGE)
        return x, HEIGHT - BOTTOM - (value - low) / span * (HEIGHT - BOTTOM - TOP)

    week = [at(date.fromordinal(last.toordinal() - WEEK), ends[0]), at(last, ends[1])]
    slope = [] if line.slope_per_day is None else [svg.path(_path(week), "ideal")]
    points = [at(*each) for each in line.means]
    dots = [
        svg.rect(x - 2, y - 2, 4, 4, "main", f"{day(on)}: {number(value)} {line.unit}".rstrip())
        for (x, y), (on, value) in zip(points, line.means, strict=True)
    ]
    limit = [] if line.limit is None else [_limit(line, at(last, line.limit)[1])]
    return svg.picture(
        WIDTH, HEIGHT, label, svg.path(_path(points), "line"), *dots, *slope, *limit,
        svg.text(EDGE, HEIGHT - 6, day(first)), svg.text(WIDTH - EDGE, HEIGHT - 6, day(last), anchor="end"),
    )  # fmt: skip


def _limit(line: TrendLine, y: float) -> Markup:
    words = svg.text(EDGE, y - 4 if y > TOP else y + 11, f"limit {number(line.limit)} {line.unit}", "tick strong")
    return svg.group("bad", svg.line(EDGE, y, WIDTH - EDGE, y, "limit"), words)


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
