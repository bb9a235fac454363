"""Gold: a case for each failure that no alarm announced in time, with what was known before it."""

from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID

DAYS_BEFORE = 7
"""Days before a failure whose scores are shown. Starting value: a week, in which wear becomes visible or does not."""
REFERENCE_DAYS = 28
"""Length of the time before these days with which features are compared. Starting value: four weeks."""
CASE_OUTCOMES = {
    "missed": "no alarm was up within the horizon before it",
    "too_late": "its alarm was raised later than the least lead",
    "not_scored": "the machine had no score within the horizon",
}
CASE_CAUSES = {
    "not_scored": "the machine had no score in the horizon",
    "too_late": "its alarm was raised later than the least lead",
    "alarm_ended": "an alarm of the days before ended before the horizon began",
    "scores_missing": "fewer than half of the expected scores were there",
    "nothing_requested": "the scores were there and requested nothing",
}

_KEY = ("model_version", "source", "horizon", "machine_id", "factory_id", "failed_at")
_OF_CASE = (
    Column("model_version", "string", "Version that scored the machine", nullable=False),
    Column("source", "string", "Where it scored", nullable=False, allowed=("batch", "edge")),
    Column("horizon", "string", "Horizon of the version's failure model", nullable=False),
    MACHINE_ID, FACTORY_ID,
    Column("failed_at", "timestamp", "When the machine failed", unit="UTC", nullable=False),
)  # fmt: skip


def _count(name: str, words: str) -> Column:
    return Column(name, "bigint", words, nullable=False, minimum=0)


def _probability(name: str, words: str) -> Column:
    return Column(name, "double", words, unit="1", minimum=0, maximum=1)


def daily_probability(day: int) -> str:
    """Column of the highest probability in the 24 h that begin so many days before the failure."""
    return f"highest_probability_{day}d"


def _daily(day: int) -> Column:
    until = "the failure" if day == 1 else f"{day - 1} days before it"
    return _probability(daily_probability(day), f"The same of the 24 h until {until}")


MISSED_FAILURES = Table(
    "gold", "missed_failures",
    "A case for each failure that no alarm of a model version announced in time: what its scores said, and what was "
    "missing; only times that the version had not seen",
    (
        *_OF_CASE,
        Column("machine_model", "string", "Model of the machine; null where no record says"),
        Column("failure_kinds", "string", "Codes of what failed, joined by +", nullable=False),
        Column("outcome", "string", "What the alarms did: none announced it, one did too late, or nothing was scored",
               nullable=False, allowed=tuple(CASE_OUTCOMES)),
        Column("cause", "string", "The first of these that holds: "
               + "; ".join(f"{name}: {words}" for name, words in CASE_CAUSES.items()),
               nullable=False, allowed=tuple(CASE_CAUSES)),
        _count("expected_score_count", "Scores that fit a horizon"),
        _count("score_count", "Scores of the machine in the horizon before the failure that say something"),
        _count("unscored_count", "Scores there that a model did not make, and that request nothing"),
        Column("unscored_reason", "string", "Why, the most frequent reason; null without any"),
        Column("longest_gap_h", "double", "Longest time in the horizon without a score", unit="h", nullable=False,
               minimum=0),
        _probability("highest_probability", "Highest probability of failure in the horizon; null without one"),
        Column("highest_probability_at", "timestamp", "The first score that had it", unit="UTC"),
        Column("highest_decision", "string", "Most that a score requested in the horizon; null without one"),
        *(_daily(day) for day in range(1, DAYS_BEFORE + 1)),
        Column("lead_hours", "double", "Hours from the raise of the alarm to the failure; null without one", unit="h",
               minimum=0),
        Column("alarm_ended_at", "timestamp", f"End of the last alarm of the {DAYS_BEFORE} days before that ended "
               "before the horizon began; null without one", unit="UTC"),
        Column("known_at", "timestamp", "The last score by which an alarm would have been in time; null without one",
               unit="UTC"),
        Column("feature_digest", "string", "Digest of its feature vector; null without one"),
        _count("anomaly_count", "Anomalies of readings with a limit that were open in the horizon"),
        Column("anomalies", "array<string>", "The first ten of them: metric, kind and severity", nullable=False),
        _count("gateway_alert_count", "Alerts that gateways raised in the horizon"),
        Column("gateway_alerts", "array<string>", "Their rules, each once", nullable=False),
        Column("words", "string", "The case in words", nullable=False),
    ),
    key=_KEY,
    rules=(
        Rule("lead_without_late_alarm", "(outcome = 'too_late') = (lead_hours IS NOT NULL)", Severity.FAIL,
             "A lead is that of an alarm that came too late"),
    ),
    retention_days=400,
)  # fmt: skip

MISSED_FAILURE_FEATURES = Table(
    "gold", "missed_failure_features",
    "Of each case of gold.missed_failures every feature at `known_at`, and how unusual it was for its machine; stored "
    "when the case is found, and not changed by later readings",
    (
        *_OF_CASE,
        Column("known_at", "timestamp", "Time of the feature vector", unit="UTC", nullable=False),
        Column("feature", "string", "Feature", nullable=False),
        Column("value", "double", "Its value, in `unit`; null where it was missing"),
        Column("unit", "string", "Canonical unit of the feature", nullable=False),
        Column("usual", "double", f"Median of the machine's own values in the {REFERENCE_DAYS} days that end "
               f"{DAYS_BEFORE} days before; null without one"),
        Column("reference_count", "bigint", "Values that it is of", nullable=False, minimum=0),
        Column("unusual_frac", "double", "Distance of the value's rank among these from the middle, 0 to 1: 1 is "
               "beyond all of them. Null without a value or without reference", unit="1", minimum=0, maximum=1),
        Column("rank", "bigint", "1 for the most unusual feature of the case, and so on", nullable=False, minimum=1),
        Column("is_as_scored", "boolean", "Whether the vector is still the one that was scored: false where readings "
               "came late, or the version has other features than the profile", nullable=False),
    ),
    key=(*_KEY, "feature"),
    retention_days=400,
)  # fmt: skip
