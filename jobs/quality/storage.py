"""What storage costs against the plant's budget, and what alarms saved: a line each for people."""

from typing import Any

from expectations.tables.gold_costs import STORAGE_COSTS
from expectations.tables.gold_savings import MAINTENANCE_SAVINGS
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


def savings_lines(plant: Plant) -> list[str]:
    """What the alarms of each model version saved; none without prices."""
    rows = plant.lake.arrow(MAINTENANCE_SAVINGS).to_pylist() if plant.profile.has_costs else []
    return [f"quality: {_saved(row)}" for row in rows]


def _saved(row: dict[str, Any]) -> str:
    low, high = row["savings_low_cents"], row["savings_high_cents"]
    interval = "" if low is None else f" (95 %: {_usd(low)} to {_usd(high)})"
    return (
        f"alarms of version {row['model_version']}, {row['source']}: {_usd(row['savings_cents'])} saved{interval} at "
        f"{row['failure_count']:,} failures in {row['exposure_machine_years']:.2f} machine-years that it had not seen"
        f"{_intervened(row['intervened_count'])}"
    )


def _intervened(alarms: int) -> str:
    return f"; {alarms:,} alarm{'s' * (alarms != 1)} ended by an intervention" if alarms else ""


def _usd(cents: int) -> str:
    return f"{cents / 100:,.2f} USD"
