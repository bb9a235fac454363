"""Silver: answers to alarms, heartbeats of gateways, what these reduced, certificates."""

from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID

ANSWERS_GIVEN = ("acknowledged", "confirmed", "refuted", "unclear")
FEED_FAULTS = {
    "unknown_answer": "The answer to an alarm is none of acknowledged, confirmed, refuted and unclear",
    "impossible_value": "A heartbeat has a percentage outside 0 to 100, or a time below 0",
    "impossible_range": "A summary's numbers are below 0, go down, or are more than a million",
    "no_holder": "A certificate names neither a gateway nor a machine",
    "unreadable_begin": "The begin of a certificate is no time of ISO 8601 with an offset",
    "ends_before_it_begins": "A certificate ends before it begins",
}

ALARM_ANSWERS = Table(
    "silver", "alarm_answers",
    "Technicians' answers to alarms of machines, each once",
    (
        MACHINE_ID, FACTORY_ID,
        Column("answered_at", "timestamp", "When the answer was given", unit="UTC", nullable=False),
        Column("answer", "string", "What the technician says", nullable=False, allowed=ANSWERS_GIVEN),
        Column("answered_by", "string", "Who answered, as the source names them"),
        Column("note", "string", "Free text of the source"),
    ),
    key=("machine_id", "factory_id", "answered_at", "answer", "answered_by", "note"),
    retention_days=400,
)  # fmt: skip

_GATEWAY = Column("gateway_id", "string", "Gateway, as sent", nullable=False)


def _percent(name: str, words: str) -> Column:
    return Column(name, "double", words, unit="%", minimum=0, maximum=100)


GATEWAY_HEARTBEATS = Table(
    "silver", "gateway_heartbeats",
    "What gateways report of themselves, each report once",
    (
        Column("factory_id", "string", "Factory (site) of the gateway", nullable=False),
        _GATEWAY,
        Column("sent_at", "timestamp", "When the gateway reported, by its clock", unit="UTC", nullable=False),
        Column("software_version", "string", "Version of its software"),
        Column("slot", "string", "Slot of its storage that it started from, as sent"),
        Column("bundle", "string", "Bundle that it scores by, as sent"),
        _percent("battery_pct", "Charge of its battery"),
        _percent("memory_used_pct", "Memory in use"),
        _percent("disk_used_pct", "Storage in use"),
        Column("latency_ms", "double", "Time of a message there and back", unit="ms", minimum=0),
        Column("uptime_s", "double", "Time since it started", unit="s", minimum=0),
        Column("note", "string", "Free text of the source"),
    ),
    key=("factory_id", "gateway_id", "sent_at"),
    prunes=("sent_at",),
    retention_days=30,
)  # fmt: skip

SEQUENCE_SUMMARIES = Table(
    "silver", "sequence_summaries",
    "Numbers of records that gateways reduced on purpose, as ranges, each once",
    (
        Column("factory_id", "string", "Factory (site) of the gateway", nullable=False),
        _GATEWAY,
        Column("summarised_at", "timestamp", "When the last of the records was", unit="UTC", nullable=False),
        Column("first_sequence", "bigint", "Number of the first of them", nullable=False, minimum=0),
        Column("last_sequence", "bigint", "Number of the last of them", nullable=False, minimum=0),
        Column("note", "string", "Free text of the source"),
    ),
    key=("factory_id", "gateway_id", "summarised_at", "first_sequence", "last_sequence"),
    rules=(Rule("summary_order", "first_sequence <= last_sequence", Severity.FAIL, "A range goes up"),),
    retention_days=30,
)  # fmt: skip

CERTIFICATES_TABLE = Table(
    "silver", "certificates",
    "Certificates of gateways and machines, each once; one that was renewed has a row for each end",
    (
        Column("factory_id", "string", "Factory (site) of the gateway or machine", nullable=False),
        Column("gateway_id", "string", "Gateway that has it; null: a machine has"),
        Column("machine_id", "string", "Machine that has it; null: a gateway has"),
        Column("certificate", "string", "What it is called: its use, or its common name", nullable=False),
        Column("not_before", "timestamp", "From when it is valid; null where nobody says", unit="UTC"),
        Column("not_after", "timestamp", "Until when it is valid", unit="UTC", nullable=False),
        Column("serial_number", "string", "Its serial number or fingerprint"),
        Column("issuer", "string", "Who issued it"),
    ),
    key=("factory_id", "gateway_id", "machine_id", "certificate", "not_after", "serial_number"),
    rules=(
        Rule("certificate_without_holder", "gateway_id IS NOT NULL OR machine_id IS NOT NULL", Severity.FAIL,
             "A certificate is of a gateway or of a machine"),
    ),
    retention_days=400,
)  # fmt: skip

FEED_TABLES = (ALARM_ANSWERS, GATEWAY_HEARTBEATS, SEQUENCE_SUMMARIES, CERTIFICATES_TABLE)
