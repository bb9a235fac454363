"""Silver: what is unusual in readings, and for how long. An anomaly lasts from reading to reading of its sensor."""

from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID, METRIC, SENSOR_ID

SENSOR = ("factory_id", "machine_id", "sensor_id", "metric")
ANOMALIES_OF = {
    "above_maximum": "Above a warning or critical limit of its machine",
    "below_minimum": "Below a warning or critical limit of its machine",
    "rapid_change": "Deviates within one minute by more than rapid_change",
    "statistical": "Farther than three deviations from the mean of the 100 readings before",
}
ANOMALY_SEVERITIES = {
    "critical": "Beyond a critical limit",
    "warning": "Beyond a warning limit, or changing rapidly; what is critical is a warning too",
    "notice": "Unusual for its machine; no limit says whether it matters",
}
_KIND = Column("kind", "string", "What is unusual", nullable=False, allowed=tuple(ANOMALIES_OF))
_SEVERITY = Column("severity", "string", "How much it matters", nullable=False, allowed=tuple(ANOMALY_SEVERITIES))
_FOUND = (
    Column("reading_count", "bigint", "Unusual readings", nullable=False, minimum=1),
    Column("peak", "double",
           "The farthest of them, canonical unit: value beyond its limit, deviation within a minute, or distance from "
           "the rolling mean", nullable=False),
    Column("peak_at", "timestamp", "When the first of the farthest was", unit="UTC", nullable=False),
)  # fmt: skip

SENSOR_DAYS = Table(
    "silver", "sensor_days",
    "What each sensor measured on each UTC date, as whole numbers",
    (
        SENSOR_ID, MACHINE_ID, FACTORY_ID, METRIC,
        Column("measured_date", "date", "UTC date", nullable=False),
        Column("first_at", "timestamp", "When the first reading was", unit="UTC", nullable=False),
        Column("last_at", "timestamp", "When the last reading was", unit="UTC", nullable=False),
        Column("reading_count", "bigint", "Number of readings", nullable=False, minimum=1),
        Column("sum_steps", "bigint", "Sum of steps", nullable=False),
        Column("sum_squares", "decimal(38,0)", "Sum of squared steps", nullable=False),
        Column("minimum_steps", "bigint", "Smallest reading, steps", nullable=False),
        Column("maximum_steps", "bigint", "Largest reading, steps", nullable=False),
        Column("longest_equal", "bigint", "Most readings in a row that are equal", nullable=False, minimum=1),
        Column("sum_squared_changes", "decimal(38,0)", "Sum of squared differences of neighbours, steps squared",
               nullable=False),
    ),
    key=(*SENSOR, "measured_date"),
    partition_by=("measured_date",),
    rules=(
        Rule("day_order", "minimum_steps <= maximum_steps AND first_at <= last_at", Severity.FAIL, "First before last"),
        Rule("equal_within_count", "longest_equal <= reading_count", Severity.FAIL, "No more equal ones than readings"),
    ),
    retention_days=30,
)  # fmt: skip

ANOMALY_RUNS = Table(
    "silver", "anomaly_runs",
    "Neighbouring readings of a sensor that are unusual in the same way, on one UTC date; anomalies consist of them",
    (
        SENSOR_ID, MACHINE_ID, FACTORY_ID, METRIC, _KIND, _SEVERITY,
        Column("first_at", "timestamp", "The first reading of the run", unit="UTC", nullable=False),
        Column("last_at", "timestamp", "The last reading of the run", unit="UTC", nullable=False),
        Column("next_at", "timestamp", "The sensor's next reading of the date; null: the run has its last one",
               unit="UTC"),
        Column("is_first", "boolean", "The run has the sensor's first reading of the date", nullable=False),
        *_FOUND,
        Column("measured_date", "date", "UTC date", nullable=False),
    ),
    key=(*SENSOR, "kind", "severity", "first_at"),
    partition_by=("measured_date",),
    retention_days=30,
)  # fmt: skip

ANOMALIES = Table(
    "silver", "anomalies",
    "What is unusual, from the first such reading to the first that is not, over any dates",
    (
        SENSOR_ID, MACHINE_ID, FACTORY_ID, METRIC, _KIND, _SEVERITY,
        Column("raised_at", "timestamp", "The first unusual reading", unit="UTC", nullable=False),
        Column("last_at", "timestamp", "The last one so far", unit="UTC", nullable=False),
        Column("cleared_at", "timestamp", "The sensor's first reading that does not; null: it lasts", unit="UTC"),
        *_FOUND,
        Column("local_date", "date", "Date on which it was raised, in the factory's time zone", nullable=False),
    ),
    key=(*SENSOR, "kind", "severity", "raised_at"),
    rules=(
        Rule(
            "anomaly_order", "raised_at <= last_at AND (cleared_at IS NULL OR cleared_at > last_at)", Severity.FAIL,
            "Raised, then open, then cleared",
        ),
    ),
    retention_days=30,
)  # fmt: skip
