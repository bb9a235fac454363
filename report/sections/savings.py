"""The section on what alarms saved, each model version on times that it had not seen."""

from dataclasses import dataclass

from report.facts import Facts
from report.formats import count, day, plural
from report.queries.savings import Saving
from report.sections.money import usd
from report.sections.plant import Tile

FEW = 10
"""Failures below which the section says that they are few. Source: a 95 % Wilson interval of 9 of 10 is 0.4 wide."""


@dataclass(frozen=True, slots=True)
class SavingLine:
    """One model version and source of scores."""

    version: str
    source: str
    first: str
    last: str
    failures: str
    vain: str
    intervened: str
    saved: str
    interval: str


@dataclass(frozen=True, slots=True)
class SavingsSection:
    """What the template shows."""

    lead: str
    tiles: tuple[Tile, ...]
    lines: tuple[SavingLine, ...]


def savings_section(facts: Facts) -> SavingsSection | None:
    """What alarms saved; None where the lake has no such row."""
    if not facts.savings:
        return None
    newest = facts.savings[0]
    return SavingsSection(_lead(newest), _tiles(newest), tuple(map(_line, facts.savings)))


def _lead(newest: Saving) -> str:
    verb = "saved" if newest.savings_cents >= 0 else "cost more than they saved, by"
    few = f" {plural(newest.failure_count, 'failure')} are few." if newest.failure_count < FEW else ""
    return (
        f"From {day(newest.first_scored_at)} to {day(newest.last_scored_at)} the alarms of {newest.model_version} "
        f"{verb} {usd(abs(newest.savings_cents))}; its training had seen none of these days.{few}"
    )


def _tiles(newest: Saving) -> tuple[Tile, ...]:
    class_ = "good" if (newest.savings_low_cents or 0) > 0 else "bad" if newest.savings_cents < 0 else ""
    return (
        Tile(usd(newest.savings_cents), f"saved; with 95 % confidence {_interval(newest)}", class_),
        Tile(f"{newest.caught_count} of {newest.failure_count}", "failures announced in time"),
        Tile(count(newest.vain_call_count), "calls that no failure followed"),
        Tile(count(newest.intervened_count), "alarms that ended by an intervention: no failure counts as prevented"),
        Tile(f"{newest.exposure_machine_years:,.1f}", "machine-years observed"),
    )


def _line(each: Saving) -> SavingLine:
    return SavingLine(
        each.model_version, each.source, f"{each.first_scored_at:%Y-%m-%d}", f"{each.last_scored_at:%Y-%m-%d}",
        f"{each.caught_count} of {each.failure_count}",
        count(each.vain_call_count), count(each.intervened_count), usd(each.savings_cents),
        _interval(each),
    )  # fmt: skip


def _interval(each: Saving) -> str:
    if each.savings_low_cents is None or each.savings_high_cents is None:
        return "not known: one machine"
    return f"{usd(each.savings_low_cents)} to {usd(each.savings_high_cents)}"
