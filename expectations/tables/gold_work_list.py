"""Gold: what to do first, by what it is expected to cost to leave it."""

from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID

ACTIONS = {
    "repair": "It is down",
    "stop": "The newest score requests a safe stop; people or the control decide",
    "maintain": "The newest score requests maintenance",
    "restore_data": "It is blind: find out why nothing is measured",
    "inspect": "Something of it is unusual",
}
PROBABILITIES = {
    "down": "It has failed already: 1",
    "model": "Of its newest score, within the horizon of that",
    "failure_rate": "1 - exp(-horizon / MTBF), of its model's failures on record, else of the plant's",
}
REPAIR_HOURS = {
    "profile": "The profile's `repair_hours`",
    "measured": "MTTR of its model in `gold.uptime`, of three repairs on record or more, else of the plant",
    "labels": "The profile's `repair`: too few repairs are on record",
}
CONSEQUENCES = {
    "hours": "repair_hours x penalty_usd_per_hour x (1 - standby_frac) + repair price",
    "missed_failure": "The profile's price of a failure that nobody announced: an hour of a stop has no price",
}


def _of(name: str, words: str, codes: dict[str, str]) -> Column:
    return Column(name, "string", words, allowed=tuple(codes))


def _cents(name: str, words: str) -> Column:
    return Column(name, "bigint", f"{words}, whole cents", unit="cent", minimum=0)


WORK_LIST = Table(
    "gold", "work_list",
    "What to do first: machines with a reason to act, by the cost that is expected of leaving them",
    (
        Column("rank", "bigint", "1 for what is expected to cost most; without a probability last; then the worst "
               "health", nullable=False, minimum=1),
        MACHINE_ID, FACTORY_ID,
        Column("machine_model", "string", "Model of the machine"),
        Column("action", "string", "What is asked for", nullable=False, allowed=tuple(ACTIONS)),
        Column("reasons", "string", "Why, in words, the gravest first", nullable=False),
        _cents("expected_cost_cents", "probability x consequence_cents; null without a probability"),
        Column("probability", "double", "Probability of a failure within `horizon`; null where neither a score nor a "
               "failure on record says one", unit="1", minimum=0, maximum=1),
        _of("probability_from", "Where it is from", PROBABILITIES),
        Column("horizon", "string", "Time ahead that it is about", nullable=False),
        Column("consequence_cents", "bigint", "What a failure costs, whole cents", unit="cent", nullable=False,
               minimum=0),
        Column("consequence_from", "string", "How it is counted", nullable=False, allowed=tuple(CONSEQUENCES)),
        Column("penalty_usd_per_hour", "double", "What an hour of a stop costs, by the profile; null: not priced",
               unit="USD/h", minimum=0),
        Column("standby_frac", "double", "Part of that which a standby machine spares, by the profile", unit="1",
               nullable=False, minimum=0, maximum=1),
        Column("repair_hours", "double", "How long a repair takes", unit="h", nullable=False, minimum=0),
        Column("repair_hours_from", "string", "Where that is from", nullable=False, allowed=tuple(REPAIR_HOURS)),
        Column("repair_price_cents", "bigint", "Price of a planned repair of its model, by the profile, whole cents",
               unit="cent", nullable=False, minimum=0),
        Column("is_default_price", "boolean", "The profile has no [costs]: prices are the shipped ones",
               nullable=False),
        Column("state", "string", "As in `gold.machines_now`", nullable=False),
        Column("score", "double", "As in `gold.machines_now`", minimum=0, maximum=100),
        Column("as_of_at", "timestamp", "As in `gold.machines_now`", unit="UTC", nullable=False),
    ),
    key=("machine_id", "factory_id"),
    rules=(
        Rule("expected_cost", "(expected_cost_cents IS NULL) = (probability IS NULL) AND (probability IS NULL OR "
             "abs(expected_cost_cents - probability * consequence_cents) <= 1)", Severity.FAIL,
             "The expected cost is probability times consequence"),
    ),
    retention_days=30,
)  # fmt: skip
