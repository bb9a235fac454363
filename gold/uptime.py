"""`gold.uptime`: hours in use and down, MTBF and MTTR, of machines, models, factories and the plant."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from expectations.chance_intervals import CHANCE, chi_squared
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_downtime import UPTIME
from expectations.tables.machine_keys import Moves, machine_keys

_HOUR = timedelta(hours=1)
Group = tuple[str, str, str | None, date | None]
"""Scope, name, factory and month of a row."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A machine in one factory, from its first reading there until it moved or failures are known."""

    machine_id: str
    factory_id: str
    machine_model: str | None
    from_at: datetime
    to_at: datetime


@dataclass(slots=True)
class _Sums:
    """What machines did in a time; hours."""

    machines: int = 0
    observed: float = 0.0
    planned: float = 0.0
    unplanned: float = 0.0
    failures: int = 0
    repairs: int = 0
    repair_hours: float = 0.0


def observed(days: pa.Table, machines: pa.Table, moves: Moves, until: datetime) -> list[Observed]:
    """When each machine was observed.

    Args:
        days: `machine_id`, `factory_id` and `first_at` of `silver.sensor_days`.
        machines: `silver.machines`, for their models.
        moves: The machines that moved.
        until: Until when failures are known.
    """
    models = {(row["machine_id"], row["factory_id"]): row["machine_model"] for row in machines.to_pylist()}
    first = days.group_by(["machine_id", "factory_id"], use_threads=False).aggregate([("first_at", "min")])
    keys = machine_keys(first, moves)
    by_machine = defaultdict(list)
    for code, row in zip(keys.codes.tolist(), first.to_pylist(), strict=True):
        by_machine[code].append((row["first_at_min"], row["machine_id"], row["factory_id"]))
    found = []
    for stays in map(sorted, by_machine.values()):
        for (from_at, machine, factory), later in zip(stays, [*stays[1:], None], strict=True):
            to_at = until if later is None else min(until, later[0])
            if from_at < to_at:
                found.append(Observed(machine, factory, models.get((machine, factory)), from_at, to_at))
    return sorted(found, key=lambda one: (one.machine_id, one.factory_id))


def build(machines: Sequence[Observed], stops: pa.Table, plant: str) -> pa.Table:
    """One row per scope, name, factory and month, key (scope, name, factory_id, month), where a machine was observed.

    MTBF is the hours in use by the failures. Its interval is that of a test that ends at a time, not at a failure:
    ``2 T / chi2(0.975, 2 n + 2)`` to ``2 T / chi2(0.025, 2 n)`` of T hours and n failures. Source: IEC 60605-4:2001,
    time-terminated tests, two-sided, constant failure rate. MTTR leaves out stops whose end is not on record.

    Args:
        machines: When each machine was observed.
        stops: `gold.downtime`.
        plant: The plant's name.
    """
    by_machine = defaultdict(list)
    for stop in stops.to_pylist():
        by_machine[stop["machine_id"], stop["factory_id"]].append(stop)
    sums: defaultdict[Group, _Sums] = defaultdict(_Sums)
    for machine in machines:
        _add(machine, by_machine[machine.machine_id, machine.factory_id], plant, sums)
    rows = [_row(group, sums[group]) for group in sorted(sums, key=str)]
    return pa.Table.from_pylist(rows, arrow_schema(UPTIME))


def _add(machine: Observed, stops: Sequence[Mapping[str, Any]], plant: str, sums: defaultdict[Group, _Sums]) -> None:
    names = [("machine", machine.machine_id, machine.factory_id), ("factory", machine.factory_id, None),
             ("plant", plant, None)]  # fmt: skip
    if machine.machine_model is not None:
        names.append(("machine_model", machine.machine_model, None))
    for month, from_at, to_at in _times(machine.from_at, machine.to_at):
        for scope, name, factory in names:
            _count(sums[scope, name, factory, month], stops, from_at, to_at)


def _times(from_at: datetime, to_at: datetime) -> Iterator[tuple[date | None, datetime, datetime]]:
    """The whole time, and its part in each month."""
    yield None, from_at, to_at
    month = datetime(from_at.year, from_at.month, 1, tzinfo=UTC)
    while month < to_at:
        following = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
        yield month.date(), max(month, from_at), min(following, to_at)
        month = following


def _count(sums: _Sums, stops: Sequence[Mapping[str, Any]], from_at: datetime, to_at: datetime) -> None:
    sums.machines += 1
    sums.observed += (to_at - from_at) / _HOUR
    for stop in stops:
        hours = max(timedelta(0), min(stop["to_at"], to_at) - max(stop["from_at"], from_at)) / _HOUR
        if stop["is_planned"]:
            sums.planned += hours
            continue
        sums.unplanned += hours
        if from_at <= stop["from_at"] < to_at:
            is_on_record = stop["ended_by"] == "maintenance"
            sums.failures += 1
            sums.repairs += is_on_record
            sums.repair_hours += stop["hours"] if is_on_record else 0.0


def _row(group: Group, sums: _Sums) -> dict[str, Any]:
    scope, name, factory, month = group
    used = max(0.0, sums.observed - sums.planned - sums.unplanned)
    due = sums.observed - sums.planned
    low, high = _interval(used, sums.failures)
    return {
        "scope": scope, "name": name, "factory_id": factory, "month": month, "machine_count": sums.machines,
        "observed_hours": sums.observed, "planned_hours": sums.planned, "unplanned_hours": sums.unplanned,
        "uptime": used / sums.observed if sums.observed else None, "availability": used / due if due > 0 else None,
        "failure_count": sums.failures, "mtbf_hours": used / sums.failures if sums.failures else None,
        "mtbf_low_hours": low, "mtbf_high_hours": high, "repair_count": sums.repairs,
        "mttr_hours": sums.repair_hours / sums.repairs if sums.repairs else None,
    }  # fmt: skip


def _interval(hours: float, failures: int) -> tuple[float | None, float | None]:
    if not hours:
        return None, None
    low = 2 * hours / chi_squared(1 - CHANCE, 2 * failures + 2)
    return low, 2 * hours / chi_squared(CHANCE, 2 * failures) if failures else None
