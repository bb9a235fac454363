"""Gold: how late records of events come, beside what the profile declares."""

from expectations.tables.contract import Column, Rule, Severity, Table

FEED_DELAYS = Table(
    "gold", "feed_delays",
    "How much later than it happened an event reached the files of its mapping. Only events count that happened since "
    "the first of these files: of a history nobody knows when it was known",
    (
        Column("feed", "string", "Feed of the events", nullable=False),
        Column("mapping", "string", "Mapping of the files", nullable=False),
        Column("event_count", "bigint", "Events that count", nullable=False, minimum=0),
        Column("delay_p50_s", "double", "Median of their delays; null without any", unit="s", minimum=0),
        Column("delay_p95_s", "double", "Delay that 95 of 100 of them do not exceed", unit="s", minimum=0),
        Column("delay_max_s", "double", "Longest of their delays", unit="s", minimum=0),
        Column(
            "declared_delay_s", "double", "Delay that the profile declares for the feed; null where it declares none",
            unit="s", minimum=0,
        ),
    ),
    key=("feed", "mapping"),
    rules=(
        Rule(
            "delays_half_given", "(event_count = 0) = (delay_p95_s IS NULL)", Severity.FAIL,
            "There are delays where there are events",
        ),
    ),
    retention_days=30,
)  # fmt: skip
