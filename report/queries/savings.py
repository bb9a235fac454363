"""What alarms saved: each model version's row of `gold.maintenance_savings`."""

from dataclasses import dataclass
from datetime import datetime

from report.lake_view import LakeView


@dataclass(frozen=True, slots=True)
class Saving:
    """One model version and source of scores. Amounts are whole cents; the interval is one of 95 %."""

    model_version: str
    source: str
    first_scored_at: datetime
    last_scored_at: datetime
    exposure_machine_years: float
    failure_count: int
    caught_count: int
    vain_call_count: int
    intervened_count: int
    savings_cents: int
    savings_low_cents: int | None
    savings_high_cents: int | None


def savings(view: LakeView) -> tuple[Saving, ...]:
    """Every row, the version that scored last first; none where the plant has no prices or nothing matured."""
    rows = view.rows(
        "SELECT model_version, source, first_scored_at, last_scored_at, exposure_machine_years, failure_count, "
        "caught_count, vain_call_count, intervened_count, savings_cents, savings_low_cents, "
        "savings_high_cents FROM gold.maintenance_savings ORDER BY last_scored_at DESC, model_version, source"
    )
    return tuple(Saving(**row) for row in rows)
