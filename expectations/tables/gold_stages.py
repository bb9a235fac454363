"""Gold: what alarms would have been, had each stage raised them: recall and false alarms on the same failures."""

from expectations.tables.contract import Column, Rule, Severity, Table

STAGES = {
    "requested": "the score requests anything, by the thresholds of its bundle",
    "sensitive": "its probability is at or above the policy's sensitive_probability",
    "specific": "its probability is at or above the policy's specific_probability",
    "confirmed": "specific, and readings confirm it: one beyond a limit lasts, or a gateway raised an alert within the "
    "time after which alarms repeat",
}


def _count(name: str, words: str) -> Column:
    return Column(name, "bigint", words, nullable=False, minimum=0)


def _frac(name: str, words: str) -> Column:
    return Column(name, "double", words, unit="1", minimum=0, maximum=1)


def _rate(name: str, words: str) -> Column:
    return Column(name, "double", words, unit="1/a", minimum=0)


ALARM_STAGES = Table(
    "gold", "alarm_stages",
    "Of each model version, what alarms of each stage did at the same scores and failures; only times that the version "
    "had not seen and whose horizon is over",
    (
        Column("model_version", "string", "Version whose scores these are", nullable=False),
        Column("source", "string", "Where they were scored", nullable=False, allowed=("batch", "edge")),
        Column("horizon", "string", "Horizon of the version's failure model", nullable=False),
        Column("stage", "string", "When a score raises or holds an alarm: "
               + "; ".join(f"{name}: {words}" for name, words in STAGES.items()),
               nullable=False, allowed=tuple(STAGES)),
        _frac("least_probability", "The policy's number of the stage; null for requested"),
        Column("first_at", "timestamp", "First score", unit="UTC", nullable=False),
        Column("last_at", "timestamp", "Last score", unit="UTC", nullable=False),
        _count("score_count", "Scores"),
        _count("event_count", "Failures with a score in their horizon; the same of every stage"),
        _count("caught_count", "Those that an alarm of the stage announced by the least lead"),
        _count("too_late_count", "Those that one announced later than that"),
        _count("missed_count", "Those that none announced"),
        _frac("recall", "Caught by events; null without events"),
        _frac("recall_low", "Lower end of its 95 % Wilson interval"),
        _frac("recall_high", "Upper end of it"),
        Column("lead_hours_median", "double", "Median of the hours from raise to failure, of the caught ones", unit="h",
               minimum=0),
        _count("alarm_count", "Alarms raised"),
        _count("false_count", "Those that ended with neither failure nor intervention"),
        _count("intervened_count", "Those in which somebody intervened, and that no failure followed"),
        _count("active_count", "Those still active after the last score, without failure or intervention so far"),
        Column("exposure_machine_years", "double", "Time of the scores: their count times their distance",
               nullable=False, minimum=0),
        _rate("false_alarms_per_machine_year", "False alarms by exposure"),
        _rate("false_alarms_low", "Lower end of its 95 % Poisson interval"),
        _rate("false_alarms_high", "Upper end of it"),
        _frac("precision", "Raises and daily repeats that were not in vain, of all; null without alarms"),
    ),
    key=("model_version", "source", "horizon", "stage"),
    rules=(
        Rule("events_do_not_add_up", "event_count = caught_count + too_late_count + missed_count", Severity.FAIL,
             "Each event has one outcome"),
    ),
    retention_days=400,
)  # fmt: skip
