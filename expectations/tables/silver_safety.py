"""Silver: trips and tests of safety functions."""

from expectations.tables.contract import Column, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID

SAFETY_KINDS = ("trip", "proof_test", "partial_stroke")
TEST_KINDS = SAFETY_KINDS[1:]
TEST_OUTCOMES = ("passed", "failed")
SAFETY_FAULTS = {
    "unknown_kind": "The kind of a safety record is none of trip, proof_test and partial_stroke",
    "unknown_outcome": "The outcome of a safety record is neither passed nor failed",
    "impossible_response": "The response time is negative, or seconds and milliseconds differ",
}
FUNCTION_ID = Column("function_id", "string", "Safety function as the plant names it", nullable=False)
SAFETY_KIND = Column("kind", "string", "What happened", nullable=False, allowed=SAFETY_KINDS)
OCCURRED_AT = Column("occurred_at", "timestamp", "When the trip or test was", unit="UTC", nullable=False)
PART = Column("part", "string", "Part of the function that was measured; null: all of it, sensor to final element")
RESPONSE = Column(
    "response_time_s", "double", "Measured time from demand to safe state; null where none was measured",
    unit="s", minimum=0,
)  # fmt: skip
OUTCOME = Column("outcome", "string", "What the source says of it; null: nothing", allowed=TEST_OUTCOMES)

SAFETY_EVENTS = Table(
    "silver", "safety_events",
    "Trips and tests of safety functions, each once; of two records that differ the worse one is stored",
    (
        MACHINE_ID, FACTORY_ID, FUNCTION_ID, SAFETY_KIND, OCCURRED_AT, PART, RESPONSE, OUTCOME,
        Column("detail", "string", "Free text of the source"),
    ),
    key=("machine_id", "factory_id", "function_id", "kind", "occurred_at", "part"),
    retention_days=400,
)  # fmt: skip
