"""What a month of storage costs, read from gold, against the budget of the profile."""

from fractions import Fraction

from calculators.arithmetic import whole_cents
from expectations.tables.gold_costs import STORAGE_COSTS
from gold.storage_costs import missed_by, month_cents
from jobs.status.facts import CostState
from lakehouse.plant import Plant


def cost_state(plant: Plant) -> CostState | None:
    """The costs of the newest check; None where the profile has no prices, or nothing was checked."""
    prices, rows = plant.profile.storage, plant.lake.arrow(STORAGE_COSTS).to_pylist()
    if prices is None or not rows:
        return None
    budget, missed = prices.budget_usd_per_month, missed_by(rows)
    return CostState(
        *month_cents(rows),
        None if budget is None else whole_cents(Fraction(str(budget))),
        None if missed is None else float(missed),
    )
