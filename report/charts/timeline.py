"""Held-out time, machine by machine: alarm episodes, and failures announced or missed."""

from datetime import UTC, datetime

from markupsafe import Markup

from expectations.model_folder.pictures import Machine, Timeline
from report.charts import svg
from report.charts.plot import KEY_LINE, cross, dot, key
from report.charts.scales import TimeScale, time_ticks
from report.formats import of, short_moment

WIDTH, NARROW = 960.0, 340.0
_NAMES, _RIGHT, _TOP, _ROW = 130.0, 10.0, 6.0, 20.0
# In a narrow picture a name has a line of its own above its row.
_NAME_LINE, _LONGEST, _TICK_EVERY = 14.0, 20, 60.0


def timeline_chart(timeline: Timeline, width: float = WIDTH) -> Markup:
    """A row for each machine.

    Args:
        timeline: What happened.
        width: Of the picture; a narrow one has the machines' names above their rows.
    """
    is_narrow = width <= NARROW
    scale = TimeScale(_at(timeline.first_us), _at(timeline.last_us), 0.0 if is_narrow else _NAMES, width - _RIGHT)
    row = _ROW + _NAME_LINE if is_narrow else _ROW
    floor = _TOP + row * len(timeline.machines)
    made = [svg.line(scale.start, floor, scale.end, floor, "axis")]
    for at in time_ticks(scale.first, scale.last, max(int((scale.end - scale.start) / _TICK_EVERY), 1)):
        made.append(svg.line(scale(at), _TOP, scale(at), floor, "grid"))
        made.append(svg.text(scale(at), floor + 15, f"{at.day} {at:%b}", anchor="middle"))
    for place, machine in enumerate(timeline.machines):
        made += _row(machine, timeline.horizon_us, scale, _TOP + row * (place + 1) - _ROW / 2, is_narrow=is_narrow)
    entries = [("bar episode", "alarm episode"), ("main", "failure, announced"), ("cross", "failure, missed")]
    marks, taken = key(entries, floor + 20, width)
    shown, all_of_them = len(timeline.machines), timeline.machine_count
    label = f"Alarms and failures of {of(shown, all_of_them)} machines"
    if shown < all_of_them:
        taken += KEY_LINE
        marks.append(svg.text(2, floor + 15 + taken, f"{of(shown, all_of_them)} machines, those with most failures"))
    return svg.picture(width, floor + 20 + taken, label, *made, *marks)


def _row(machine: Machine, horizon_us: int, scale: TimeScale, y: float, *, is_narrow: bool) -> list[Markup]:
    name = machine.name if is_narrow or len(machine.name) <= _LONGEST else machine.name[: _LONGEST - 1] + "…"
    made = [svg.text(0, y - 11, name[:50]) if is_narrow else svg.text(_NAMES - 8, y + 4, name, anchor="end")]
    for at_us in machine.episodes_us:
        x, end = scale(_at(at_us)), min(scale(_at(at_us + horizon_us)), scale.end)
        made.append(svg.rect(x, y - 6, max(end - x, 2.0), 12, "episode", f"{machine.name}, alarm {_words(at_us)}"))
    for at_us in machine.announced_us:
        made.append(dot(scale(_at(at_us)), y, "main", f"{machine.name}, failure announced, {_words(at_us)}"))
    for at_us in machine.missed_us:
        made.append(cross(scale(_at(at_us)), y, "bad", f"{machine.name}, failure missed, {_words(at_us)}"))
    return made


def _at(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1e6, UTC)


def _words(us: int) -> str:
    return short_moment(_at(us))
