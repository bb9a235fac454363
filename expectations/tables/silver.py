"""Silver: one clean truth. Typed, canonical units, each reading once, faults set aside with their reason."""

from expectations.feeds import READINGS
from expectations.plant.plant_profile import EVENT_KINDS, Attribute, Profile
from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.counters import COUNTER_CHANGES, COUNTER_DAYS
from expectations.tables.reconciliation import SEQUENCE_RANGES
from expectations.tables.shared import FACTORY_ID, MACHINE_ID, MEASURED_AT, METRIC, PROVENANCE, SENSOR_ID
from expectations.tables.silver_anomalies import ANOMALIES, ANOMALY_RUNS, SENSOR_DAYS
from expectations.tables.silver_corrections import CORRECTIONS
from expectations.tables.silver_feeds import FEED_FAULTS, FEED_TABLES
from expectations.tables.silver_safety import SAFETY_EVENTS, SAFETY_FAULTS
from expectations.tables.silver_sensor_health import SENSOR_HEALTH
from expectations.tables.silver_statistics import READING_STATISTICS
from expectations.tables.silver_vibration import VIBRATION_WINDOWS

FAULTS: dict[str, str] = {
    "unknown_metric": "The profile has no such metric",
    "unknown_unit": "No such unit is known",
    "unit_mismatch": "The unit measures another quantity than the metric",
    "value_not_finite": "The value is not a finite number",
    "value_out_of_range": "The value is outside the metric's minimum and maximum",
    "clock_suspect": "The time is before the plant began or more than the allowed lead after the clock of its file, or "
    "so is the time at which the record or its path says that it was exported",
    "unusable_name": "The factory's name cannot be that of a folder: longer than 80 bytes, or with a NUL character",
    "conflicting_value": "Another record of the same sensor, metric and time has another value: it is stored, or none",
    "superseded": "A later version of its file, record of its gateway, or reading of its content says otherwise, or "
    "its repair was undone",
    "withdrawn": "A later version of its file no longer has it, and its mapping says withdraw = true",
}
SHIFTS = ("morning", "afternoon", "night")

CALENDAR = (
    Column("measured_date", "date", "UTC date of the reading", nullable=False),
    Column("local_date", "date", "Date in the factory's time zone", nullable=False),
    Column("local_hour", "int", "Hour in the factory's time zone", unit="h", nullable=False, minimum=0, maximum=23),
    Column("is_weekend", "boolean", "Saturday or Sunday in the factory's time zone", nullable=False),
    Column("shift", "string", "Shift in the factory's time zone", nullable=False, allowed=SHIFTS),
)

READINGS_TABLE = Table(
    "silver", "readings",
    "Every accepted reading once: canonical unit, UTC, counted in steps of the metric's resolution",
    (
        SENSOR_ID, MACHINE_ID, FACTORY_ID, METRIC, MEASURED_AT,
        Column("value", "double", "The reading in the metric's canonical unit: steps times resolution", nullable=False),
        Column("unit", "string", "The metric's canonical unit", nullable=False),
        Column("steps", "bigint", "The reading as a whole multiple of the metric's resolution", nullable=False),
        Column("is_warning", "boolean", "Beyond a warning limit of its machine", nullable=False),
        Column("is_critical", "boolean", "Beyond a critical limit of its machine", nullable=False),
        *CALENDAR,
    ),
    key=("factory_id", "machine_id", "sensor_id", "metric", "measured_at"),
    partition_by=("measured_date", "factory_id"),
    rules=(
        Rule("critical_is_warning", "NOT is_critical OR is_warning", Severity.FAIL, "Critical is a warning too"),
        Rule("value_not_finite", "value - value = 0", Severity.QUARANTINE, "The value is a finite number"),
    ),
    prunes=("measured_at",),
    retention_days=30,
    newest_by="measured_at",
)  # fmt: skip

