"""Gold: how well the models did, week by week, and for parts of the fleet."""

from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.gold_shadow import SHADOW

PERIODS = ("week", "all")
SCORED_BY = ("batch", "edge", SHADOW)
SLICES = ("fleet", "machine_model", "site", "failure_kind")


def _count(name: str, words: str) -> Column:
    return Column(name, "bigint", words, nullable=False, minimum=0)


def _of_alarms(name: str, words: str) -> Column:
    return Column(name, "bigint", f"{words}; null for a failure kind", minimum=0)


def _of_sample(name: str, words: str) -> Column:
    return Column(name, "bigint", f"{words}; null for a failure kind", minimum=0)


def _frac(name: str, words: str) -> Column:
    return Column(name, "double", words, unit="1", minimum=0, maximum=1)


def _rate(name: str, words: str) -> Column:
    return Column(name, "double", words, unit="1/a", minimum=0)


def _plain(name: str, words: str) -> Column:
    return Column(name, "bigint", f"Of the plain rule: {words}", minimum=0)


MODEL_PERFORMANCE = Table(
    "gold", "model_performance",
    "How well each model version did, by week and over all weeks, for the fleet and its slices, beside the plain rule; "
    "only times that the version had not seen",
    (
        Column("model_version", "string", "Version whose scores these are", nullable=False),
        Column("source", "string", "Where they were scored; shadow: beside the champion, and requested nothing",
               nullable=False, allowed=tuple(SCORED_BY)),
        Column("horizon", "string", "Horizon of the version's failure model", nullable=False),
        Column("period", "string", "One week, or all weeks of the version", nullable=False, allowed=PERIODS),
        Column("period_start_at", "timestamp", "Begin: of a week Monday 00:00, of all the first score", unit="UTC",
               nullable=False),
        Column("period_end_at", "timestamp", "End: of a week the next Monday 00:00, of all the last score", unit="UTC",
               nullable=False),
        Column("slice", "string", "What the row is about", nullable=False, allowed=SLICES),
        Column("slice_value", "string", "Which machine model, site or failure kind; `all` for the fleet, `unknown` "
               "where no record says", nullable=False),
        Column("score_count", "bigint", "Scores of the period; null for a failure kind", minimum=0),
        _frac("matured_frac", "Those of them whose horizon is over and known: matured labels; null without scores"),
        Column("machine_count", "bigint", "Machines with scores; null for a failure kind", minimum=0),
        Column("exposure_machine_years", "double", "Time of the matured scores: their count times their distance",
               minimum=0),
        _count("event_count", "Failures of the period with a score in their horizon"),
        _count("caught_count", "Those that an alarm announced by the least lead"),
        _count("too_late_count", "Those that an alarm announced later than that"),
        _count("missed_count", "Those that no alarm announced"),
        _frac("recall", "Caught by events; null without events"),
        _frac("recall_low", "Lower end of its 95 % Wilson interval"),
        _frac("recall_high", "Upper end of it"),
        Column("lead_hours_median", "double", "Median of the hours from raise to failure, of the caught ones", unit="h",
               minimum=0),
        _of_alarms("alarm_count", "Alarms raised in the period"),
        _of_alarms("false_count", "Those that ended with neither failure nor intervention"),
        _of_alarms("intervened_count", "Those in which somebody intervened, and that no failure followed"),
        _of_alarms("open_count", "Those whose outcome is not known yet: still active, or their horizon is not over"),
        _of_alarms("call_count", "Raises and daily repeats whose outcome is known"),
        _of_alarms("vain_call_count", "Those that no failure followed"),
        _frac("precision", "Calls not in vain by calls; null without calls"),
        _frac("precision_low", "Lower end of its 95 % Wilson interval"),
        _frac("precision_high", "Upper end of it"),
        _rate("false_alarms_per_machine_year", "False alarms by exposure; null without exposure"),
        _rate("false_alarms_low", "Lower end of its 95 % Poisson interval"),
        _rate("false_alarms_high", "Upper end of it"),
        Column("cost_cents", "bigint", "Failures not caught, planned repairs, inspections in vain and interventions, "
               "whole cents; null where the profile has no [costs], and for a failure kind", unit="cent"),
        Column("plain_rule", "string", "Cheapest limit of one feature that the training found, with four digits; the "
               "figures beside are of its alarms at the same scores. Null where the version has none, or no features "
               "of these times are stored"),
        _frac("plain_scored_frac", "Scores of the period that have that feature: the rule is silent at others"),
        _plain("plain_caught_count", "events caught"),
        _frac("plain_recall", "Of the plain rule: caught by events"),
        _plain("plain_false_count", "false alarms"),
        _rate("plain_false_alarms_per_machine_year", "Of the plain rule: false alarms by exposure"),
        _frac("plain_precision", "Of the plain rule: calls not in vain by calls"),
        Column("plain_cost_cents", "bigint", "Of the plain rule: its cost, whole cents", unit="cent"),
        _of_sample("sampled_count", "Scores that were drawn for technicians and whose time for an answer is over"),
        _of_sample("answered_count", "Those that a technician answered with a finding"),
        _frac("sampled_recall", "Defects that technicians found at drawn scores while an alarm was active, by all that "
              "they found, each weighted by what it represents; null where a kind of score has no answer"),
        _frac("sampled_recall_low", "Lower end of its 95 % interval: Wilson's of the effective number of answers"),
        _frac("sampled_recall_high", "Upper end of it"),
        _frac("sampled_precision", "Likewise, by all drawn scores with an alarm that were answered"),
        _frac("sampled_precision_low", "Lower end of its 95 % interval"),
        _frac("sampled_precision_high", "Upper end of it"),
        Column("is_few_events", "boolean", "Fewer than ten events: the recall is no figure to act on", nullable=False),
        Column("is_behind", "boolean", "Ten events or more and a recall whose interval ends below the fleet's recall, "
               "or false alarms whose interval begins above the fleet's rate", nullable=False),
        Column("note", "string", "What to know of this row, in words; empty where nothing", nullable=False),
    ),
    key=("model_version", "source", "horizon", "period", "period_start_at", "slice", "slice_value"),
    rules=(
        Rule("events_do_not_add_up", "event_count = caught_count + too_late_count + missed_count", Severity.FAIL,
             "Each event has one outcome"),
        Rule("more_answers_than_drawn", "coalesce(answered_count <= sampled_count, true)", Severity.FAIL,
             "What is answered was drawn"),
        Rule("more_alarms_than_raised", "coalesce(false_count + intervened_count + open_count <= alarm_count, true)",
             Severity.FAIL, "Each alarm has one outcome at most"),
    ),
    retention_days=400,
)  # fmt: skip
