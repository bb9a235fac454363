"""Gold: how fast safety functions respond, and when their tests are due."""

from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID
from expectations.tables.silver_safety import (
    FUNCTION_ID,
    OCCURRED_AT,
    OUTCOME,
    PART,
    RESPONSE,
    SAFETY_KIND,
    TEST_KINDS,
)

RESPONSE_VERDICTS = ("within", "over_budget", "over_limit", "failed", "not_measured", "no_budget")

SAFETY_RESPONSE = Table(
    "gold", "safety_response",
    "Each trip and test of a safety function: its response time against its budget and the process safety time",
    (
        MACHINE_ID, FACTORY_ID, FUNCTION_ID, SAFETY_KIND, OCCURRED_AT, PART, OUTCOME, RESPONSE,
        Column("budget_s", "double", "Budget of what was measured, of the profile; null where it has none", unit="s",
               minimum=0),
        Column(
            "function_response_s", "double", "Response time of the whole function: as measured, or the budget with the "
            "measured part in place of its own; null where either is unknown", unit="s", minimum=0,
        ),
        Column("process_safety_time_s", "double", "Time from the start of the hazard to the dangerous state; null "
               "where the profile does not have the function", unit="s"),
        Column("used_frac", "double", "Response time of the whole function by the process safety time", unit="1",
               minimum=0),
        Column("allowed_frac", "double", "Below which fraction it must stay; null where the profile does not have the "
               "function", unit="1"),
        Column("verdict", "string", "What the measurement says", nullable=False, allowed=RESPONSE_VERDICTS),
    ),
    key=("machine_id", "factory_id", "function_id", "kind", "occurred_at", "part"),
    rules=(
        Rule(
            "within_without_response",
            "verdict NOT IN ('within', 'over_budget', 'over_limit') OR used_frac IS NOT NULL",
            Severity.FAIL, "What is compared is measured",
        ),
    ),
    retention_days=400,
)  # fmt: skip

SAFETY_TESTS = Table(
    "gold", "safety_tests",
    "Each test of each safety function of the profile: when it was last passed, when half of its interval is over, "
    "when the next one is due",
    (
        MACHINE_ID, FACTORY_ID, FUNCTION_ID,
        Column("kind", "string", "Which test", nullable=False, allowed=TEST_KINDS),
        Column("interval_h", "double", "Interval of the test", unit="h", nullable=False, minimum=0),
        Column("last_passed_at", "timestamp", "Its last passed test; null where none is on record", unit="UTC"),
        Column("counted_from_at", "timestamp", "The last passed test, or since when the function is in service",
               unit="UTC", nullable=False),
        Column("half_at", "timestamp", "When half of the interval is over", unit="UTC", nullable=False),
        Column("due_at", "timestamp", "When the next test is due", unit="UTC", nullable=False),
    ),
    key=("machine_id", "factory_id", "function_id", "kind"),
    retention_days=400,
)  # fmt: skip
