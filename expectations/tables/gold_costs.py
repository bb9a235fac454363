"""Gold: what storage costs. Filled where the plant's profile has prices."""

from expectations.tables.contract import Column, Rule, Severity, Table

TIERS = ("hot", "warm", "cold")
FORECAST_D = 30

STORAGE_COSTS = Table(
    "gold", "storage_costs",
    "What each layer stores at a check, by factory and tier, what a month of it costs, and what it costs 30 days later",
    (
        Column("checked_date", "date", "UTC date of the check's clock", nullable=False),
        Column("layer", "string", "Layer of the tables", nullable=False),
        Column("factory_id", "string", "Factory; null for tables that are not divided by factory"),
        Column("tier", "string", "Tier that the profile gives data of that age", nullable=False, allowed=TIERS),
        Column("size_bytes", "bigint", "Size of the live files", unit="B", nullable=False, minimum=0),
        Column("file_count", "bigint", "Live files", nullable=False, minimum=0),
        Column("price_usd_per_tb", "double", "Price of a terabyte and month", unit="USD/TB", nullable=False, minimum=0),
        Column("cost_cents", "bigint", "Cost of a month, whole cents", unit="cent", nullable=False, minimum=0),
        Column(
            "forecast_bytes", "bigint", f"Size {FORECAST_D} days later at the growth since the earliest check within "
            f"{FORECAST_D} days; null without one", unit="B", minimum=0,
        ),
        Column("forecast_cents", "bigint", "Cost of a month then; null without a forecast", unit="cent", minimum=0),
        Column(
            "forecast_deviation_frac", "double",
            f"Size less what the check of {FORECAST_D} days before or earlier expected, by that; null without one",
            unit="1",
        ),
    ),
    key=("checked_date", "layer", "factory_id", "tier"),
    rules=(
        Rule(
            "forecast_half_given", "(forecast_bytes IS NULL) = (forecast_cents IS NULL)", Severity.FAIL,
            "A forecast has a size and a cost",
        ),
    ),
    retention_days=400,
)  # fmt: skip
