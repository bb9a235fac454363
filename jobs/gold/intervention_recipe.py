"""How `gold.interventions` follows from maintenance records, from what people saw, and from the profile."""

from hashlib import sha256

import pyarrow as pa

from domain.alarm import AlarmRule
from domain.score_alarm import score_rule
from expectations.policy.file import starting_policy
from expectations.tables.arrow_columns import with_tidy_names
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_interventions import INTERVENTIONS
from expectations.tables.machine_keys import moves_of
from expectations.tables.silver import MACHINE_EVENTS
from expectations.tables.silver_feeds import ALARM_ANSWERS
from gold import interventions, seen_alarms
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.recipe import WholeInputs, WholeRecipe


def recipe(plant: Plant) -> WholeRecipe:
    """Every maintenance record, and every finding that answers an alarm, against the alarms that were standing then."""
    alerts, machines = plant.tables["bronze.alerts"], plant.tables["silver.machines"]
    rules, alarm = plant.profile.work, alarm_rule(plant)

    def build(given: WholeInputs) -> pa.Table:
        record = interventions.Record(given.tables[MACHINE_EVENTS.name], given.tables[ALARM_ANSWERS.name])
        named, moves = with_tidy_names(given.tables[alerts.name]), moves_of(given.tables[machines.name])
        serviced = interventions.serviced(record, moves)
        seen = seen_alarms.observed(given.tables[PREDICTIONS.name], named, moves, serviced, alarm)
        return interventions.build(record, seen, moves, rules, alarm)

    return WholeRecipe(
        INTERVENTIONS, (MACHINE_EVENTS, PREDICTIONS, alerts, machines, ALARM_ANSWERS), build, "occurred_at",
        CommitMetadata(work=sha256(repr((rules, alarm)).encode()).hexdigest()),
        columns={
            MACHINE_EVENTS.name: interventions.READS, PREDICTIONS.name: seen_alarms.SCORES,
            alerts.name: seen_alarms.ALERTS, ALARM_ANSWERS.name: interventions.ANSWERS,
        },
    )  # fmt: skip


def due(plant: Plant) -> tuple[WholeRecipe, ...]:
    """The same; none where nothing says that a machine was ever serviced."""
    is_mapped = any(mapping.feed.name in ("maintenance", "answers") for mapping in plant.sources.usable)
    return (recipe(plant),) if is_mapped or plant.lake.row_count(INTERVENTIONS) else ()


def alarm_rule(plant: Plant) -> AlarmRule:
    """How alarms of scores behave, by the plant's policy."""
    numbers = {number.name: number.value for number in plant.policy or starting_policy()}
    return score_rule(int(numbers["alarm_clear_s"]), int(numbers["alarm_repeat_s"]))
