"""The section on windows of vibration: the bearings that are heard most, and what could not be computed."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from expectations.tables.machine_keys import machine_key, shown_names
from expectations.tables.silver_vibration import NOT_COMPUTED
from report.charts.trend import TrendLine, trend_chart
from report.facts import Facts
from report.formats import count, day, number, plural
from report.queries.vibration import Heard


@dataclass(frozen=True, slots=True)
class SensorPicture:
    """One sensor by date."""

    head: str
    under: str
    chart: Markup


@dataclass(frozen=True, slots=True)
class VibrationSection:
    """What the template shows; `not_computed` are sentences."""

    lead: str
    pictures: tuple[SensorPicture, ...]
    not_computed: tuple[str, ...]


def vibration_section(facts: Facts) -> VibrationSection | None:
    """What the windows say; None before the first one."""
    found = facts.vibration
    if found is None:
        return None
    named = shown_names([machine_key(one.machine_id, one.factory_id) for one in found.worst])
    lead = (
        f"{plural(found.windows, 'window')} of {plural(found.sensors, 'sensor')} up to {day(found.until)}, a row of 18 "
        "features each."
    )
    why = (f"{plural(times, 'window')}: {NOT_COMPUTED[reason]}." for reason, times in found.not_computed.items())
    return VibrationSection(lead, tuple(_picture(one, named) for one in found.worst), tuple(why))


def _picture(one: Heard, named: Mapping[str, str]) -> SensorPicture:
    head = f"{named[machine_key(one.machine_id, one.factory_id)]}: {one.sensor_id}"
    at, peak = max(one.by_date, key=lambda each: each[1])
    velocity = "" if one.velocity_mm_s is None else f"; velocity then {number(one.velocity_mm_s, 2)} mm/s RMS"
    under = f"{one.line}, {number(peak, 3)} on {day(at)}{velocity}; {count(len(one.by_date))} dates"
    return SensorPicture(head, under, trend_chart(head, TrendLine(one.by_date, None, None, "")))
