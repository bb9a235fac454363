"""Gold: of which model version a bundle is, and what alarms saved. Savings are filled where the profile has prices."""

from expectations.tables.contract import Column, Rule, Severity, Table

BUNDLES = Table(
    "gold", "bundles",
    "Every sealed bundle: of which model version its models are, and which times that version had seen",
    (
        Column("bundle", "string", "Bundle as scores name it, name@version+build", nullable=False),
        Column("build", "bigint", "Its build: a later bundle's is greater", nullable=False, minimum=0),
        Column("model_version", "string", "Version of its first models; `unknown` where only scores of an older lake "
               "name the bundle", nullable=False),
        Column("horizon", "string", "Horizon of that version's failure model; null where it has none"),
        Column("seen_until_at", "timestamp", "Last time of any row that the training saw; null where its folder does "
               "not say", unit="UTC"),
        Column("sha256", "string", "SHA-256 of its signed manifest, which names all else; null where older code wrote "
               "the row"),
        Column("learnt_until_at", "timestamp", "Last time whose outcome a training of any of its models may have seen: "
               "the last time of a row and the horizon; null where it is not known", unit="UTC"),
    ),
    key=("bundle",),
    retention_days=400,
)  # fmt: skip


def _count(name: str, words: str) -> Column:
    return Column(name, "bigint", words, nullable=False, minimum=0)


def _cents(name: str, words: str) -> Column:
    return Column(name, "bigint", f"{words}, whole cents", unit="cent", nullable=False)


MAINTENANCE_SAVINGS = Table(
    "gold", "maintenance_savings",
    "What failures, repairs and false alarms cost with the alarms of a model version, and without; only times that the "
    "version had not seen, and whose horizon is over",
    (
        Column("model_version", "string", "Version whose scores these are", nullable=False),
        Column("source", "string", "Where they were scored", nullable=False, allowed=("batch", "edge")),
        Column("first_scored_at", "timestamp", "First grid time that counts", unit="UTC", nullable=False),
        Column("last_scored_at", "timestamp", "Last grid time that counts", unit="UTC", nullable=False),
        _count("score_count", "Scores that count"),
        _count("machine_count", "Machines with such scores"),
        Column("exposure_machine_years", "double", "Observed time: scores times their distance", nullable=False,
               minimum=0),
        _count("failure_count", "Failures with a score in their horizon"),
        _count("caught_count", "Those that an alarm announced in time"),
        _count("alarm_count", "Alarms raised: each lasts until it clears"),
        _count("call_count", "Raises and daily repeats: each sends somebody to the machine"),
        _count("vain_call_count", "Calls that no failure followed"),
        _count("intervened_count", "Alarms that ended by an intervention and that no failure followed: whether one was "
               "prevented is not known, and none is counted as prevented; one that the technician refuted is false"),
        Column("confirmed_count", "bigint", "Those of them whose defect the technician found; null where older code "
               "counted", minimum=0),
        _cents("failure_cost_cents", "Failures that no alarm announced in time"),
        _cents("repair_cost_cents", "Planned repairs of the announced ones"),
        _cents("false_alarm_cost_cents", "Inspections of calls in vain"),
        Column("intervention_cost_cents", "bigint", "Inspections of confirmed alarms, and what the policy charges for "
               "an intervention, whole cents; null where older code counted: 0", unit="cent"),
        _cents("cost_cents", "All of these: as it happened"),
        _cents("without_alarms_cents", "The same failures, none announced"),
        _cents("savings_cents", "Without alarms, less as it happened; negative where alarms cost more than they saved"),
        Column("savings_low_cents", "bigint", "Lower end of the 95 % interval, from resampled machines; null for fewer "
               "than two", unit="cent"),
        Column("savings_high_cents", "bigint", "Upper end of it", unit="cent"),
    ),
    key=("model_version", "source"),
    rules=(
        Rule("costs_do_not_add_up", "cost_cents = failure_cost_cents + repair_cost_cents + false_alarm_cost_cents + "
             "coalesce(intervention_cost_cents, 0)", Severity.FAIL, "The cost is the sum of its parts"),
        Rule("savings_do_not_add_up", "savings_cents = without_alarms_cents - cost_cents", Severity.FAIL,
             "Savings are the difference of the two"),
        Rule("more_caught_than_failed", "caught_count <= failure_count AND vain_call_count <= call_count",
             Severity.FAIL, "A part is not more than the whole"),
    ),
    retention_days=400,
)  # fmt: skip
