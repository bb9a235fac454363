"""`gold.interventions`: the maintenance after which labels are not known, by `domain.intervention`."""

import pyarrow as pa
import pyarrow.compute as pc

from domain.alarm import AlarmRule
from domain.intervention import Work, WorkRules, interventions, standing_at
from expectations.tables.arrow_columns import STAMP, micros
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_interventions import INTERVENTIONS
from expectations.tables.machine_keys import Moves, machine_keys
from gold.seen_alarms import Seen

READS = ("machine_id", "factory_id", "kind", "code", "occurred_at", "state", "detail")


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