QUARANTINE = Table(
    "silver", "readings_quarantine",
    "Readings that parse and cannot be true, as they arrived, with their faults; replayable",
    (
        *(Column(c.name, c.type, c.description) for c in READINGS.columns),
        Column("_faults", "array<string>", f"Fault codes: {', '.join(FAULTS)}", nullable=False),
        Column(
            "current_value", "double",
            "What is stored of its sensor, metric and time, in the metric's canonical unit; null where nothing is, and "
            "for a record with another fault",
        ),
        Column(
            "is_open", "boolean",
            "In an open conflict: its sources say different values and none is stored; null in rows of older code",
        ),
        Column(
            "version_at", "timestamp",
            "When the record was exported (`revised_at`), else when the version of its file was modified, at its last "
            "arrival: competing records rank by it, behind `revision`; null where no record competes",
            unit="UTC",
        ),
        Column(
            "replaced_by", "string",
            "_file_id of the version that withdrew it, of the later reading of its content, or of the repair in force "
            "that replays it (`bronze.repairs`); else null",
        ),
        *PROVENANCE,
    ),
    key=("_file_id", "_line", "_column"),
    prunes=("_batch_id", "measured_at"),
    retention_days=30,
    faults=tuple(FAULTS.items()),
)  # fmt: skip


def _limit(name: str, words: str) -> Column:
    return Column(name, "double", f"{words}, in the metric's canonical unit; null where the profile has none")


METRICS = Table(
    "silver", "metrics",
    "What the profile says of each metric: unit, resolution, limits; further rows for models and machines with limits "
    "of their own",
    (
        METRIC,
        Column("machine_model", "string", "Model of machines that the row's limits are for; null: not for a model"),
        Column("machine_id", "string", "Machine that the row's limits are for; null: not for one machine"),
        Column("unit", "string", "The metric's canonical unit", nullable=False),
        Column("quantity", "string", "What the unit measures", nullable=False),
        Column("resolution", "double", "Size of one step, in the canonical unit: steps times this is the value",
               nullable=False),
        _limit("minimum", "Smallest value that can be true"),
        _limit("maximum", "Largest value that can be true"),
        _limit("warning_below", "A reading below it is a warning"),
        _limit("warning_above", "A reading above it is a warning"),
        _limit("critical_below", "A reading below it is critical"),
        _limit("critical_above", "A reading above it is critical"),
        _limit("rapid_change", "A deviation within a minute above it is a rapid change"),
        Column("description", "string", "The metric in words, as the profile has them"),
    ),
    key=("metric", "machine_model", "machine_id"),
    retention_days=30,
)  # fmt: skip

BUCKETS = Table(
    "silver", "buckets",
    "Readings of one machine and metric in one bucket, as whole numbers: merges exactly in any order",
    (
        MACHINE_ID, FACTORY_ID, METRIC,
        Column("bucket_at", "timestamp", "First instant of the bucket", unit="UTC", nullable=False),
        Column("reading_count", "bigint", "Number of readings", nullable=False, minimum=1),
        Column("sum_steps", "bigint", "Sum of steps", nullable=False),
        Column("sum_squares", "decimal(38,0)", "Sum of squared steps", nullable=False),
        Column("minimum_steps", "bigint", "Smallest reading, steps", nullable=False),
        Column("maximum_steps", "bigint", "Largest reading, steps", nullable=False),
        Column("first_steps", "bigint", "First reading by time, then sensor, steps", nullable=False),
        Column("last_steps", "bigint", "Last reading by time, then sensor, steps", nullable=False),
        Column("warning_count", "bigint", "Readings beyond a warning limit", nullable=False, minimum=0),
        Column("critical_count", "bigint", "Readings beyond a critical limit", nullable=False, minimum=0),
        Column("bucket_date", "date", "UTC date of the bucket", nullable=False),
        Column("local_date", "date", "Date of the bucket in the factory's time zone", nullable=False),
    ),
    key=("machine_id", "factory_id", "metric", "bucket_at"),
    partition_by=("bucket_date",),
    rules=(
        Rule(
            "bucket_order", "minimum_steps <= first_steps AND first_steps <= maximum_steps "
            "AND minimum_steps <= last_steps AND last_steps <= maximum_steps",
            Severity.FAIL, "First and last lie between minimum and maximum",
        ),
        Rule(
            "bucket_counts", "critical_count <= warning_count AND warning_count <= reading_count",
            Severity.FAIL, "Counts of limits do not exceed the readings",
        ),
    ),
    prunes=("bucket_at",),
    retention_days=30,
    newest_by="bucket_at",
)  # fmt: skip

