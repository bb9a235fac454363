"""What storage costs: the newest check, what the checks before it found, and the budget."""

from dataclasses import dataclass
from datetime import date

from report.lake_view import LakeView


@dataclass(frozen=True, slots=True)
class StorageCost:
    """One layer, factory and tier at the newest check. Amounts are whole cents of a month."""

    layer: str
    factory_id: str | None
    tier: str
    size_bytes: int
    price_usd_per_tb: float
    cost_cents: int
    forecast_cents: int | None
    forecast_deviation_frac: float | None


@dataclass(frozen=True, slots=True)
class Check:
    """All of one check."""

    on: date
    size_bytes: int
    cost_cents: int
    forecast_cents: int | None


@dataclass(frozen=True, slots=True)
class Money:
    """Every check, oldest first, and the rows of the newest."""

    checks: tuple[Check, ...]
    costs: tuple[StorageCost, ...]


def money(view: LakeView) -> Money | None:
    """The costs of storage; None where none were ever written."""
    checks = view.rows(
        'SELECT checked_date AS "on", sum(size_bytes)::BIGINT AS size_bytes, sum(cost_cents)::BIGINT AS cost_cents, '
        "CASE WHEN count(forecast_cents) = count(*) THEN sum(forecast_cents)::BIGINT END AS forecast_cents "
        "FROM gold.storage_costs GROUP BY checked_date ORDER BY checked_date"
    )
    if not checks:
        return None
    costs = view.rows(
        "SELECT layer, factory_id, tier, size_bytes, price_usd_per_tb, cost_cents, forecast_cents, "
        "forecast_deviation_frac FROM gold.storage_costs WHERE checked_date = $on "
        "ORDER BY cost_cents DESC, layer, factory_id NULLS FIRST, tier",
        {"on": checks[-1]["on"]},
    )
    return Money(tuple(Check(**row) for row in checks), tuple(StorageCost(**row) for row in costs))
