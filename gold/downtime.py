"""`gold.downtime`: each stop of a machine, from a failure to its repair, or for planned work."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pyarrow as pa

from calculators.arithmetic import whole_cents
from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_downtime import DOWNTIME
from expectations.tables.machine_keys import Moves, machine_key, machine_keys
from gold.machine_models import NO_MODELS, Models

READS = ("machine_id", "factory_id", "kind", "code", "occurred_at")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Event:
    """A failure or maintenance of one machine, in the factory where it was."""

    at: datetime
    code: str
    machine_id: str
    factory_id: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop; `first` says where and when it began."""

    first: Event
    to_at: datetime
    codes: frozenset[str]
    failures: int
    ended_by: str


def build(events: pa.Table, moves: Moves, profile: Profile, models: Models = NO_MODELS) -> pa.Table:
    """One row per stop, key (machine_id, factory_id, from_at).

    A stop goes from a failure to the first maintenance at or after it, at most the profile's `repair` later: as for
    labels. A failure during a stop belongs to it. Maintenance outside of these is planned work, where the profile says
    how long such work takes.

    Args:
        events: The columns `READS` of `silver.machine_events`.
        moves: The machines that moved.
        profile: The plant.
        models: The models of machines, by which penalties differ.
    """
    rows = [_row(stop, profile, models) for stop in _stops(events, moves, profile)]
    ordered = sorted(rows, key=lambda row: (row["machine_id"], row["factory_id"], row["from_at"]))
    return pa.Table.from_pylist(ordered, arrow_schema(DOWNTIME))


def _stops(events: pa.Table, moves: Moves, profile: Profile) -> Iterator[Stop]:
    for failures, works in _by_machine(events, moves).values():
        unplanned = _after_failures(failures, works, timedelta(seconds=profile.labels.repair_s))
        yield from unplanned
        if profile.downtime.planned_work_s is not None:
            yield from _planned(works, unplanned, timedelta(seconds=profile.downtime.planned_work_s))


def _by_machine(events: pa.Table, moves: Moves) -> dict[str, tuple[list[Event], list[Event]]]:
    """Failures and maintenance of each machine, oldest first, one for each code and time."""
    keys = machine_keys(events, moves)
    found: dict[str, tuple[set[Event], set[Event]]] = {text: (set(), set()) for text in keys.texts}
    for code, row in zip(keys.codes.tolist(), events.to_pylist(), strict=True):
        if row["kind"] in ("failure", "maintenance"):
            event = Event(row["occurred_at"], row["code"], row["machine_id"], row["factory_id"])
            found[keys.texts[code]][row["kind"] == "maintenance"].add(event)
    return {text: (_in_time(failures), _in_time(works)) for text, (failures, works) in found.items()}


def _in_time(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.at, event.code, event.factory_id))


def _after_failures(failures: Sequence[Event], works: Sequence[Event], repair: timedelta) -> list[Stop]:
    stops: list[Stop] = []
    for failure in failures:
        work = next(iter(works[bisect_left(works, failure.at, key=_time) :][:1]), None)
        is_on_record = work is not None and work.at <= failure.at + repair
        to_at, ended_by = (work.at, "maintenance") if work and is_on_record else (failure.at + repair, "assumed")
        stop = Stop(failure, to_at, frozenset({failure.code}), 1, ended_by)
        if stops and failure.at <= stops[-1].to_at:
            stops[-1] = _joined(stops[-1], stop)
        else:
            stops.append(stop)
    return stops


def _time(event: Event) -> datetime:
    return event.at


def _joined(before: Stop, after: Stop) -> Stop:
    last = after if after.to_at >= before.to_at else before
    return replace(
        last, first=before.first, codes=before.codes | after.codes, failures=before.failures + after.failures
    )


def _planned(works: Sequence[Event], unplanned: Sequence[Stop], length: timedelta) -> list[Stop]:
    stops: list[Stop] = []
    for work in works:
        if any(stop.first.at <= work.at <= stop.to_at for stop in unplanned):
            continue
        failed = min((stop.first.at for stop in unplanned if stop.first.at > work.at), default=None)
        is_cut = failed is not None and failed < work.at + length
        to_at = failed if is_cut and failed is not None else work.at + length
        stop = Stop(work, to_at, frozenset({work.code}), 0, "failure" if is_cut else "planned_work")
        if stops and work.at <= stops[-1].to_at:
            stops[-1] = _joined(stops[-1], stop)
        else:
            stops.append(stop)
    return stops


def _row(stop: Stop, profile: Profile, models: Models) -> dict[str, Any]:
    hours, first = (stop.to_at - stop.first.at) / _HOUR, stop.first
    model = models.on(machine_key(first.machine_id, first.factory_id), first.at.date())
    rate = profile.downtime.of_machine(first.machine_id, model).exact_usd_per_hour()
    exact = Fraction((stop.to_at - stop.first.at) // timedelta(microseconds=1), 3_600_000_000)
    return {
        "machine_id": stop.first.machine_id,
        "factory_id": stop.first.factory_id,
        "from_at": stop.first.at,
        "to_at": stop.to_at,
        "hours": hours,
        "is_planned": stop.failures == 0,
        "cause": ", ".join(sorted(stop.codes)),
        "failure_count": stop.failures,
        "ended_by": stop.ended_by,
        "cost_cents": None if rate is None else whole_cents(exact * rate),
    }
