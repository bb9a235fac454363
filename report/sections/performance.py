"""The section on how well the models did, week by week, on times that they had not seen."""

from collections.abc import Callable
from dataclasses import dataclass

from expectations.tables.gold_shadow import SHADOW
from report.facts import Facts
from report.formats import day, plural
from report.queries.performance import PeriodFigures
from report.sections.plant import Tile

UNKNOWN = "\N{EM DASH}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, its interval, and that of the plain rule; empty where there is none."""

    value: str
    interval: str
    plain: str


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """One week, or all weeks of a version."""

    name: str
    under: str
    failures: str
    lead: str
    recall: Figure
    precision: Figure
    false_alarms: Figure


@dataclass(frozen=True, slots=True)
class PerformanceSection:
    """What the template shows; `behind` are sentences, one for each slice."""

    lead: str
    tiles: tuple[Tile, ...]
    weeks: tuple[PeriodLine, ...]
    versions: tuple[PeriodLine, ...]
    behind: tuple[str, ...]
    rule: str
    shadow: tuple[PeriodLine, ...]


def performance_section(facts: Facts) -> PerformanceSection | None:
    """How well the models did; None where the lake has no such figures."""
    known = facts.performance
    if known is None:
        return None
    newest = known.versions[0]
    return PerformanceSection(
        lead=_lead(newest), tiles=_tiles(newest),
        weeks=tuple(_line(week, f"{week.period_start_at:%Y-%m-%d}", _matured(week)) for week in known.weeks),
        versions=tuple(_line(one, one.model_version, _scored_by(one)) for one in known.versions),
        behind=tuple(each.note for each in known.behind), rule=newest.plain_rule or "",
        shadow=tuple(_line(week, f"{week.period_start_at:%Y-%m-%d}", _beside(week)) for week in known.shadow),
    )  # fmt: skip


def _lead(newest: PeriodFigures) -> str:
    few = " These are few: the recall is no figure to act on." if newest.is_few_events else ""
    return (
        f"From {day(newest.period_start_at)} to {day(newest.period_end_at)} the alarms of {newest.model_version} "
        f"announced {newest.caught_count} of {plural(newest.event_count, 'failure')} in time; its training had seen "
        f"none of these days.{few}"
    )


def _tiles(newest: PeriodFigures) -> tuple[Tile, ...]:
    own = _between(newest.recall_low, newest.recall_high, _percent) or "not known: no failures"
    return (
        Tile(_percent(newest.recall), f"of failures announced in time; with 95 % confidence {own}"),
        Tile(_percent(newest.precision), "of calls were not in vain"),
        Tile(_rate(newest.false_alarms_per_machine_year), "false alarms in a machine-year"),
        Tile(_hours(newest.lead_hours_median), "from alarm to failure, median"),
        Tile(_percent(newest.matured_frac), "of the labels have matured"),
    )


def _line(each: PeriodFigures, name: str, under: str) -> PeriodLine:
    late = f", {each.too_late_count} too late" if each.too_late_count else ""
    rates = (each.false_alarms_low, each.false_alarms_high)
    false = Figure(
        _rate(each.false_alarms_per_machine_year), _between(*rates, _rate),
        _rate(each.plain_false_alarms_per_machine_year) if each.plain_rule else "",
    )  # fmt: skip
    recall = _fraction(each.recall, (each.recall_low, each.recall_high), each.plain_recall)
    precision = _fraction(each.precision, (each.precision_low, each.precision_high), each.plain_precision)
    lead = "" if each.lead_hours_median is None else f"{_hours(each.lead_hours_median)} ahead"
    return PeriodLine(name, under, f"{each.caught_count} of {each.event_count}{late}", lead, recall, precision, false)


def _fraction(value: float | None, ends: tuple[float | None, float | None], plain: float | None) -> Figure:
    return Figure(_percent(value), _between(*ends, _percent), "" if plain is None else _percent(plain))


def _between(low: float | None, high: float | None, words: Callable[[float | None], str]) -> str:
    return "" if low is None or high is None else f"{words(low)} to {words(high)}"


def _matured(each: PeriodFigures) -> str:
    return f"{_percent(each.matured_frac)} matured"


def _beside(each: PeriodFigures) -> str:
    who = "in shadow" if each.source == SHADOW else "champion"
    return f"{each.model_version}, {who}, {_matured(each)}"


def _scored_by(each: PeriodFigures) -> str:
    since, until = (f"{at:%Y-%m-%d}" for at in (each.period_start_at, each.period_end_at))
    return f"{each.horizon}, scored by {each.source}, {since} to {until}"


def _percent(value: float | None) -> str:
    return UNKNOWN if value is None else f"{100 * value:.0f} %"


def _rate(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.1f}"


def _hours(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.1f} h"
