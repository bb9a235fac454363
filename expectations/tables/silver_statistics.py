"""Silver: what each reading says against those before it."""

from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID, MEASURED_AT, METRIC, SENSOR_ID

SERIES = ("factory_id", "machine_id", "metric")
LIMITS_PASSED = {
    "above_critical": "Above the critical limit of its machine",
    "above_warning": "Above the warning limit of its machine, and not above the critical one",
    "below_critical": "Below the critical limit of its machine",
    "below_warning": "Below the warning limit of its machine, and not below the critical one",
}

READING_STATISTICS = Table(
    "silver", "reading_statistics",
    "Each reading against the 100 readings before it of its machine and metric, its sensor's last minute, and limits",
    (
        SENSOR_ID, MACHINE_ID, FACTORY_ID, METRIC, MEASURED_AT,
        Column("value", "double", "The reading in the canonical unit", nullable=False),
        Column("rolling_count", "int",
               "Readings before it that mean and deviation are of, by time, then sensor: at most 100, itself left out, "
               "none of a factory from which its machine moved",
               nullable=False, minimum=0, maximum=100),
        Column("rolling_mean", "double", "Their mean, in the canonical unit; null without any, and for a counter"),
        Column("rolling_deviation", "double", "Their sample deviation; null below two, and for a counter"),
        Column("is_anomaly", "boolean",
               "Farther from the mean than three deviations; null while fewer than 100 readings are before it, and for "
               "a counter"),
        Column("minute_deviation", "double",
               "Sample deviation of the readings of its sensor in the minute that it ends, itself among them; null "
               "below two, and where the profile has no rapid_change for its machine", minimum=0),
        Column("is_rapid_change", "boolean", "That deviation is above rapid_change", nullable=False),
        Column("limit_passed", "string", "Which limit it is beyond; null: none", allowed=tuple(LIMITS_PASSED)),
        Column("measured_date", "date", "UTC date of the reading", nullable=False),
    ),
    key=("factory_id", "machine_id", "sensor_id", "metric", "measured_at"),
    partition_by=("measured_date",),
    rules=(
        Rule(
            "anomaly_is_beyond_three_deviations",
            "is_anomaly IS NULL OR is_anomaly = (abs(value - rolling_mean) > 3 * rolling_deviation)",
            Severity.FAIL, "An anomaly is farther from the mean than three deviations",
        ),
    ),
    prunes=("measured_at",),
    retention_days=30,
)  # fmt: skip
