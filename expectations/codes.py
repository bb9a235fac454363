"""Every closed set of codes in the lake: which columns hold it, each code with its meaning."""

from collections.abc import Mapping
from dataclasses import dataclass

from expectations.feeds import FEEDS
from expectations.tables.bronze import UNREAD_KINDS
from expectations.tables.counters import CHANGES
from expectations.tables.gold import NOT_SCORED, SCORE_FAULTS
from expectations.tables.gold_downtime import SCOPES, STOP_ENDS
from expectations.tables.gold_drift import DRIFT_REASONS, DRIFT_SCOPES, DRIFT_SOURCES, DRIFT_VERDICTS
from expectations.tables.gold_health import STATES as MACHINE_STATES
from expectations.tables.gold_missed import CASE_CAUSES, CASE_OUTCOMES
from expectations.tables.gold_rules import RULE_ORIGINS, RULE_SEVERITIES
from expectations.tables.gold_stages import STAGES
from expectations.tables.gold_trends import DIRECTIONS
from expectations.tables.gold_work_list import ACTIONS, CONSEQUENCES, PROBABILITIES, REPAIR_HOURS
from expectations.tables.reconciliation import IN_SILVER, OUTCOMES_OF_NUMBERS, PLACEMENTS, STATES, UNNUMBERED
from expectations.tables.silver import FAULTS
from expectations.tables.silver_anomalies import ANOMALIES_OF, ANOMALY_SEVERITIES
from expectations.tables.silver_feeds import FEED_FAULTS
from expectations.tables.silver_safety import SAFETY_FAULTS
from expectations.tables.silver_sensor_health import SENSOR_FINDINGS, SENSOR_VERDICTS
from expectations.tables.silver_statistics import LIMITS_PASSED
from expectations.tables.silver_vibration import NOT_COMPUTED, SPEED_SOURCES

