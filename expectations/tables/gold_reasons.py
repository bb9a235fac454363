"""Gold: the feature vector of each alarm as it was scored, and what each feature added to the score."""

from expectations.tables.contract import Column, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID

ALARM_REASONS = Table(
    "gold", "alarm_reasons",
    "Why an alarm was raised: its features as they were scored, a row for each, with what each added; append only",
    (
        MACHINE_ID, FACTORY_ID,
        Column("scored_at", "timestamp", "Grid time of the score that raised the alarm", unit="UTC", nullable=False),
        Column("scored_date", "date", "UTC date of that time", nullable=False),
        Column("bundle", "string", "Bundle that scored, as name@version+build", nullable=False),
        Column("decision", "string", "What the score requests", nullable=False),
        Column("feature", "string", "Feature of the vector, or residual column that the model adds to it",
               nullable=False),
        Column("value", "double", "Its value, in `unit`; null where it was missing"),
        Column("unit", "string", "Canonical unit of the feature; 1 of a residual column: spreads of "
               "healthy rows", nullable=False),
        Column("contribution", "double", "What it added to the margin of the failure model, log-odds; null where the "
               "bundle's failure model is not in the registry, or it has none", unit="1"),
        Column("rank", "bigint", "1 for the feature that added most to the margin, and so on; by place in the vector "
               "where nothing is known of contributions", nullable=False, minimum=1),
        Column("words", "string", "The same in words", nullable=False),
    ),
    key=("machine_id", "factory_id", "scored_at", "bundle", "feature"),
    partition_by=("scored_date",),
    retention_days=30,
)  # fmt: skip
