"""The section on sensors: a map of those with findings by date, and what is found now."""

from collections.abc import Sequence
from dataclasses import dataclass

from report.charts.heat_map import Cell, MapRow
from report.facts import Facts
from report.formats import day, plural
from report.queries.sensors import SensorDay, Sensors
from report.sections.map_figure import SHOWN, MapFigure, map_figure

"""Rows of the map and of the table: the sensors with most findings."""
_WRONG = ("dead", "stuck", "out_of_calibration", "drifting")
_UNKNOWN = ("learning", "silent")


@dataclass(frozen=True, slots=True)
class SensorLine:
    """A sensor with a finding on the newest date."""

    machine: str
    sensor: str
    metric: str
    findings: str
    class_: str


@dataclass(frozen=True, slots=True)
class SensorSection:
    """What the template shows."""

    lead: str
    state: str
    state_class: str
    map: MapFigure
    lines: tuple[SensorLine, ...]


def sensor_section(facts: Facts) -> SensorSection | None:
    """Which sensors cannot be believed; None before the first date."""
    found = facts.sensors
    if found is None:
        return None
    rows, dates = _rows(found.cells), sorted({cell.on for cell in found.cells})
    label = "Findings on sensors, by sensor and date"
    now = [cell for cell in found.cells if cell.on == found.until and cell.findings]
    return SensorSection(
        lead=f"Each sensor against its own past and the sensors beside it, up to {day(found.until)}.",
        state=_state(found, now),
        state_class="bad" if now else "warn" if found.learning == found.looked_at else "good",
        map=map_figure(label, rows, dates, "sensor"),
        lines=tuple(map(_line, now[:SHOWN])),
    )


def _state(found: Sensors, now: Sequence[SensorDay]) -> str:
    learning = f"; {plural(found.learning, 'sensor')} without dates enough to compare with" if found.learning else ""
    return f"{plural(len(now), 'sensor')} with a finding, of {plural(found.looked_at, 'sensor')}{learning}."


def _rows(cells: Sequence[SensorDay]) -> list[MapRow]:
    """A row for each sensor, those with most dates with findings first."""
    by_name: dict[str, list[SensorDay]] = {}
    for cell in cells:
        by_name.setdefault(f"{cell.machine_id} {cell.sensor_id} {cell.metric}", []).append(cell)
    times = {name: sum(bool(cell.findings) for cell in mine) for name, mine in by_name.items()}
    ordered = sorted(by_name, key=lambda name: (-times[name], name))
    return [MapRow(name, {cell.on: _cell(name, cell) for cell in by_name[name]}) for name in ordered]


def _cell(name: str, cell: SensorDay) -> Cell:
    words = _words(cell.findings or (cell.verdict,))
    class_ = _class(cell.findings) if cell.findings else "none" if cell.verdict in _UNKNOWN else "h0"
    return Cell(class_, f"{name}, {day(cell.on)}: {words}")


def _class(findings: Sequence[str]) -> str:
    return "bad" if set(findings).intersection(_WRONG) else "warn"


def _words(codes: Sequence[str]) -> str:
    return ", ".join(codes).replace("_", " ")


def _line(one: SensorDay) -> SensorLine:
    class_ = "FAIL" if _class(one.findings) == "bad" else "WARN"
    return SensorLine(one.machine_id, one.sensor_id, one.metric, _words(one.findings), class_)