OUTCOMES = {
    "admitted": "Its batch is being read",
    "read": "Its records are in bronze",
    "duplicate_file": "The same content was read under another name",
    "file_changed": "What was read before has changed; it was read again as a whole",
    "unmatched": "No mapping matches its path; the next ingest reads it once one does",
    "unpacked": "It is an archive; the members that a mapping asks for have rows of their own",
    "vanished": "It was gone or changed before it could be read",
    "repaired": "A person repaired and replayed some of its records; `bronze.repairs` has them",
    "undone": "A person undid a repair: its records are out of use",
}
REASONS = {
    "not_utf8": "The line holds bytes that are not UTF-8.",
    "not_json": "The line is not JSON.",
    "not_an_object": "The line is JSON, but an array, a text or a number instead of an object.",
    "several_objects": "The line holds more than one JSON object.",
    "duplicate_key": "An object names one key twice, so that its value is not known.",
    "line_too_long": "The line is longer than a record may be; its beginning is stored.",
    "bad_quoting": "The quotes of a CSV record do not close, or are where none may be.",
    "wrong_field_count": "The CSV record has more or fewer fields than the header.",
    "missing_column": "The file lacks a column that the mapping names, or has it twice.",
    "missing_field": "The record lacks a field that its feed requires.",
    "wrong_type": "A field has another type than its column, such as a text where a number belongs.",
    "not_finite": "A number is NaN, infinite or beyond the range of a double.",
    "time_unreadable": "The time is not in the form that the mapping names, or outside years 1 to 9999.",
    "time_without_zone": "The time has no zone although the mapping says that it carries one.",
    "time_with_zone": "The time carries a zone although the mapping says that it is local.",
    "time_does_not_exist": "The local time falls into the hour that was left out when summer time began.",
    "time_ambiguous": "The local time happened twice, when summer time ended, and nothing says which of the two it is.",
    "sensor_missing": "The record names no sensor.",
    "sensor_unmapped": "The mapping's table of sensors and machines does not hold the sensor.",
    "unit_unmapped": "The record names no unit, and the mapping has none for its metric.",
    "bad_quality": "The source's own quality code says that the value is not good; the detail has the code.",
    "truncated": "The compressed file ends before its end; what came before is read.",
    "corrupt_stream": "The compressed file is damaged in the middle; what came before is read.",
    "unreadable_file": "The file cannot be opened as what it claims to be.",
    "bad_samples": "The cell of a waveform is no list of numbers, or its bytes are no whole number of samples.",
    "uneven_samples": "The times of a window's samples do not fit its rate: some are missing, or the rate is wrong.",
}
KINDS = {
    "maintenance": "Work was done on the machine",
    "failure": "The machine failed",
    "error": "The machine's control reported an error code",
}
DECISIONS = {
    "none": "No threshold is reached",
    "watch": "A failure is predicted (threshold `alarm`), or the machine is unlike its healthy self (`anomaly`)",
    "maintain": "Maintenance is asked for (threshold `maintenance`)",
    "stop_request": "A safe stop is asked for (threshold `safe_stop`); people or the control decide",
}
INTERVENTION_REASONS = {
    "condition_based": "Its record says that it was done because of the machine's condition",
    "standing_alarm": "An alarm of the machine was raised before and had not cleared, and no record says that the work "
    "was scheduled",
}
FINDINGS = {
    "confirmed": "The technician found the defect",
    "refuted": "The technician found nothing: an alarm that ended so is false",
}
ANSWERS_GIVEN = {
    "acknowledged": "Somebody looks after the alarm",
    "confirmed": "The technician found the defect",
    "refuted": "The technician found nothing: the alarm is false",
    "unclear": "The technician looked, and cannot say",
}
TIERS = {
    "hot": "Younger than `hot` of the profile's [storage], or in a table without dates",
    "warm": "Younger than `warm`, and not hot",
    "cold": "Older",
}
SAFETY_KINDS = {
    "trip": "The safety function acted",
    "proof_test": "The whole function was tested",
    "partial_stroke": "The final element was moved a little, while the process went on",
}
TEST_OUTCOMES = {"passed": "It did what it is there for", "failed": "It did not"}
RESPONSE_VERDICTS = {
    "within": "Within its budget",
    "over_budget": "Longer than its budget; the whole function is still below its limit",
    "over_limit": "The whole function is not below the part of the process safety time that the profile allows",
    "failed": "The source says that it failed",
    "not_measured": "No response time was measured",
    "no_budget": "The profile has no such function or part; of a partial stroke, no part is named",
}
ALERT_CODES = {
    "ABOVE_MAXIMUM": "A reading is above a limit of its metric",
    "BELOW_MINIMUM": "A reading is below a limit of its metric",
    "ALARM": "A score reached the threshold `alarm`",
    "ANOMALY": "A score reached the threshold `anomaly`",
    "MAINTENANCE": "A score reached the threshold `maintenance`",
    "SAFE_STOP": "A score reached the threshold `safe_stop`",
}
SEVERITIES = {"WARNING": "Beyond a warning limit, or not possible", "CRITICAL": "Beyond a critical limit"}
SOURCES = {"batch": "Scored by `assay score`", "edge": "Scored by a gateway"}
SCORED_BY = {**SOURCES, "shadow": "Scored beside the champion by the version trained last; nothing was requested"}
SHIFTS = {name: f"The {name} shift; the profile says its hours" for name in ("morning", "afternoon", "night")}
ALIASES = {
    "champion": "The version that scores",
    "challenger": "The version that was trained last",
    "previous": "The champion before this one; `assay rollback` goes back to it",
    "retired": "A version that lives no more: its data are not held from clean-up",
}
VERDICTS = {
    "PASS": "Every check is fulfilled",
    "WARN": "Every check is fulfilled, and something is worth a look",
    "FAIL": "A check is not fulfilled",
    "INSUFFICIENT_DATA": "Too little is known to say; for a model: the champion stays",
}
PERIODS = {"week": "One ISO week, UTC", "all": "All weeks of the version"}
SLICES = {
    "fleet": "All machines",
    "machine_model": "Machines of one model",
    "site": "Machines of one factory",
    "failure_kind": "Failures of one code",
}
MODEL_KINDS = {"failure": "XGBoost model of failures", "anomaly": "Isolation Forest of healthy hours"}


@dataclass(frozen=True, slots=True)
class CodeSet:
    """One closed set: the columns that hold it, `layer.subject.column`, and its codes with their meanings."""

    columns: tuple[str, ...]
    codes: Mapping[str, str]


