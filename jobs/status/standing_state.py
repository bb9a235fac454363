"""The alarms of machines that are active now, and whether anybody did anything about them; read from the lake."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from domain.alarm import IDLE, AlarmRule, observe
from domain.intervention import Observation
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold import PREDICTIONS
from expectations.tables.machine_keys import Moves, factory_of, machine_keys, machine_of, moves_of
from expectations.tables.silver import MACHINE_EVENTS
from expectations.tables.silver_feeds import ALARM_ANSWERS
from gold.seen_alarms import ALERTS, SCORES, observed
from jobs.alerts.condition import HELD_HOURS, Acknowledgement
from jobs.status.machine_facts import StandingAlarm
from lakehouse.plant import Plant

LOOKED_BACK = timedelta(days=14)
"""Scores of this time are read: an alarm that was raised before counts from its begin, and an answer of as long before
counts for it. Starting value: two weeks."""
_ANSWERS = ("maintenance", "failure")
_REASON = "not_scored_reason"


@dataclass(frozen=True, slots=True)
class _Answer:
    """When somebody answered; `holder`: who, of an answer that only says that they look after the alarm."""

    at: datetime
    holder: str | None = None


def standing_state(plant: Plant, now: datetime, rule: AlarmRule) -> tuple[StandingAlarm, ...]:
    """The alarms of batch scores and of gateways, each machine once, the longest first.

    An alarm of which nothing was heard for as long as it takes to be announced again is none, up to the plant's newest
    score: the age of scores is another condition.
    """
    first = now - LOOKED_BACK
    moves = moves_of(plant.lake.arrow(plant.tables["silver.machines"]))
    where = (ds.field("scored_date") >= first.date()) & (ds.field("scored_at") <= now)
    scores = _that_say_something(plant.lake.arrow(PREDICTIONS, [*SCORES, _REASON], where))
    if not scores.num_rows:
        return ()
    heard_at = pc.max(scores.column("scored_at")).as_py()
    no_alerts = arrow_schema(plant.tables["bronze.alerts"]).empty_table().select(list(ALERTS))
    seen = observed(scores, no_alerts, moves, machine_keys(scores, moves).texts, rule)
    given = _answers(plant, first - LOOKED_BACK, moves)
    found = [
        _standing(key, since, [one for one in given.get(key, ()) if one.at >= begin])
        for key, sources in seen.items()
        if (since := _since(sources, rule, now, heard_at)) is not None
        for begin in [since if since.date() > first.date() else first - LOOKED_BACK]  # raised before what was read
    ]
    return tuple(sorted(found, key=lambda one: (one.raised_at, one.machine)))


def _standing(key: str, since: datetime, answers: Sequence[_Answer]) -> StandingAlarm:
    """An alarm with the answers to it: those that only say that somebody looks after it hold it for a while."""
    held = [one for one in answers if one.holder is not None]
    last = max(held, key=lambda one: (one.at, one.holder or ""), default=None)
    by = None if last is None else Acknowledgement(last.holder or "", last.at, last.at + timedelta(hours=HELD_HOURS))
    return StandingAlarm(f"{factory_of(key)}/{machine_of(key)}", since, len(held) < len(answers), by)


def _that_say_something(scores: pa.Table) -> pa.Table:
    """Without the scores that were not made and request nothing: these neither raise nor clear, as on a gateway."""
    if _REASON in scores.column_names:
        asks, is_made = pc.not_equal(scores.column("decision"), "none"), pc.is_null(scores.column(_REASON))
        scores = scores.filter(pc.or_(asks, is_made))
    return scores.select(list(SCORES))


def _since(
    sources: Iterable[Iterable[Observation]], rule: AlarmRule, now: datetime, heard_at: datetime
) -> datetime | None:
    """When the first alarm of any source was raised that is active now."""
    now_us, heard_us = (round(at.timestamp() * 1e6) for at in (now, heard_at))
    raised = [raised_us(each, rule, now_us, heard_us) for each in sources]
    known = [at for at in raised if at is not None]
    return datetime.fromtimestamp(min(known) / 1e6, UTC) if known else None


def raised_us(
    observations: Iterable[Observation], rule: AlarmRule, now_us: int, heard_us: int | None = None
) -> int | None:
    """When the alarm that one source's observations hold at a time could first be seen; None without one.

    Scores may be made long after their time, as all are when a new bundle begins: nobody could answer before.

    Args:
        observations: What the source observed.
        rule: How alarms behave.
        now_us: The time, UTC microseconds.
        heard_us: Time of the plant's newest score; None: now.
    """
    state, seen_us = IDLE, 0
    for one in sorted(observations, key=lambda one: (one.at_us, not one.is_alarm)):
        if one.made_us <= now_us:
            before_us = state.raised_us
            state, _ = observe(state, rule, one.at_us, int(one.is_alarm), "ALARM")
            if state.level and one.is_alarm:
                seen_us = one.made_us if state.raised_us != before_us else min(seen_us, one.made_us)
    last_us = now_us if heard_us is None else min(heard_us, now_us)
    is_up = last_us - state.at_us <= rule.repeat_us and observe(state, rule, last_us, 0)[0].level
    return max(state.raised_us, seen_us) if is_up else None


def _answers(plant: Plant, first: datetime, moves: Moves) -> dict[str, list[_Answer]]:
    """Key of a machine -> when it was worked on, or failed, and what technicians answered."""
    names, at = ["machine_id", "factory_id"], ds.field("occurred_at")
    events = plant.lake.arrow(
        MACHINE_EVENTS, [*names, "occurred_at"], (at >= first) & ds.field("kind").isin(list(_ANSWERS))
    )
    given = plant.lake.arrow(
        ALARM_ANSWERS, [*names, "answered_at", "answer", "answered_by"], ds.field("answered_at") >= first
    )
    holders = [
        (by or "a technician") if answer == "acknowledged" else None
        for answer, by in zip(given.column("answer").to_pylist(), given.column("answered_by").to_pylist(), strict=True)
    ]
    found = dict[str, list[_Answer]]()
    for table, time, by in ((events, "occurred_at", [None] * events.num_rows), (given, "answered_at", holders)):
        keys = machine_keys(table, moves)
        for code, when, holder in zip(keys.codes.tolist(), table.column(time).to_pylist(), by, strict=True):
            found.setdefault(keys.texts[code], []).append(_Answer(when, holder))
    return found
