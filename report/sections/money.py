"""The section on money: what a month of storage costs, against the budget, by layer, factory and tier."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from report.charts.days import DayValue, Level, day_bars
from report.facts import Facts
from report.formats import MINUS, day, size
from report.queries.money import Check, StorageCost
from report.sections.plant import Tile

CENTS = 100
NONE_YET = "none yet"
TOLERATED = 0.1
"""Deviation from a forecast beyond which it counts as missed: a tenth, as budgets of operations are held."""


@dataclass(frozen=True, slots=True)
class CostLine:
    """One row of the bill."""

    layer: str
    factory: str
    tier: str
    size: str
    price: str
    cost: str
    forecast: str
    deviation: str
    is_off: bool


@dataclass(frozen=True, slots=True)
class MoneySection:
    """What the template shows."""

    lead: str
    tiles: tuple[Tile, ...]
    days: Markup | None
    narrow_days: Markup | None
    lines: tuple[CostLine, ...]


def money_section(facts: Facts) -> MoneySection | None:
    """The costs of storage; None where the lake holds none."""
    found, prices = facts.money, facts.profile.storage
    if found is None:
        return None
    newest = found.checks[-1]
    budget = None if prices is None else prices.budget_usd_per_month
    return MoneySection(
        lead=f"At the check of {day(newest.on)} the tables store {size(newest.size_bytes)}. "
        f"A month of it costs {usd(newest.cost_cents)}.",
        tiles=tuple(_tiles(newest, budget)),
        days=_days(found.checks, budget, 760.0),
        narrow_days=_days(found.checks, budget, 340.0),
        lines=tuple(map(_line, found.costs)),
    )


def _tiles(newest: Check, budget: float | None) -> list[Tile]:
    tiles = [Tile(usd(newest.cost_cents), "a month of storage, at the profile's prices")]
    if newest.forecast_cents is not None:
        tiles.append(Tile(usd(newest.forecast_cents), "a month, 30 days after the check, at the growth so far"))
    if budget is not None:
        worst = max(newest.cost_cents, newest.forecast_cents or 0)
        is_over = worst > budget * CENTS
        words = "budget of a month: exceeded, now or in 30 days" if is_over else "budget of a month: held"
        tiles.append(Tile(usd(round(budget * CENTS)), words, "bad" if is_over else "good"))
    return tiles


def _days(checks: Sequence[Check], budget: float | None, width: float) -> Markup | None:
    """A bar for each check; None where one check alone has nothing to be compared with."""
    if len(checks) < 2:
        return None
    bars = [
        DayValue(each.on, each.cost_cents / CENTS, f"{day(each.on)}: {usd(each.cost_cents)} a month") for each in checks
    ]
    level = None if budget is None else Level(budget, f"budget {usd(round(budget * CENTS))}")
    return day_bars("Cost of a month of storage at each check", bars, "accepted", level, width)


def _line(each: StorageCost) -> CostLine:
    deviation = each.forecast_deviation_frac
    return CostLine(
        each.layer, each.factory_id or "not divided", each.tier, size(each.size_bytes),
        f"{each.price_usd_per_tb:,.2f}", usd(each.cost_cents),
        NONE_YET if each.forecast_cents is None else usd(each.forecast_cents),
        NONE_YET if deviation is None else f"{100 * deviation:+.1f} %".replace("-", MINUS),
        deviation is not None and abs(deviation) > TOLERATED,
    )  # fmt: skip


def usd(cents: int) -> str:
    """Whole cents as dollars.

    >>> usd(123456), usd(-5)
    ('$1,234.56', '\u2212$0.05')
    """
    sign = MINUS if cents < 0 else ""
    return f"{sign}${abs(cents) // CENTS:,}.{abs(cents) % CENTS:02d}"
