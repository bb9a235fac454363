"""The section on what to do first, on the health of machines, and on metrics that move to a limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from expectations.tables.machine_keys import machine_key, shown_names
from report.charts.heat_map import Cell, MapRow
from report.charts.trend import TrendLine, trend_chart
from report.facts import Facts
from report.formats import count, day, moment, number, plural, unit_label
from report.queries.work import Entry, HealthDay, Trend, Work
from report.sections.map_figure import MapFigure, map_figure
from report.sections.plant import Tile

"""Machines of the map: the worst of now."""
_ACTIONS = {
    "repair": "repair", "stop": "safe stop", "maintain": "maintain", "restore_data": "restore its data",
    "inspect": "inspect",
}  # fmt: skip
_CLASSES = {"poor": "bad", "watch": "warn", "blind": "blind"}
_FROM = {"down": "it is down", "model": "by its score", "failure_rate": "by failures on record"}


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One entry of the list."""

    rank: int
    machine: str
    action: str
    class_: str
    cost: str
    under: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrendPicture:
    """One metric that moves."""

    head: str
    under: str
    chart: Markup


@dataclass(frozen=True, slots=True)
class WorkSection:
    """What the template shows."""

    lead: str
    tiles: tuple[Tile, ...]
    lines: tuple[WorkLine, ...]
    more: str
    prices: str
    map: MapFigure
    trends: tuple[TrendPicture, ...]


def work_section(facts: Facts) -> WorkSection | None:
    """What to do first; None where no machine is known."""
    found = facts.work
    if found is None:
        return None
    named = shown_names([*map(_key, found.entries), *map(_key, found.days), *map(_key, found.trends)])
    rows, dates = _rows(found.days, named), sorted({one.on for one in found.days})
    return WorkSection(
        lead=_lead(found), tiles=_tiles(found.states),
        lines=tuple(_line(entry, named) for entry in found.entries),
        more=f"{count(found.count - len(found.entries))} more: `assay ask work_list`."
        if found.count > len(found.entries) else "",
        prices=_prices(found.entries),
        map=map_figure("Health of each machine by date", rows, dates, "machine"),
        trends=tuple(_trend(one, named) for one in found.trends if one.means),
    )  # fmt: skip


def _key(one: Entry | HealthDay | Trend) -> str:
    return machine_key(one.machine_id, one.factory_id)


def _lead(found: Work) -> str:
    machines = sum(found.states.values())
    if not found.count:
        return f"No machine of {count(machines)} gives a reason to act, by readings up to {moment(found.as_of)} UTC."
    return (
        f"{plural(found.count, 'machine')} of {count(machines)} {'gives' if found.count == 1 else 'give'} a reason to "
        f"act, by readings up to {moment(found.as_of)} UTC. First comes what is expected to cost most if nobody does."
    )


def _tiles(states: Mapping[str, int]) -> tuple[Tile, ...]:
    words = {"good": "good", "watch": "to watch", "poor": "poor", "blind": "blind: nothing is known of them"}
    return tuple(Tile(count(states.get(state, 0)), text) for state, text in words.items())


def _line(entry: Entry, named: Mapping[str, str]) -> WorkLine:
    chance = "probability not known"
    if entry.probability is not None:
        chance = f"{number(entry.probability, 2)} within {entry.horizon}, {_FROM[entry.probability_from or 'model']}"
    cost = "not known" if entry.expected_cost_cents is None else _usd(entry.expected_cost_cents)
    return WorkLine(
        entry.rank, named[_key(entry)], _ACTIONS[entry.action],
        {"inspect": "WARN", "restore_data": "WARN"}.get(entry.action, "FAIL"), cost,
        f"{chance}, of {_usd(entry.consequence_cents)}", tuple(entry.reasons.split("; ")),
    )  # fmt: skip


def _usd(cents: int) -> str:
    return f"${cents / 100:,.0f}"


def _prices(entries: Sequence[Entry]) -> str:
    if any(entry.is_default_price for entry in entries):
        return "The profile has no [costs]: prices are the shipped starting values."
    return ""


def _rows(days: Sequence[HealthDay], named: Mapping[str, str]) -> list[MapRow]:
    """A row for each machine; those that were worst on their newest date first, blind ones before all."""
    by_machine: dict[str, list[HealthDay]] = {}
    for one in days:
        by_machine.setdefault(_key(one), []).append(one)
    newest = {key: max(mine, key=lambda one: one.on) for key, mine in by_machine.items()}
    ordered = sorted(by_machine, key=lambda key: (newest[key].score or 0.0, named[key]))
    return [MapRow(named[key], {one.on: _cell(one, named[key]) for one in by_machine[key]}) for key in ordered]


def _cell(one: HealthDay, name: str) -> Cell:
    if one.score is None:
        return Cell("blind", f"{name}, {day(one.on)}: blind, no reading")
    parts = (("warnings", one.warning_points), ("critical events", one.critical_points),
             ("anomalies", one.anomaly_points), ("trend", one.trend_points))  # fmt: skip
    taken = ", ".join(f"{words} {number(points, 2)}" for words, points in parts if points)
    title = f"{name}, {day(one.on)}: {number(one.score, 3)} of 100{f'; {taken}' if taken else ''}"
    return Cell(_CLASSES.get(one.state, "h0" if one.score >= 95 else "h1"), title)


def _trend(one: Trend, named: Mapping[str, str]) -> TrendPicture:
    unit, sign = unit_label(one.unit), "+" if one.change_per_week > 0 else ""
    until = "" if one.days_to_limit is None else ", beyond its limit"
    if one.days_to_limit:
        until = f", at its limit in {number(one.days_to_limit, 2)} days"
    head = f"{named[_key(one)]}: {one.metric}"
    return TrendPicture(
        head, f"{sign}{number(one.change_per_week, 3)} {unit} a week{until}",
        trend_chart(head, TrendLine(one.means, one.slope_per_day, one.limit_value, unit)),
    )  # fmt: skip
