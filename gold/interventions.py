"""`gold.interventions`: the maintenance after which labels are not known, by `domain.intervention`."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc

from domain.alarm import AlarmRule
from domain.intervention import Work, WorkRules, interventions, standing_at
from expectations.tables.arrow_columns import STAMP, micros
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_interventions import FINDINGS, INTERVENTIONS
from expectations.tables.machine_keys import Moves, machine_keys
from gold.seen_alarms import Seen

READS = ("machine_id", "factory_id", "kind", "code", "occurred_at", "state", "detail")
ANSWERS = ("machine_id", "factory_id", "answered_at", "answer")
Placed = tuple[Work, tuple[str, str]]
"""Work, with the names of its machine and factory as they are on record."""


@dataclass(frozen=True, slots=True)
class Record:
    """What people wrote down.

    Attributes:
        events: The columns `READS` of `silver.machine_events`.
        answers: The columns `ANSWERS` of `silver.alarm_answers`.
    """

    events: pa.Table
    answers: pa.Table


def build(record: Record, seen: Seen, moves: Moves, rules: WorkRules, alarm: AlarmRule) -> pa.Table:
    """One row per intervention, key (machine_id, factory_id, occurred_at), in its order.

    An answer that says what was found counts as a record of work that says so, one to the same moment.

    Args:
        record: Maintenance, and the answers to alarms.
        seen: Scores and alerts of each machine, by the key of the machine.
        moves: The machines that moved.
        rules: What the texts of maintenance records mean.
        alarm: How alarms of scores behave.
    """
    rows = []
    for key, works in _works(record, moves).items():
        times = [work.at_us for work, _ in works]
        standing = frozenset[int]().union(*(standing_at(times, one, alarm) for one in seen.get(key, ())))
        place = {work.at_us: place for work, place in reversed(works)}
        for one in interventions((work for work, _ in works), rules, standing):
            machine_id, factory_id = place[one.at_us]
            rows.append((machine_id, factory_id, one.at_us, one.reason, one.finding or None))
    columns = list(zip(*sorted(rows), strict=True)) or [()] * len(INTERVENTIONS.columns)
    times_us = pa.array(columns[2], pa.int64()).cast(STAMP)
    return pa.table([*columns[:2], times_us, *columns[3:]], schema=arrow_schema(INTERVENTIONS))


def serviced(record: Record, moves: Moves) -> frozenset[str]:
    """Keys of the machines that have maintenance, or the finding of a technician, on record."""
    return frozenset(_works(record, moves))


def _works(record: Record, moves: Moves) -> dict[str, list[Placed]]:
    """Machine -> its work by time, each with the names under which it is on record."""
    found: dict[str, list[Placed]] = {}
    for key, work in chain(_maintenance(record.events, moves), _findings(record.answers, moves)):
        found.setdefault(key, []).append(work)
    return {key: sorted(works, key=lambda pair: (pair[0].at_us, pair[1])) for key, works in found.items()}


def _maintenance(events: pa.Table, moves: Moves) -> Iterator[tuple[str, Placed]]:
    mine = events.filter(pc.equal(events.column("kind"), "maintenance"))
    for key, place, at_us, texts in _rows(mine, "occurred_at", ("code", "state", "detail"), moves):
        yield key, (Work(at_us, *texts), place)


def _findings(answers: pa.Table, moves: Moves) -> Iterator[tuple[str, Placed]]:
    found = answers.filter(pc.is_in(answers.column("answer"), pa.array(FINDINGS)))
    for key, place, at_us, (answer,) in _rows(found, "answered_at", ("answer",), moves):
        yield key, (Work(at_us, finding=answer), place)


def _rows(
    table: pa.Table, time: str, names: tuple[str, ...], moves: Moves
) -> Iterator[tuple[str, tuple[str, str], int, tuple[str, ...]]]:
    """Of each row the key of its machine, the machine's names, the time, and texts, empty where null."""
    keys = machine_keys(table, moves)
    columns = [table.column(name).to_pylist() for name in ("machine_id", "factory_id", *names)]
    for code, at_us, machine_id, factory_id, *texts in zip(
        keys.codes.tolist(), micros(table, time).tolist(), *columns, strict=True
    ):
        yield keys.texts[code], (machine_id, factory_id), at_us, tuple(text or "" for text in texts)
