"""`gold.reconciliation`: what happened to each number of a gateway, by UTC day."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.reconciliation import OUTCOMES_OF_NUMBERS, RECONCILIATION, UNNUMBERED
from gold.sequence_runs import Range, Run, Segment, runs_of
from gold.summarised_runs import with_summaries

READS = (
    "gateway_id", "measured_date", "segment", "placement", "outcome", "first_number", "last_number", "record_count",
    "begins_with", "ends_with", "came_date",
)  # fmt: skip
UNREAD_READS = ("feed", "gateway_id", "sequence", "kind", "stated_at", "_ingested_at")
SUMMARY_READS = ("gateway_id", "summarised_at", "first_sequence", "last_sequence")
_RANKS = {name: rank for rank, name in enumerate(OUTCOMES_OF_NUMBERS)}
_SUMMARISED = len(_RANKS)
_MISSING = _SUMMARISED + 1
_NO_DAY = np.iinfo(np.int64).max
_EPOCH = date(1970, 1, 1).toordinal()
Row = dict[str, Any]


@dataclass(slots=True)
class _Gateway:
    """What is known of one gateway.

    `unnumbered` are by the day that they state, `untimed` by that on which they came: their times cannot be true.
    `came` is the first day on which a number without a row came.
    """

    segments: dict[tuple[date, int], Segment] = field(default_factory=dict)
    others: list[Range] = field(default_factory=list)
    unnumbered: Counter[date] = field(default_factory=Counter)
    untimed: Counter[date] = field(default_factory=Counter)
    summaries: list[Range] = field(default_factory=list)
    came: date = date.max


def build(ranges: pa.Table, unread: pa.Table, summaries: pa.Table, began: date = date.min) -> pa.Table:
    """One row per gateway and UTC day, key (gateway_id, day), in its order.

    `produced` is the sum of the classes and of `missing`: of each run of the counter the numbers from the least that
    came to the largest. A number without a true time of its own, a missing one too, has the day of the nearest smaller
    number of its run that has one, else of the nearest larger; where the gateway has no run, that on which it came. One
    that is in a summary alone has the day of the summary.

    Args:
        ranges: The columns `READS` of `silver.sequence_ranges`.
        unread: The columns `UNREAD_READS` of `bronze.unread_numbers`.
        summaries: The columns `SUMMARY_READS` of `silver.sequence_summaries`.
        began: When the plant began: an earlier day that an unread record states is none.
    """
    rows = [
        row for name, gateway in _gateways(ranges, unread, summaries, began).items() for row in _rows(name, gateway)
    ]
    ordered = sorted(rows, key=lambda row: (row["gateway_id"] is not None, row["gateway_id"] or "", row["day"]))
    return pa.Table.from_pylist(ordered, arrow_schema(RECONCILIATION))


def _gateways(
    ranges: pa.Table, unread: pa.Table, summaries: pa.Table, began: date
) -> dict[str | None, _Gateway]:  # fmt: skip
    found: dict[str | None, _Gateway] = defaultdict(_Gateway)
    for row in ranges.select(READS).to_pylist():
        _add(found[row["gateway_id"]], row)
    for row in unread.select(UNREAD_READS).to_pylist():
        if row["feed"] == "readings" and row["gateway_id"] is not None:
            gateway, came = found[row["gateway_id"]], row["_ingested_at"].date()
            day = _stated(row["stated_at"], began, came)
            gateway.others.append(Range(row["sequence"], row["sequence"], _RANKS[row["kind"]], day, False))
            gateway.came = min(gateway.came, came)
    for row in summaries.select(SUMMARY_READS).to_pylist():
        day = row["summarised_at"].date()
        one = Range(row["first_sequence"], row["last_sequence"], _SUMMARISED, day, has_time=True)
        found[row["gateway_id"]].summaries.append(one)
    return found


def _stated(at: datetime | None, began: date, came: date) -> date | None:
    """The day that a record states which nobody could read; None without one, or one that cannot be true."""
    return at.date() if at is not None and began <= at.date() <= came + timedelta(days=1) else None


def _add(gateway: _Gateway, row: Row) -> None:
    day = row["measured_date"]
    has_time = row["placement"] != "no_time"
    if row["outcome"] == UNNUMBERED:
        counted = gateway.unnumbered if has_time else gateway.untimed
        counted[day if has_time else row["came_date"]] += row["record_count"]
        return
    one = Range(row["first_number"], row["last_number"], _RANKS[row["outcome"]], day, has_time, row["came_date"])
    if has_time:
        at = (day, row["segment"])
        part = gateway.segments.setdefault(at, Segment(*at, row["begins_with"], row["ends_with"]))
        if row["placement"] == "in_order":
            part.ranges.append(one)
            return
    gateway.others.append(one)


def _rows(name: str | None, gateway: _Gateway) -> Iterator[Row]:
    """The rows of one gateway."""
    counts: dict[date, Counter[int]] = defaultdict(Counter)
    runs: Counter[date] = Counter()
    found_runs, strangers = runs_of(gateway.segments.values(), gateway.others)
    for one in strangers:
        gateway.unnumbered[_day_of(one, found_runs) or gateway.came] += one.last - one.first + 1
    gateway.unnumbered.update(gateway.untimed)
    found_runs, far = with_summaries(found_runs, gateway.summaries)
    gateway.unnumbered.update(one.day for one in far if one.day is not None)
    for run in found_runs:
        found = _counted(run)
        runs.update(found.keys())
        for day, classes in found.items():
            counts[day].update(classes)
    for day in sorted({*counts, *gateway.unnumbered}):
        yield _row(name, day, counts.get(day), runs[day], gateway)


def _day_of(stranger: Range, runs: Sequence[Run]) -> date | None:
    """The day of a number that fits no run: its own where that can be true, else the newest; None without any."""
    if not runs or (stranger.day is not None and runs[0].from_day <= stranger.day <= runs[-1].until_day):
        return stranger.day
    return runs[-1].until_day


def _row(name: str | None, day: date, counts: Counter[int] | None, runs: int, gateway: _Gateway) -> Row:
    row: Row = {
        "gateway_id": name,
        "day": day,
        "unnumbered": gateway.unnumbered[day],
        "state": "unknown" if counts is None else "counted",
    }
    if counts is None:
        return row
    produced = sum(counts.values())
    classes: Row = {outcome: counts[rank] for outcome, rank in _RANKS.items()}
    classes["summarised"] = counts[_SUMMARISED] if gateway.summaries else None
    missing = counts[_MISSING]
    return row | classes | {
        "produced": produced, "missing": missing, "runs": runs, "loss_frac": missing / produced,
    }  # fmt: skip


def _counted(run: Run) -> dict[date, Counter[int]]:
    """For each day how many numbers have each rank; summarised ones have the last but one, missing ones the last."""
    bounds, rank, day = _cells(run.ranges)
    sizes = np.diff(bounds)
    day = _filled(day)
    found: dict[date, Counter[int]] = defaultdict(Counter)
    pairs, place = np.unique(np.stack([day, rank]), axis=1, return_inverse=True)
    totals = np.zeros(pairs.shape[1], np.int64)
    np.add.at(totals, place.ravel(), sizes)
    for one, of, total in zip(pairs[0].tolist(), pairs[1].tolist(), totals.tolist(), strict=True):
        found[date.fromordinal(one + _EPOCH)][of] += total
    return found


def _cells(ranges: Sequence[Range]) -> tuple[Any, Any, Any]:
    """The numbers of a run cut into cells of one kind: their bounds, the best rank of each, and its day."""
    first, last = (np.array([getattr(one, name) for one in ranges], np.int64) for name in ("first", "last"))
    ranks = np.array([one.rank for one in ranges], np.int64)
    days = np.array([_day(one) for one in ranges], np.int64)
    bounds = np.unique(np.concatenate([first, last + 1]))
    start, end = np.searchsorted(bounds, first), np.searchsorted(bounds, last + 1)
    sizes = end - start
    owner = np.repeat(np.arange(len(ranges)), sizes)
    cell = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + start[owner]
    rank, day = np.full(len(bounds) - 1, _MISSING, np.int64), np.full(len(bounds) - 1, _NO_DAY, np.int64)
    order = np.lexsort((days[owner], ranks[owner], cell))[::-1]
    rank[cell[order]] = ranks[owner[order]]
    timed = order[days[owner[order]] != _NO_DAY]
    day[cell[timed]] = days[owner[timed]]
    return bounds, rank, day


def _day(one: Range) -> int:
    return one.day.toordinal() - _EPOCH if one.has_time and one.day is not None else _NO_DAY


def _filled(day: Any) -> Any:
    """Each cell's day: its own, else that of the nearest smaller one, else of the nearest larger."""
    own = np.flatnonzero(day != _NO_DAY)
    if not len(own):
        return day
    before = np.searchsorted(own, np.arange(len(day)), side="right") - 1
    return day[own[np.maximum(before, 0)]]
