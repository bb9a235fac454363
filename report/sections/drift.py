"""The section on drift: a map of the fleet's features by week, and what is beyond a limit now."""

from collections.abc import Sequence
from dataclasses import dataclass

from report.charts.heat_map import Cell, MapRow
from report.facts import Facts
from report.formats import count, day, number, plural
from report.queries.drift import Drift, DriftCell, DriftFound
from report.sections.map_figure import SHOWN, MapFigure, map_figure

"""Rows of the map and of the table: those farthest from the weeks before."""
STEPS = (0.25, 0.5, 0.75)
"""Part of the limit from which a cell is darker."""
_WORDS = {"DRIFT": "drift", "WARN": "one distance beyond its limit", "NO_DRIFT": "no drift"}


@dataclass(frozen=True, slots=True)
class DriftLine:
    """One feature or score beyond a limit."""

    of: str
    feature: str
    verdict: str
    class_: str
    ks: str
    psi: str
    kl: str


@dataclass(frozen=True, slots=True)
class DriftSection:
    """What the template shows."""

    lead: str
    state: str
    state_class: str
    map: MapFigure
    lines: tuple[DriftLine, ...]
    more: str


def drift_section(facts: Facts) -> DriftSection | None:
    """What drifts; None before the first comparison."""
    found = facts.drift
    if found is None:
        return None
    rows, dates = _rows(found.cells), sorted({cell.until for cell in found.cells})
    label = "Distance from the weeks before, by feature and week"
    state, class_ = _state(found)
    return DriftSection(
        lead=f"Each feature and score in the window that ends on {day(found.until)}, against those before it.",
        state=state,
        state_class=class_,
        map=map_figure(label, rows, dates, "feature"),
        lines=tuple(map(_line, found.found[:SHOWN])),
        more=f"{count(len(found.found) - SHOWN)} more: `assay ask what_drifts`." if len(found.found) > SHOWN else "",
    )


def _state(found: Drift) -> tuple[str, str]:
    fleet = sum(1 for one in found.found if one.scope == "fleet" and one.verdict == "DRIFT")
    if not found.compared:
        return f"Too little to compare yet: none of {plural(found.insufficient, 'comparison')} has enough data.", "warn"
    lacking = f"; {count(found.insufficient)} had too little data" if found.insufficient else ""
    return (
        f"{plural(fleet, 'feature or score', 'features or scores')} of the fleet "
        f"{'drifts' if fleet == 1 else 'drift'}, of {plural(found.compared, 'comparison')}{lacking}.",
        "bad" if fleet else "good",
    )


def _rows(cells: Sequence[DriftCell]) -> list[MapRow]:
    """A row for each feature and score of the fleet with enough data on some date, the farthest first."""
    by_name: dict[str, list[DriftCell]] = {}
    for cell in cells:
        name = cell.feature if cell.bundle is None else f"{cell.feature} of {cell.bundle}"
        by_name.setdefault(name, []).append(cell)
    farthest = {name: max((cell.ratio or 0.0) for cell in mine) for name, mine in by_name.items()}
    known = [name for name, mine in by_name.items() if any(cell.ratio is not None for cell in mine)]
    ordered = sorted(known, key=lambda name: (-farthest[name], name))
    return [MapRow(name, {cell.until: _cell(name, cell) for cell in by_name[name]}) for name in ordered]


def _cell(name: str, cell: DriftCell) -> Cell:
    if cell.ratio is None:
        return Cell("none", f"{name}, until {day(cell.until)}: not enough data")
    title = f"{name}, until {day(cell.until)}: {_WORDS[cell.verdict]}; farthest distance {cell.ratio:.0%} of its limit"
    if cell.verdict != "NO_DRIFT":
        return Cell("bad" if cell.verdict == "DRIFT" else "warn", title)
    return Cell(f"h{sum(cell.ratio >= step for step in STEPS)}", title)


def _line(one: DriftFound) -> DriftLine:
    def stated(value: float, limit: float) -> str:
        return f"{number(value, 2)} / {number(limit, 2)}"

    return DriftLine(
        one.name if one.scope == "fleet" else f"{one.scope} {one.name}", one.feature, _WORDS[one.verdict],
        "FAIL" if one.verdict == "DRIFT" else "WARN", stated(one.ks, one.ks_limit), stated(one.psi, one.psi_limit),
        stated(one.kl, one.kl_limit),
    )  # fmt: skip
