"""Counters: what their values say of each reading, and the increments. Empty where the profile has no counter."""

from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID, MEASURED_AT, METRIC, SENSOR_ID

CHANGES = {
    "first": "No earlier reading of the sensor: nothing is counted",
    "increase": "The value grew or stayed: the difference is counted",
    "rollover": "The value passed `rolls_over_at` and began again: what was passed is counted",
    "reset": "The value fell, and the counter began again: the new value is counted, or with "
    '`after_reset = "unknown"` nothing',
    "decrease": "The value fell a little, or below 0: the difference is counted as it is, below 0",
}
SERIES = ("factory_id", "machine_id", "sensor_id", "metric")
_UNIT = Column("unit", "string", "The metric's canonical unit", nullable=False)
_READINGS = Column("reading_count", "bigint", "Number of readings", nullable=False, minimum=1)
_INCREMENT = Column(
    "increment", "double", "What was counted, in the canonical unit: steps times resolution", nullable=False
)
_INCREMENT_STEPS = Column("increment_steps", "bigint", "The same in steps of the metric's resolution", nullable=False)
_COUNTS = tuple(
    Column(f"{kind}_count", "bigint", f"Changes of kind {kind}: see silver.counter_changes", nullable=False, minimum=0)
    for kind in ("reset", "rollover", "decrease")
)

COUNTER_DAYS = Table(
    "silver", "counter_days",
    "The last reading of each counter on each UTC date",
    (
        SENSOR_ID, MACHINE_ID, FACTORY_ID, METRIC,
        Column("measured_date", "date", "UTC date", nullable=False),
        Column("last_at", "timestamp", "When the last reading of the date was", unit="UTC", nullable=False),
        Column("last_steps", "bigint", "The last reading, in steps of the metric's resolution", nullable=False),
    ),
    key=(*SERIES, "measured_date"),
    partition_by=("measured_date",),
    retention_days=30,
)  # fmt: skip

COUNTER_CHANGES = Table(
    "silver", "counter_changes",
    "Each reading of a counter, with the one before of the same sensor, and what was counted between them",
    (
        SENSOR_ID, MACHINE_ID, FACTORY_ID, METRIC, MEASURED_AT,
        Column("kind", "string", "How the value changed", nullable=False, allowed=tuple(CHANGES)),
        Column("value", "double", "The reading in the canonical unit", nullable=False),
        Column("previous_value", "double", "The reading before; null for the first"),
        Column("previous_at", "timestamp", "When the reading before was; null for the first", unit="UTC"),
        Column("increment", "double", "What was counted since the reading before: steps times resolution",
               nullable=False),
        _INCREMENT_STEPS, _UNIT,
        Column("measured_date", "date", "UTC date of the reading", nullable=False),
        Column("local_date", "date", "Date in the factory's time zone", nullable=False),
    ),
    key=(*SERIES, "measured_at"),
    partition_by=("measured_date",),
    rules=(
        Rule(
            "first_has_none_before", "(previous_value IS NULL) = (kind = 'first') "
            "AND (previous_at IS NULL) = (kind = 'first')",
            Severity.FAIL, "All but the first have a reading before",
        ),
        Rule(
            "sign_of_increment", "CASE kind WHEN 'first' THEN increment_steps = 0 "
            "WHEN 'decrease' THEN increment_steps < 0 ELSE increment_steps >= 0 END",
            Severity.FAIL, "Only a decrease counts below 0, and the first reading counts nothing",
        ),
    ),
    prunes=("measured_at",),
    retention_days=30,
)  # fmt: skip

COUNTER_INCREMENTS = Table(
    "gold", "counter_increments",
    "What each counter counted in each bucket: from the last reading before it to the last one in it",
    (
        SENSOR_ID, MACHINE_ID, FACTORY_ID, METRIC,
        Column("bucket_at", "timestamp", "First instant of the bucket", unit="UTC", nullable=False),
        _INCREMENT, _INCREMENT_STEPS, _UNIT, _READINGS, *_COUNTS,
        Column("bucket_date", "date", "UTC date of the bucket", nullable=False),
    ),
    key=(*SERIES, "bucket_at"),
    partition_by=("bucket_date",),
    retention_days=30,
)  # fmt: skip

COUNTER_DAILY = Table(
    "gold", "counter_daily",
    "What each counter counted on each local day: from the last reading before it to the last one on it",
    (
        SENSOR_ID, MACHINE_ID, FACTORY_ID, METRIC,
        Column("local_date", "date", "Date in the factory's time zone", nullable=False),
        _INCREMENT, _INCREMENT_STEPS, _UNIT, _READINGS, *_COUNTS,
    ),
    key=(*SERIES, "local_date"),
    partition_by=("local_date",),
    retention_days=30,
)  # fmt: skip
