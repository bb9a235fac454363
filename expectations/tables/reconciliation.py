"""Numbers that gateways gave to their records: in silver as ranges, in gold counted by gateway and day."""

from expectations.tables.contract import Column, Rule, Severity, Table

OUTCOMES_OF_NUMBERS = {
    "accepted": "A reading of the number is in silver.readings",
    "duplicate": "Its reading came under another number of a gateway too, which counts as accepted",
    "superseded": "Its record gave way to a later version of its file, or was withdrawn",
    "quarantined": "Its record parses and cannot be true, or lost a conflict",
    "rejected": "Its record cannot be read",
    "blank": "Its record says: no value",
}
"""The classes of a number that arrived, best first."""
UNNUMBERED = "unnumbered"
IN_SILVER = ("accepted", "duplicate", "superseded", "quarantined")
PLACEMENTS = {
    "in_order": "Near the numbers of the records around it in time: its run is that of its time",
    "out_of_order": "Far from these: its run follows from the number, its day from its time",
    "no_time": "Its time cannot be true: its run and its day follow from the number",
}
STATES = {
    "counted": "The gateway numbers its records, and the classes add up to `produced`",
    "unknown": "None of its records of the day has a number: what is missing cannot be known",
}

SEQUENCE_RANGES = Table(
    "silver", "sequence_ranges",
    "Sequence numbers of the readings that came, as ranges of numbers with one outcome, by gateway and UTC date",
    (
        Column("gateway_id", "string", "Gateway, as sent; null where the records name none"),
        Column("measured_date", "date", "UTC date of the readings, as sent", nullable=False),
        Column("segment", "bigint", "Part of the date between two restarts of the counter, from 0", nullable=False,
               minimum=0),
        Column("placement", "string", "How the numbers fit the times of their records", nullable=False,
               allowed=tuple(PLACEMENTS)),
        Column("outcome", "string", "The best outcome of the numbers' records", nullable=False,
               allowed=(*IN_SILVER, UNNUMBERED)),
        Column("first_number", "bigint", "Least number of the range; null for records without a number"),
        Column("last_number", "bigint", "Largest number of the range; null for records without a number"),
        Column("record_count", "bigint", "Records that have these numbers, resent ones too", nullable=False, minimum=1),
        Column("begins_with", "bigint", "Median of the first five numbers of the segment in time; null without any"),
        Column("ends_with", "bigint", "Median of its last five; null without any"),
        Column("came_date", "date", "UTC date of the run that first read them; null where their time can be true"),
    ),
    key=("gateway_id", "measured_date", "segment", "placement", "first_number"),
    partition_by=("measured_date",),
    rules=(
        Rule("range_order", "(first_number IS NULL) = (outcome = 'unnumbered') AND "
             "(first_number IS NULL OR first_number <= last_number)", Severity.FAIL,
             "A range goes up; records without a number have none"),
    ),
    retention_days=30,
)  # fmt: skip


def _count(name: str, words: str) -> Column:
    return Column(name, "bigint", f"{words}; null where the state is unknown", minimum=0)


RECONCILIATION = Table(
    "gold", "reconciliation",
    "What happened to each sequence number of a gateway, by UTC day: each number counts once, in its best class",
    (
        Column("gateway_id", "string", "Gateway, as sent; null where the records name none"),
        Column("day", "date", "UTC day of the readings; of a number without a true time that of the number before it, "
               "where the gateway has none that on which it came",
               nullable=False),
        Column("state", "string", "Whether the gateway numbers its records", nullable=False, allowed=tuple(STATES)),
        _count("produced", "Numbers that the gateway gave: the sum of the classes"),
        *(_count(name, words) for name, words in OUTCOMES_OF_NUMBERS.items()),
        _count("summarised", "Numbers of records that the gateway reduced on purpose, and that came by no record; null "
               "too where it reports none"),
        _count("missing", "Numbers between the least and the largest of a run of the counter that never came"),
        _count("runs", "Runs of the counter that have numbers on the day: two on a day with a restart"),
        Column(
            "unnumbered", "bigint",
            "Records without a number, or with one far from all others of the gateway; beside the sum",
            nullable=False, minimum=0,
        ),
        Column("loss_frac", "double", "missing / produced", minimum=0, maximum=1),
    ),
    key=("gateway_id", "day"),
    rules=(
        Rule("numbers_do_not_add_up",
             f"produced IS NULL OR produced = {' + '.join(OUTCOMES_OF_NUMBERS)} + coalesce(summarised, 0) + missing",
             Severity.FAIL, "Every number is accounted for"),
        Rule("unknown_is_null", "(state = 'unknown') = (produced IS NULL) AND (produced IS NULL) = (missing IS NULL)",
             Severity.FAIL, "What is not known is null and not 0"),
    ),
    retention_days=400,
)  # fmt: skip
