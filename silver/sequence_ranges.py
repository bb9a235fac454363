"""`silver.sequence_ranges`: which numbers of each gateway came on a date, and with what outcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.tables.arrow_columns import Flags, begins, coded, micros, with_tidy_names
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.local_time import of_dates, utc_dates
from expectations.tables.machine_keys import machine_keys
from expectations.tables.reconciliation import IN_SILVER, PLACEMENTS, SEQUENCE_RANGES, UNNUMBERED
from expectations.tables.row_order import row_order
from expectations.tables.set_aside import GIVES_WAY, places_aside
from silver.counter_runs import disordered, segments_of

READS = (
    "measured_at", "sensor_id", "machine_id", "factory_id", "metric", "gateway_id", "sequence", "_line", "_column",
    "_file_id", "_ingested_at",
)  # fmt: skip
ASIDE_READS = ("measured_at", "_faults", "_line", "_column", "_file_id")
Numbers = NDArray[np.int64]
_ACCEPTED, _DUPLICATE, _SUPERSEDED, _QUARANTINED = range(len(IN_SILVER))
_PLACES = tuple(PLACEMENTS)
_IN_ORDER, _OUT_OF_ORDER, _NO_TIME = range(len(_PLACES))


def build(bronze: pa.Table, aside: pa.Table, days: Sequence[date]) -> pa.Table:
    """Rows of some UTC dates: ranges of numbers, key (gateway_id, measured_date, segment, placement, first_number).

    A number has the best outcome of its records. A reading that came under several numbers counts for the least
    gateway and number; the others are duplicates, whichever came first.

    Args:
        bronze: The columns `READS` of `bronze.readings`, of the dates and of others.
        aside: The columns `ASIDE_READS` of `silver.readings_quarantine`, of the dates and of others.
        days: The dates.
    """
    rows = with_tidy_names(of_dates(bronze, "measured_at", days))
    outcome, has_time = _outcomes(rows, of_dates(aside, "measured_at", days))
    own = pc.and_(rows.column("sequence").is_valid(), rows.column("gateway_id").is_valid())
    numbered: Flags = own.to_numpy()
    sequence = rows.column("sequence").fill_null(0).to_numpy()
    filled = rows.set_column(
        rows.schema.get_field_index("gateway_id"), "gateway_id", _filled(rows.column("gateway_id"))
    )
    gateway = coded(filled, "gateway_id")
    records = _Records(
        gateway.ranks(), sequence, micros(rows, "measured_at"), outcome, has_time, numbered,
        *(utc_dates(rows, name).cast(pa.int32()).to_numpy() for name in ("measured_at", "_ingested_at")),
    )  # fmt: skip
    keys = _keys(rows)
    _mark_duplicates(records, keys)
    ordered = sorted(gateway.texts)
    parts = [_unnumbered(records, keys, ordered), *_ranges(records, ordered)]
    found = pa.concat_tables([pa.table(part, schema=arrow_schema(SEQUENCE_RANGES)) for part in parts])
    return found.sort_by([(name, "ascending") for name in SEQUENCE_RANGES.key])


@dataclass(slots=True)
class _Records:
    """Records as arrays; `day`, as stated, and `came` count from 1970, `outcome` is a place in `IN_SILVER`."""

    gateway: Numbers
    sequence: Numbers
    at_us: Numbers
    outcome: NDArray[np.int8]
    has_time: Flags
    numbered: Flags
    day: NDArray[np.int32]
    came: NDArray[np.int32]

    def only(self, rows: NDArray[Any]) -> "_Records":
        """Those of some records."""
        return _Records(
            self.gateway[rows], self.sequence[rows], self.at_us[rows], self.outcome[rows], self.has_time[rows],
            self.numbered[rows], self.day[rows], self.came[rows],
        )  # fmt: skip


def _filled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string()).fill_null("")


def _outcomes(rows: pa.Table, aside: pa.Table) -> tuple[NDArray[np.int8], Flags]:
    """For each record what silver did with it, duplicates left out, and whether its time can be true."""
    outcome, has_time = np.zeros(rows.num_rows, np.int8), np.ones(rows.num_rows, np.bool_)
    found = places_aside(rows, aside)
    is_aside, faults = found >= 0, aside.column("_faults").to_pylist()
    gives_way = np.array([any(name in GIVES_WAY for name in one) for one in faults] or [False], np.bool_)
    is_suspect = np.array(["clock_suspect" in one for one in faults] or [False], np.bool_)
    outcome[is_aside] = np.where(gives_way[found[is_aside]], _SUPERSEDED, _QUARANTINED)
    has_time[is_aside] = ~is_suspect[found[is_aside]]
    return outcome, has_time


def _keys(rows: pa.Table) -> list[Numbers]:
    """One number for each machine, sensor and metric, and the time."""
    machine, sensor, metric = machine_keys(rows), coded(rows, "sensor_id"), coded(rows, "metric")
    pair = machine.codes.astype(np.int64) * len(sensor.texts) + sensor.codes
    return [pair * len(metric.texts) + metric.codes, micros(rows, "measured_at")]


def _mark_duplicates(records: _Records, keys: Sequence[Numbers]) -> None:
    """Of the sound records of one key those with the least gateway and number are accepted."""
    sound = np.flatnonzero(records.outcome == _ACCEPTED)
    own = [key[sound] for key in keys]
    one = records.only(sound)
    order = row_order((one.sequence, one.gateway, ~one.numbered, *own))
    group = np.cumsum(begins(own, order)) - 1
    first = order[np.flatnonzero(begins(own, order))]
    same = (one.gateway[order] == one.gateway[first][group]) & (one.sequence[order] == one.sequence[first][group])
    records.outcome[sound[order[~same]]] = _DUPLICATE


def _unnumbered(records: _Records, keys: Sequence[Numbers], gateways: Sequence[str]) -> dict[str, Any]:
    """A row for each gateway and date with records without a number, one more for times that cannot be true.

    Those of one key count once, as in silver.
    """
    rest = records.only(~records.numbered)
    groups: list[NDArray[Any]] = [rest.gateway, rest.day, rest.has_time]
    columns = [*groups, *(key[~records.numbered] for key in keys)]
    order = row_order(columns[::-1])
    once = np.flatnonzero(begins(columns, order))  # each reading's first record
    starts = np.flatnonzero(begins(groups, order))
    first, size = order[starts], len(starts)
    counts = np.diff(np.append(np.searchsorted(once, starts), len(once)))
    has_time = rest.has_time[first]
    none = pa.nulls(size, pa.int64())
    return {
        "gateway_id": _named(rest.gateway[first], gateways), "measured_date": _dates(rest.day[first]),
        "segment": pa.array(np.zeros(size, np.int64)),
        "placement": pa.array([_PLACES[_IN_ORDER if one else _NO_TIME] for one in has_time.tolist()], pa.string()),
        "outcome": pa.repeat(UNNUMBERED, size), "first_number": none, "last_number": none,
        "record_count": pa.array(counts.astype(np.int64)), "begins_with": none, "ends_with": none,
        "came_date": _dates(_least(rest.came[order], starts), has_time),
    }  # fmt: skip


def _dates(days: NDArray[Any], is_null: Flags | None = None) -> pa.Array:
    return pa.array(days.astype(np.int32), mask=is_null).cast(pa.date32())


def _named(gateway: Numbers, gateways: Sequence[str]) -> pa.Array:
    return pa.array([gateways[place] or None for place in gateway.tolist()], pa.string())


def _ranges(records: _Records, gateways: Sequence[str]) -> list[dict[str, Any]]:
    """The ranges of each gateway and date."""
    mine = records.only(records.numbered)
    order = row_order((mine.sequence, mine.at_us, mine.day, mine.gateway))
    mine = mine.only(order)
    starts = np.flatnonzero(begins([mine.gateway, mine.day], np.arange(len(order))))
    bounds = [*starts.tolist(), len(order)]
    return [_of_one_day(mine.only(np.arange(first, end)), gateways) for first, end in pairwise(bounds)]


def _of_one_day(records: _Records, gateways: Sequence[str]) -> dict[str, Any]:
    """The ranges of one gateway on one date; its records are in the order of time, then number."""
    segment, placement = np.zeros(len(records.day), np.int64), np.full(len(records.day), _NO_TIME, np.int8)
    timed = np.flatnonzero(records.has_time)
    once = timed[begins([records.at_us, records.sequence], timed)] if len(timed) else timed
    found = segments_of(records.sequence[once])
    back = np.searchsorted(once, timed, side="right") - 1
    segment[timed] = found[back]
    placement[timed] = np.where(disordered(records.sequence[once], found)[back], _OUT_OF_ORDER, _IN_ORDER)
    ends = {
        part: (_median(numbers[:5]), _median(numbers[-5:]))
        for part in np.unique(found).tolist()
        if len(numbers := records.sequence[once][found == part])
    }
    return _joined(records, segment, placement, ends, gateways)


def _median(numbers: Numbers) -> int:
    return int(np.sort(numbers)[(len(numbers) - 1) // 2])


def _joined(
    records: _Records, segment: Numbers, placement: NDArray[np.int8], ends: dict[int, tuple[int, int]],
    gateways: Sequence[str],
) -> dict[str, Any]:  # fmt: skip
    """Neighbouring numbers with one outcome as one range."""
    sequence = records.sequence
    columns: list[NDArray[Any]] = [segment, placement, sequence]
    order = row_order((records.outcome, sequence, placement, segment))
    first = np.flatnonzero(begins(columns, order))
    counts = np.diff(np.append(first, len(order)))
    best = order[first]
    seg, place, number, outcome = segment[best], placement[best], sequence[best], records.outcome[best]
    differs = np.ones(len(best), np.bool_)
    differs[1:] = (seg[1:] != seg[:-1]) | (place[1:] != place[:-1]) | (outcome[1:] != outcome[:-1])
    differs[1:] |= number[1:] != number[:-1] + 1
    at = np.flatnonzero(differs)
    last = np.append(at[1:], len(best)) - 1
    own = [
        ends.get(part) if place[k] != _NO_TIME else None for k, part in zip(at.tolist(), seg[at].tolist(), strict=True)
    ]
    return {
        "gateway_id": _named(records.gateway[best][at], gateways),
        "measured_date": _dates(records.day[best][at]),
        "segment": pa.array(seg[at]),
        "placement": pa.array([_PLACES[one] for one in place[at].tolist()], pa.string()),
        "outcome": pa.array([IN_SILVER[one] for one in outcome[at].tolist()], pa.string()),
        "first_number": pa.array(number[at]),
        "last_number": pa.array(number[last]),
        "record_count": pa.array(np.add.reduceat(counts, at).astype(np.int64) if len(at) else []),
        "begins_with": pa.array([one and one[0] for one in own], pa.int64()),
        "ends_with": pa.array([one and one[1] for one in own], pa.int64()),
        "came_date": _dates(_least(_least(records.came[order], first), at), place[at] != _NO_TIME),
    }


def _least(days: NDArray[np.int32], starts: NDArray[Any]) -> NDArray[np.int32]:
    """The least of each stretch."""
    return np.minimum.reduceat(days, starts) if len(starts) else days[:0]
