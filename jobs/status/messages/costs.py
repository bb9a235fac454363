"""Words on what storage costs."""

from collections.abc import Iterator

from jobs.alerts.condition import Severity
from jobs.status.facts import CostState
from jobs.status.item import Item

# A forecast that is off by more than a tenth is missed, as budgets of operations are held.
TOLERATED = 0.1


def cost_items(costs: CostState) -> Iterator[Item]:
    """Against the budget, now and in 30 days; and against what was forecast 30 days ago."""
    later = "" if costs.forecast_cents is None else f", {usd(costs.forecast_cents)} in 30 days"
    text = f"a month of storage costs {usd(costs.cents)}{later}"
    if costs.budget_cents is None:
        yield Item("costs", text)
    elif max(costs.cents, costs.forecast_cents or 0) <= costs.budget_cents:
        yield Item("costs", f"{text}; the budget is {usd(costs.budget_cents)}")
    else:
        step = "let `assay upkeep` remove old files, move data to another tier, or raise budget_usd_per_month"
        text += f"; the budget of {usd(costs.budget_cents)} is exceeded"
        yield Item("costs", text, Severity.WARNING, step, "storage_budget/month")
    if costs.missed_by is not None and abs(costs.missed_by) > TOLERATED:
        text = (
            f"a month of storage costs {costs.missed_by:+.1%} against the forecast of 30 days before; 10 % is expected"
        )
        step = 'look what grew or stopped: `assay sql "FROM gold.storage_costs ORDER BY checked_date DESC LIMIT 9"`'
        yield Item("costs", text, Severity.WARNING, step, "storage_forecast/month")


def usd(cents: int) -> str:
    """Whole cents as dollars."""
    return f"{cents // 100:,}.{cents % 100:02d} USD"