CODE_SETS = (
    CodeSet(("bronze.files.outcome",), OUTCOMES),
    CodeSet(("bronze.rejected.reason",), REASONS),
    CodeSet(("bronze.unread_numbers.kind",), UNREAD_KINDS),
    CodeSet(
        (
            "bronze.files.feed",
            "bronze.rejected.feed",
            "bronze.unread_numbers.feed",
            "silver.events_quarantine.feed",
            "gold.data_quality.feed",
        ),
        {name: feed.description for name, feed in FEEDS.items()},
    ),
    CodeSet(("bronze.alerts.code",), ALERT_CODES),
    CodeSet(("bronze.alerts.severity",), SEVERITIES),
    CodeSet(
        ("silver.readings_quarantine._faults", "silver.events_quarantine._faults"), FAULTS | SAFETY_FAULTS | FEED_FAULTS
    ),
    CodeSet(("silver.safety_events.kind", "gold.safety_response.kind"), SAFETY_KINDS),
    CodeSet(("gold.safety_tests.kind",), {name: words for name, words in SAFETY_KINDS.items() if name != "trip"}),
    CodeSet(("silver.safety_events.outcome", "gold.safety_response.outcome"), TEST_OUTCOMES),
    CodeSet(("silver.alarm_answers.answer",), ANSWERS_GIVEN),
    CodeSet(("gold.safety_response.verdict",), RESPONSE_VERDICTS),
    CodeSet(("silver.sequence_ranges.placement",), PLACEMENTS),
    CodeSet(
        ("silver.sequence_ranges.outcome",),
        {name: OUTCOMES_OF_NUMBERS[name] for name in IN_SILVER} | {UNNUMBERED: "Its records have no number"},
    ),
    CodeSet(("gold.reconciliation.state",), STATES),
    CodeSet(("silver.readings.shift",), SHIFTS),
    CodeSet(("silver.machine_events.kind",), KINDS),
    CodeSet(("silver.counter_changes.kind",), CHANGES),
    CodeSet(("silver.reading_statistics.limit_passed",), LIMITS_PASSED),
    CodeSet(("silver.sensor_health.verdict",), SENSOR_VERDICTS),
    CodeSet(("silver.sensor_health.findings",), SENSOR_FINDINGS),
    CodeSet(("silver.vibration_windows.not_computed_reason",), NOT_COMPUTED),
    CodeSet(("silver.vibration_windows.speed_source",), SPEED_SOURCES),
    CodeSet(("silver.anomaly_runs.kind", "silver.anomalies.kind"), ANOMALIES_OF),
    CodeSet(("silver.anomaly_runs.severity", "silver.anomalies.severity"), ANOMALY_SEVERITIES),
    CodeSet(("gold.predictions_quarantine._faults",), SCORE_FAULTS),
    CodeSet(
        (
            "gold.predictions.not_scored_reason",
            "bronze.edge_scores.not_scored_reason",
            "gold.shadow_predictions.not_scored_reason",
        ),
        NOT_SCORED,
    ),
    CodeSet(
        (
            "gold.predictions.decision",
            "bronze.edge_scores.decision",
            "gold.machines_now.decision",
            "gold.shadow_predictions.decision",
        ),
        DECISIONS,
    ),
    CodeSet(
        (
            "gold.predictions.source",
            "gold.maintenance_savings.source",
            "gold.alarm_stages.source",
            "gold.missed_failures.source",
            "gold.missed_failure_features.source",
        ),
        SOURCES,
    ),
    CodeSet(("gold.model_performance.source",), SCORED_BY),
    CodeSet(("gold.alarm_stages.stage",), STAGES),
    CodeSet(("gold.missed_failures.outcome",), CASE_OUTCOMES),
    CodeSet(("gold.missed_failures.cause",), CASE_CAUSES),
    CodeSet(
        (
            "gold.interventions.reason",
            *(f"gold.failure_labels.censored_within_{horizon}" for horizon in ("24h", "7d", "28d")),
        ),
        INTERVENTION_REASONS,
    ),
    CodeSet(("gold.interventions.finding",), FINDINGS),
    CodeSet(("gold.storage_costs.tier",), TIERS),
    CodeSet(("gold.downtime.ended_by",), STOP_ENDS),
    CodeSet(("gold.uptime.scope",), SCOPES),
    CodeSet(("gold.trends.direction",), DIRECTIONS),
    CodeSet(("gold.machine_health.state", "gold.machines_now.state", "gold.work_list.state"), MACHINE_STATES),
    CodeSet(("gold.work_list.action",), ACTIONS),
    CodeSet(("gold.work_list.probability_from",), PROBABILITIES),
    CodeSet(("gold.work_list.repair_hours_from",), REPAIR_HOURS),
    CodeSet(("gold.work_list.consequence_from",), CONSEQUENCES),
    CodeSet(("gold.model_versions.kinds",), MODEL_KINDS),
    CodeSet(("gold.model_performance.period",), PERIODS),
    CodeSet(("gold.model_performance.slice",), SLICES),
    CodeSet(("gold.model_aliases.alias",), ALIASES),
    CodeSet(("gold.gate_decisions.verdict", "gold.data_quality.verdict"), VERDICTS),
    CodeSet(("gold.rule_checks.severity",), RULE_SEVERITIES),
    CodeSet(("gold.rule_checks.origin",), RULE_ORIGINS),
    CodeSet(("gold.drift.scope",), DRIFT_SCOPES),
    CodeSet(("gold.drift.source", "gold.drift_sketches.source"), DRIFT_SOURCES),
    CodeSet(("gold.drift.verdict",), DRIFT_VERDICTS),
    CodeSet(("gold.drift.reasons",), DRIFT_REASONS),
)
