"""Gold: maintenance that censors, and the labels that it leaves unknown."""

from expectations.plant.plant_profile import Profile
from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID

INTERVENTION_REASONS = ("condition_based", "standing_alarm")
FINDINGS = ("confirmed", "refuted")

INTERVENTIONS = Table(
    "gold", "interventions",
    "Maintenance that censors: nobody knows whether the machine would have failed without it",
    (
        MACHINE_ID, FACTORY_ID,
        Column("occurred_at", "timestamp", "When the work was", unit="UTC", nullable=False),
        Column("reason", "string", "Why it censors", nullable=False, allowed=INTERVENTION_REASONS),
        Column("finding", "string", "What the technician found; null where no record says", allowed=FINDINGS),
    ),
    key=("machine_id", "factory_id", "occurred_at"),
    retention_days=30,
)  # fmt: skip


def censored(horizon: str) -> Column:
    """The column that says that an intervention leaves a row without label of a horizon."""
    return Column(
        f"censored_within_{horizon}", "string", "Why the intervention censors that comes within the horizon and before "
        f"any failure; null where none leaves failure_within_{horizon} null", allowed=INTERVENTION_REASONS,
    )  # fmt: skip


def censoring_rules(profile: Profile) -> tuple[Rule, ...]:
    """What is censored has no label, for each horizon."""
    return tuple(
        Rule(
            f"label_in_spite_of_intervention_{horizon}",
            f"failure_within_{horizon} IS NULL OR censored_within_{horizon} IS NULL",
            Severity.FAIL, "A row before an intervention has no label",
        )
        for horizon in profile.labels.horizons
    )  # fmt: skip
