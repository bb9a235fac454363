"""The alarms of machines that are active now, and whether anybody did anything about them; read from the lake."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.dataset as ds

from domain.alarm import IDLE, AlarmRule, observe
from domain.intervention import Observation
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold import PREDICTIONS
from expectations.tables.machine_keys import Moves, factory_of, machine_keys, machine_of, moves_of
from expectations.tables.silver import MACHINE_EVENTS
from gold.seen_alarms import ALERTS, SCORES, observed
from jobs.status.machine_facts import StandingAlarm
from lakehouse.plant import Plant

LOOKED_BACK = timedelta(days=14)
"""Scores of this time are read: an alarm that was raised before counts from its begin. Starting value: two weeks."""
_ANSWERS = ("maintenance", "failure")


def standing_state(plant: Plant, now: datetime, rule: AlarmRule) -> tuple[StandingAlarm, ...]:
    """The alarms of batch scores and of gateways, each machine once, the longest first.

    An alarm of which nothing was heard for as long as it takes to be announced again is none: the age of scores is
    another condition.
    """
    first = now - LOOKED_BACK
    moves = moves_of(plant.lake.arrow(plant.tables["silver.machines"]))
    where = (ds.field("scored_date") >= first.date()) & (ds.field("scored_at") <= now)
    scores = plant.lake.arrow(PREDICTIONS, list(SCORES), where)
    if not scores.num_rows:
        return ()
    no_alerts = arrow_schema(plant.tables["bronze.alerts"]).empty_table().select(list(ALERTS))
    seen = observed(scores, no_alerts, moves, machine_keys(scores, moves).texts, rule)
    answers = _answers(plant, first, moves)
    found = [
        StandingAlarm(f"{factory_of(key)}/{machine_of(key)}", since, any(at >= since for at in answers.get(key, ())))
        for key, sources in seen.items()
        if (since := _since(sources, rule, now)) is not None
    ]
    return tuple(sorted(found, key=lambda one: (one.raised_at, one.machine)))


def _since(sources: Iterable[Iterable[Observation]], rule: AlarmRule, now: datetime) -> datetime | None:
    """When the first alarm of any source was raised that is active now."""
    raised = [raised_us(each, rule, round(now.timestamp() * 1e6)) for each in sources]
    known = [at for at in raised if at is not None]
    return datetime.fromtimestamp(min(known) / 1e6, UTC) if known else None


def raised_us(observations: Iterable[Observation], rule: AlarmRule, now_us: int) -> int | None:
    """When the alarm was raised that one source's observations hold at a time, UTC microseconds; None without one."""
    state = IDLE
    for one in sorted(observations, key=lambda one: (one.at_us, not one.is_alarm)):
        if one.made_us <= now_us:
            state, _ = observe(state, rule, one.at_us, int(one.is_alarm), "ALARM")
    is_heard_of = now_us - state.at_us <= rule.repeat_us
    return state.raised_us if is_heard_of and observe(state, rule, now_us, 0)[0].level else None


def _answers(plant: Plant, first: datetime, moves: Moves) -> dict[str, list[datetime]]:
    """Key of a machine -> when it was worked on, or failed."""
    where = (ds.field("occurred_at") >= first) & ds.field("kind").isin(list(_ANSWERS))
    events: pa.Table = plant.lake.arrow(MACHINE_EVENTS, ["machine_id", "factory_id", "occurred_at"], where)
    keys, found = machine_keys(events, moves), dict[str, list[datetime]]()
    for code, at in zip(keys.codes.tolist(), events.column("occurred_at").to_pylist(), strict=True):
        found.setdefault(keys.texts[code], []).append(at)
    return found
