"""Gold: when machines were down, and how often they fail."""

from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID

STOP_ENDS = {
    "maintenance": "Maintenance on record ended it",
    "assumed": "No maintenance is on record in time: the profile's `repair` after the failure",
    "planned_work": "The profile's `planned_work` after the maintenance",
    "failure": "A failure of the machine cut planned work short",
}
SCOPES = {
    "machine": "One machine in one factory",
    "machine_model": "All machines of a model",
    "factory": "All machines of a factory",
    "plant": "All machines",
}

DOWNTIME = Table(
    "gold", "downtime",
    "Each stop of a machine: from a failure to its repair, or for planned work",
    (
        MACHINE_ID, FACTORY_ID,
        Column("from_at", "timestamp", "When it began", unit="UTC", nullable=False),
        Column("to_at", "timestamp", "When it ended", unit="UTC", nullable=False),
        Column("hours", "double", "How long it was", unit="h", nullable=False, minimum=0),
        Column("is_planned", "boolean", "Maintenance that followed no failure", nullable=False),
        Column("cause", "string", "Codes of its failures, or of the maintenance, in the order of the alphabet",
               nullable=False),
        Column("failure_count", "bigint", "Failures in it; one during a stop belongs to that stop", nullable=False,
               minimum=0),
        Column("ended_by", "string", "What ended it", nullable=False, allowed=tuple(STOP_ENDS)),
        Column("cost_cents", "bigint", "Hours by the profile's `usd_per_hour` for the machine, less what `standby` "
               "spares; null without", unit="cent"),
    ),
    key=("machine_id", "factory_id", "from_at"),
    rules=(
        Rule("stop_order", "from_at <= to_at AND is_planned = (failure_count = 0)", Severity.FAIL,
             "A stop ends after it began; one with a failure is not planned"),
    ),
    retention_days=400,
)  # fmt: skip


def _hours(name: str, words: str) -> Column:
    return Column(name, "double", words, unit="h", nullable=False, minimum=0)


UPTIME = Table(
    "gold", "uptime",
    "Time in use and down, MTBF and MTTR: of machines, models, factories and the plant; as a whole and by UTC month",
    (
        Column("scope", "string", "Of what", nullable=False, allowed=tuple(SCOPES)),
        Column("name", "string", "Which machine, model or factory; the plant's name", nullable=False),
        Column("factory_id", "string", "Factory of the machine; null for other scopes"),
        Column("month", "date", "First day of the month, UTC; null: the whole time"),
        Column("machine_count", "bigint", "Machines that were observed in the time", nullable=False, minimum=1),
        _hours("observed_hours", "From each machine's first reading until failures are known"),
        _hours("planned_hours", "Of these in stops for planned work"),
        _hours("unplanned_hours", "Of these in stops after failures"),
        Column("uptime", "double", "(observed - planned - unplanned) / observed; null without observed time", minimum=0,
               maximum=1),
        Column("availability", "double", "The same with planned work left out of both", minimum=0, maximum=1),
        Column("failure_count", "bigint", "Stops after failures that began in the time", nullable=False, minimum=0),
        Column("mtbf_hours", "double", "Hours in use by failures; null without a failure", unit="h"),
        Column("mtbf_low_hours", "double", "Lower end of its 95 % interval, which there is without a failure too; "
               "null without hours in use", unit="h"),
        Column("mtbf_high_hours", "double", "Upper end; null without a failure", unit="h"),
        Column("repair_count", "bigint", "Of these stops, those whose end is on record", nullable=False, minimum=0),
        Column("mttr_hours", "double", "Mean length of those; null without any", unit="h"),
    ),
    key=("scope", "name", "factory_id", "month"),
    rules=(
        Rule("hours_add_up", "planned_hours + unplanned_hours <= observed_hours + 1e-6", Severity.FAIL,
             "A machine is not down longer than it is observed"),
        Rule("repairs_are_of_failures", "repair_count <= failure_count", Severity.FAIL, "A repair follows a failure"),
    ),
    retention_days=400,
)  # fmt: skip