MACHINE_EVENTS = Table(
    "silver", "machine_events",
    "Maintenance, failures and errors as one stream, each once",
    (
        MACHINE_ID, FACTORY_ID,
        Column("kind", "string", "What kind of event", nullable=False, allowed=EVENT_KINDS),
        Column("code", "string", "Component, mode or error code", nullable=False),
        Column("occurred_at", "timestamp", "When it happened", unit="UTC", nullable=False),
        Column("detail", "string", "Free text of the source"),
        Column("state", "string", "State that the event is about, such as raised, acknowledged or returned"),
        Column("local_date", "date", "Date on which it happened in the factory's time zone; null in lakes of before"),
    ),
    key=("machine_id", "factory_id", "kind", "code", "occurred_at", "state", "detail"),
    retention_days=30,
)  # fmt: skip

_OF_EVENTS = ("clock_suspect", "conflicting_value", "unknown_unit", "unit_mismatch")
_EVENT_FAULTS = {code: FAULTS[code] for code in _OF_EVENTS} | SAFETY_FAULTS | FEED_FAULTS

EVENTS_QUARANTINE = Table(
    "silver", "events_quarantine",
    "Events and master data that parse and cannot be true, as they arrived, with their faults",
    (
        Column("feed", "string", "Feed of the record", nullable=False),
        Column("machine_id", "string", "Machine as sent"),
        Column("factory_id", "string", "Factory as sent"),
        Column("code", "string", "Code as sent; model of master data, function of a safety record, waveform's sensor, "
               "an answer, gateway of a heartbeat or summary, a certificate"),
        Column("stated_at", "timestamp", "Time as sent", unit="UTC"),
        Column(
            "detail", "string",
            "Detail as sent; attributes of master data; the rest of the record, JSON, of safety, "
            "answers, heartbeats, summaries and certificates; "
            "unit of a waveform",
        ),
        Column("_faults", "array<string>", f"Fault codes: {', '.join(_EVENT_FAULTS)}", nullable=False),
        *PROVENANCE,
    ),
    key=("feed", "_file_id", "_line", "_column"),
    retention_days=30,
    faults=tuple(_EVENT_FAULTS.items()),
)  # fmt: skip


def _type_of(attribute: Attribute) -> str:
    if attribute.is_date:
        return "date"
    return "string" if attribute.levels else "double"


def machines(profile: Profile) -> Table:
    """Master data over time; a column for each attribute that the profile declares."""
    attributes = tuple(
        Column(a.name, _type_of(a), "Attribute declared in the profile")
        for a in profile.master_data
        if a.name != "machine_model"
    )
    return Table(
        "silver", "machines",
        "What was true of each machine from when to when",
        (
            MACHINE_ID, FACTORY_ID,
            Column("machine_model", "string", "Model of the machine"),
            Column("moved_from", "string", "Factory that the machine came from, its history with it; null: it did not"),
            *attributes,
            Column("valid_from", "timestamp", "Since when", unit="UTC", nullable=False),
            Column("valid_to", "timestamp", "Until when, exclusive; null while it holds", unit="UTC"),
        ),
        key=("machine_id", "factory_id", "valid_from"),
        retention_days=30,
    )  # fmt: skip


def tables(profile: Profile) -> tuple[Table, ...]:
    """Every silver table of a plant."""
    return (
        READINGS_TABLE, QUARANTINE, BUCKETS, READING_STATISTICS, SENSOR_DAYS, SENSOR_HEALTH, ANOMALY_RUNS, ANOMALIES,
        COUNTER_DAYS, COUNTER_CHANGES, METRICS, CORRECTIONS, machines(profile), MACHINE_EVENTS, SAFETY_EVENTS,
        *FEED_TABLES, VIBRATION_WINDOWS, SEQUENCE_RANGES, EVENTS_QUARANTINE,
    )  # fmt: skip
