"""`gold.interventions`: the maintenance after which labels are not known, by `domain.intervention`."""

from collections.abc import Iterable, Mapping
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.alarm import AlarmRule
from domain.intervention import Observation, Work, WorkRules, interventions, standing_at
from expectations.tables.arrow_columns import STAMP, Micros, coded, micros
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_interventions import INTERVENTIONS
from expectations.tables.machine_keys import Moves, machine_keys

READS = ("machine_id", "factory_id", "kind", "code", "occurred_at", "state", "detail")
SCORES = ("machine_id", "factory_id", "scored_at", "source", "decision", "made_at")
ALERTS = ("machine_id", "factory_id", "raised_at")
NEVER_US = 2**62
Seen = Mapping[str, tuple[tuple[Observation, ...], ...]]
"""Machine -> what was seen of it, by source."""


def build(events: pa.Table, seen: Seen, moves: Moves, rules: WorkRules, alarm: AlarmRule) -> pa.Table:
    """One row per intervention, key (machine_id, factory_id, occurred_at), in its order.

    Args:
        events: The columns `READS` of `silver.machine_events`.
        seen: Scores and alerts of each machine, by the key of the machine.
        moves: The machines that moved.
        rules: What the texts of maintenance records mean.
        alarm: How alarms of scores behave.
    """
    rows = []
    for key, works in _works(events, moves).items():
        times = [work.at_us for work, _ in works]
        standing = frozenset[int]().union(*(standing_at(times, one, alarm) for one in seen.get(key, ())))
        place = {work.at_us: place for work, place in reversed(works)}
        for one in interventions((work for work, _ in works), rules, standing):
            machine_id, factory_id = place[one.at_us]
            rows.append((machine_id, factory_id, one.at_us, one.reason, one.finding or None))
    columns = list(zip(*sorted(rows), strict=True)) or [()] * len(INTERVENTIONS.columns)
    times_us = pa.array(columns[2], pa.int64()).cast(STAMP)
    return pa.table([*columns[:2], times_us, *columns[3:]], schema=arrow_schema(INTERVENTIONS))


def observed(scores: pa.Table, alerts: pa.Table, moves: Moves, machines: Iterable[str]) -> Seen:
    """What was seen of each of the machines: the scores of each source, and alerts.

    A score counts from when it was made. Of one that older code made nobody knows: a gateway's is taken to be of the
    time that it is about, and none of a batch is taken for one that people saw.
    """
    keys, names = machine_keys(scores, moves), set(machines)
    is_alarm = pc.not_equal(scores.column("decision"), "none").to_numpy(zero_copy_only=False)
    sources, at_us = coded(scores, "source"), micros(scores, "scored_at")
    made_us = np.maximum(at_us, _made_us(scores))
    found: dict[str, list[tuple[Observation, ...]]] = {}
    for (code, key), (place, _) in product(enumerate(keys.texts), enumerate(sources.texts)):
        mine = np.flatnonzero((keys.codes == code) & (sources.codes == place)) if key in names else np.empty(0, int)
        if is_alarm[mine].any():
            columns = (at_us[mine].tolist(), made_us[mine].tolist(), is_alarm[mine].tolist())
            found.setdefault(key, []).append(tuple(map(Observation, *columns)))
    alerted, raised_us = machine_keys(alerts, moves), micros(alerts, "raised_at")
    for code, key in enumerate(alerted.texts):
        if key in names:
            times = raised_us[alerted.codes == code].tolist()
            found.setdefault(key, []).append(tuple(Observation(at, at, True) for at in times))
    return {key: tuple(sources) for key, sources in found.items()}


def _made_us(scores: pa.Table) -> Micros:
    """When each score could be seen; never where nobody knows."""
    unknown = pc.if_else(pc.equal(scores.column("source"), "edge"), scores.column("scored_at"), None)
    made = pc.coalesce(scores.column("made_at"), unknown).cast(pa.int64())
    never: Micros = pc.fill_null(made, NEVER_US).to_numpy()
    return never


def serviced(events: pa.Table, moves: Moves) -> frozenset[str]:
    """Keys of the machines that have maintenance on record."""
    return frozenset(_works(events, moves))


def _works(events: pa.Table, moves: Moves) -> dict[str, list[tuple[Work, tuple[str, str]]]]:
    """Machine -> its maintenance by time, each with the names under which it is on record."""
    mine = events.filter(pc.equal(events.column("kind"), "maintenance"))
    keys = machine_keys(mine, moves)
    found: dict[str, list[tuple[Work, tuple[str, str]]]] = {}
    names = ("machine_id", "factory_id", "code", "state", "detail")
    columns = [mine.column(name).to_pylist() for name in names]
    for code, at_us, machine_id, factory_id, *texts in zip(
        keys.codes.tolist(), micros(mine, "occurred_at").tolist(), *columns, strict=True
    ):
        work = Work(at_us, *(text or "" for text in texts))
        found.setdefault(keys.texts[code], []).append((work, (machine_id, factory_id)))
    return {key: sorted(works, key=lambda pair: (pair[0].at_us, pair[1])) for key, works in found.items()}
