"""One machine on one time axis: signals with their limits, the score with its threshold, and what happened."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from report.charts import story_panels as panels
from report.charts import svg
from report.charts.scales import TimeScale, time_ticks
from report.formats import count, number, short_moment
from report.queries.story import Event, Point, Story

WIDTH, NARROW, LEFT, RIGHT = 960.0, 340.0, 52.0, 10.0
# A day's name takes some 40 units, and one in two of a narrow picture would touch the next.
_TICK_EVERY = 90.0
TOP, GAP, AXIS, STRIP = 22.0, 16.0, 24.0, 22.0


@dataclass(frozen=True, slots=True)
class _Placed:
    """A panel and where it begins."""

    top: float
    panel: panels.Panel


def story_chart(
    story: Story, signals: Sequence[panels.Panel], score: panels.Panel | None, width: float = WIDTH
) -> Markup:
    """All panels of the story above one another.

    Args:
        story: What was seen.
        signals: A panel for each metric, in order.
        score: The panel of the scores, where there are any.
        width: Of the picture; a narrow one leaves out what a pointer would show, as there is none on a telephone.
    """
    scale = TimeScale(story.starts_at, story.ends_at, LEFT, width - RIGHT)
    placed, below = _placed([*signals, *([score] if score else [])], scale)
    strips = _strips(story)
    floor = below + STRIP * len(strips)
    made = [
        *_days(scale, floor),
        *_failures(story, scale, floor),
        *(each.panel.draw(scale, each.top) for each in placed),
        *(_strip(name, events, scale, below + STRIP * place) for place, (name, events) in enumerate(strips)),
        *(_hits(story, scale, floor) if width > NARROW else ()),
    ]
    label = f"Signals, scores and events of machine {story.pick.machine_id}"
    return svg.picture(width, floor + AXIS, label, *made)


def _placed(all_panels: Sequence[panels.Panel], scale: TimeScale) -> tuple[list[_Placed], float]:
    top, found = TOP, []
    for panel in all_panels:
        found.append(_Placed(top, panel))
        top += panel.height_on(scale) + GAP
    return found, top


def _days(scale: TimeScale, floor: float) -> list[Markup]:
    made = [svg.line(scale.start, floor, scale.end, floor, "axis")]
    most = int((scale.end - scale.start) / _TICK_EVERY)
    for at in time_ticks(scale.first, scale.last, most):
        made += [
            svg.line(scale(at), TOP, scale(at), floor, "grid"),
            svg.text(scale(at), floor + 16, f"{at.day} {at:%b}", anchor="middle"),
        ]
    return made


def _failures(story: Story, scale: TimeScale, floor: float) -> list[Markup]:
    """A line through all panels for each failure; the line of the story's failure has its name."""
    made = []
    for event in story.events:
        if event.kind == "failure":
            made.append(svg.line(scale(event.at), TOP - 6, scale(event.at), floor, "failure"))
    if story.pick.failed_at:
        x = scale(story.pick.failed_at)
        is_left = x < scale.start + 0.7 * (scale.end - scale.start)
        words = f"failure: {story.pick.code}, {short_moment(story.pick.failed_at)}"
        made.append(svg.text(x + 4 if is_left else x - 4, 11, words, "name bad-text", "start" if is_left else "end"))
    return made


def _strips(story: Story) -> list[tuple[str, list[Event]]]:
    kinds = (("error", "errors"), ("alert", "alerts"), ("maintenance", "service"), ("failure", "failures"))
    found = [(name, [event for event in story.events if event.kind == kind]) for kind, name in kinds]
    return [(name, events) for name, events in found if events]


def _strip(name: str, events: list[Event], scale: TimeScale, top: float) -> Markup:
    y = top + STRIP / 2
    marks = [_mark(event, scale(event.at), y) for event in events]
    return svg.group(
        "", svg.line(scale.start, top, scale.end, top, "grid"), svg.text(LEFT - 6, y + 4, name, "tick", "end"), *marks
    )


def _mark(event: Event, x: float, y: float) -> Markup:
    shapes = {
        "error": (f"M{x - 5:.1f},{y + 5:.1f}h10l-5,-9z", "warn"),
        "alert": (f"M{x - 4:.1f},{y - 4:.1f}h8v8h-8z", "accent"),
        "maintenance": (f"M{x:.1f},{y - 6:.1f}l6,6l-6,6l-6,-6z", "good"),
        "failure": (f"M{x - 5:.1f},{y - 3:.1f}l2,-2l3,3l3,-3l2,2l-3,3l3,3l-2,2l-3,-3l-3,3l-2,-2l3,-3z", "bad"),
    }
    commands, class_ = shapes[event.kind]
    title = f"{short_moment(event.at)}: {event.kind} {event.code}{', ' + event.detail if event.detail else ''}"
    return svg.path(commands, f"{class_} mark", title)


def _hits(story: Story, scale: TimeScale, floor: float) -> list[Markup]:
    """For each time step a column whose tooltip lists every value. Marks of events are below it."""
    values: dict[datetime, list[str]] = {}
    for signal in story.signals:
        for point in signal.points:
            values.setdefault(point.at, []).append(_point_words(signal.metric, point))
    height = floor - STRIP * len(_strips(story)) - TOP
    return [
        svg.rect(
            scale(at), TOP, scale(at + story.step) - scale(at), height, "clear column",
            "\n".join([short_moment(at), *values[at], *_score_words(story, at)]),
        )
        for at in sorted(values)
    ]  # fmt: skip


def _point_words(metric: str, point: Point) -> str:
    reach = f"{number(point.minimum)} to {number(point.maximum)}"
    return f"{metric} {number(point.mean)} ({reach}, {count(point.readings)} readings)"


def _score_words(story: Story, at: datetime) -> list[str]:
    """The newest score at a time; nothing before the first."""
    place = bisect_right(story.scores, at, key=lambda score: score.at)
    if not place:
        return []
    score = story.scores[place - 1]
    likely = f", probability {100 * score.probability:.1f} %" if score.probability is not None else ""
    return [f"score {number(score.score)}{likely}"]
