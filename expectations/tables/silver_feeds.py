"""Silver: technicians' answers to alarms."""

from expectations.tables.contract import Column, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID

ANSWERS_GIVEN = ("acknowledged", "confirmed", "refuted", "unclear")
FEED_FAULTS = {
    "unknown_answer": "The answer to an alarm is none of acknowledged, confirmed, refuted and unclear",
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

FEED_TABLES = (ALARM_ANSWERS,)
