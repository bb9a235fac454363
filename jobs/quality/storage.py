"""What storage costs, in a line for people: against the plant's budget."""

from expectations.tables.gold_costs import STORAGE_COSTS
from gold.storage_costs import month_cents
from lakehouse.plant import Plant


def storage_lines(plant: Plant) -> list[str]:
    """The cost of a month, its forecast, and an alert where either is above the budget; none without prices."""
    prices, rows = plant.profile.storage, plant.lake.arrow(STORAGE_COSTS).to_pylist()
    if prices is None or not rows:
        return []
    cents, forecast = month_cents(rows)
    later = "" if forecast is None else f", {_usd(forecast)} in 30 days"
    line = f"storage costs {_usd(cents)} a month{later}"
    budget = prices.budget_usd_per_month
    if budget is None:
        return [f"quality: {line}"]
    over = max(cents, forecast or 0) > budget * 100
    return [f"quality: {'ALERT ' if over else ''}{line}; the budget is {budget:,.2f} USD"]


def _usd(cents: int) -> str:
    return f"{cents / 100:,.2f} USD"
