"""Gold: how each machine is, by date and now. A machine without data is blind, never healthy."""

from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID

STATES = {
    "good": "Its readings say nothing against it",
    "watch": "Its score is below `good_from`, or a metric that it measured in the week before is silent",
    "poor": "Its score is below `poor_below`",
    "blind": "Nothing is known: no reading on the date, or none for `blind_after`",
}
_STATE = Column("state", "string", "How it is", nullable=False, allowed=tuple(STATES))
_TREND = (
    Column("trend_metric", "string", "Metric whose trend reaches a limit first; null: none does"),
    Column("trend_unit", "string", "Unit of that metric"),
    Column("trend_change_per_week", "double", "Its change, in that unit a week"),
    Column("trend_limit_value", "double", "The limit, in that unit"),
    Column("trend_days_to_limit", "double", "Days until it is reached", unit="d", minimum=0),
)


def _points(name: str, words: str) -> Column:
    return Column(name, "double", f"{words}; null of a blind machine", minimum=0, maximum=100)


_ADDS_UP = "abs(score - (100 - warning_points - critical_points - anomaly_points - trend_points)) < 1e-6"

MACHINE_HEALTH = Table(
    "gold", "machine_health",
    "How each machine was on a local date: 100 less the points of its evidence; blind where nothing was measured",
    (
        MACHINE_ID, FACTORY_ID,
        Column("local_date", "date", "Date in the factory's time zone", nullable=False),
        _STATE,
        Column("score", "double", "100 - warning_points - critical_points - anomaly_points - trend_points; null: blind",
               minimum=0, maximum=100),
        _points("warning_points", "`warning_points` of the profile by `warning_frac`"),
        _points("critical_points", "`critical_points` by critical events, at most all"),
        _points("anomaly_points", "`anomaly_points` by `anomaly_frac` over that of the profile, at most all"),
        _points("trend_points", "`trend_points` by the part of `trend` that is not left until the limit"),
        Column("reading_count", "bigint", "Readings of the date", nullable=False, minimum=0),
        Column("warning_metric", "string", "Metric with the greatest part of its readings beyond a warning limit"),
        Column("warning_frac", "double", "That part", unit="1", minimum=0, maximum=1),
        Column("critical_event_count", "bigint", "Critical events that lasted on the date", minimum=0),
        Column("anomaly_frac", "double", "Statistical anomalies and rapid changes that lasted, by readings", unit="1",
               minimum=0),
        *_TREND,
        Column("silent_metrics", "string", "Metrics that it measured in the six dates before, and not on this one; "
               "null: none"),
    ),
    key=("machine_id", "factory_id", "local_date"),
    partition_by=("local_date",),
    rules=(
        Rule("blind_has_no_score", "(state = 'blind') = (score IS NULL) AND (state = 'blind') = (reading_count = 0)",
             Severity.FAIL, "A machine without data is blind, never healthy"),
        Rule("points_add_up", f"score IS NULL OR {_ADDS_UP}", Severity.FAIL, "The score follows from its parts"),
    ),
    retention_days=30,
)  # fmt: skip

MACHINES_NOW = Table(
    "gold", "machines_now",
    "Each machine as it is at the end of the newest readings: a row a machine",
    (
        MACHINE_ID, FACTORY_ID,
        Column("machine_model", "string", "Model of the machine; null where master data do not say"),
        Column("as_of_at", "timestamp", "End of the newest bucket of any machine: what `now` means", unit="UTC",
               nullable=False),
        Column("last_reading_at", "timestamp", "Its last reading; null: it never had one", unit="UTC"),
        Column("last_reading_date", "date", "Date of that in the factory's time zone"),
        Column("silent_hours", "double", "From then to `as_of_at`", unit="h", minimum=0),
        _STATE,
        Column("score", "double", "Newest score of `gold.machine_health`; null: blind", minimum=0, maximum=100),
        Column("health_date", "date", "Local date of that score"),
        Column("silent_metrics", "string", "As in `gold.machine_health`"),
        *_TREND,
        Column("standing_critical_count", "bigint", "Critical anomalies that last", nullable=False, minimum=0),
        Column("standing_warning_count", "bigint", "Warnings that last, critical ones among them", nullable=False,
               minimum=0),
        Column("standing_notice_count", "bigint", "Statistical anomalies that last", nullable=False, minimum=0),
        Column("standing_since_at", "timestamp", "Since when the first critical one lasts, else the first warning",
               unit="UTC"),
        Column("standing_words", "string", "What is beyond a limit, worst first"),
        Column("is_down", "boolean", "In a stop of `gold.downtime`", nullable=False),
        Column("down_since_at", "timestamp", "When the stop began", unit="UTC"),
        Column("down_cause", "string", "Its cause"),
        Column("scored_at", "timestamp", "Newest score, of `blind_after` before `as_of_at` at most", unit="UTC"),
        Column("bundle", "string", "Bundle that gave it"),
        Column("decision", "string", "What it requests"),
        Column("horizon", "string", "Hours ahead that its probability is about"),
        Column("probability", "double", "Probability of a failure within that", unit="1", minimum=0, maximum=1),
        Column("last_failure_at", "timestamp", "Last failure on record", unit="UTC"),
        Column("last_failure_code", "string", "Its code"),
        Column("last_maintenance_at", "timestamp", "Last maintenance on record", unit="UTC"),
        Column("last_maintenance_code", "string", "Its code"),
    ),
    key=("machine_id", "factory_id"),
    rules=(
        Rule("blind_has_no_score_now", "(state = 'blind') = (score IS NULL)", Severity.FAIL,
             "A machine without data is blind, never healthy"),
        Rule("down_has_a_time", "is_down = (down_since_at IS NOT NULL)", Severity.FAIL, "A stop began at some time"),
    ),
    retention_days=30,
)  # fmt: skip
