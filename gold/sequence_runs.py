"""The runs of a gateway's counter, and in which of them each range of numbers lies."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

NEAR = 100
"""A number so close beyond the ends of a run may be its next one."""
REACH = 10_000
"""A number out of order that is further beyond the ends of a run than this is none of its: three hours' records, one a
second. What is damaged is further away."""
_LACKED, _CLOSE, _HELD, _BEYOND, _FAR = range(5)
_LOOKED_AT = 64


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers with one outcome.

    Attributes:
        first: The least.
        last: The largest.
        rank: Place of its outcome among all, the best first.
        day: Date of its records; None where none is known.
        has_time: Whether the day is that of a time which can be true.
        came: Date on which they came; None where the day is true, or nothing says it.
    """

    first: int
    last: int
    rank: int
    day: date | None
    has_time: bool
    came: date | None = None


@dataclass(slots=True)
class Segment:
    """Part of a date between two restarts: with what it begins and ends, and its numbers that are in order."""

    day: date
    number: int
    begins_with: int
    ends_with: int
    ranges: list[Range] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """One run of a counter: from when to when, and its numbers."""

    from_day: date
    until_day: date
    ranges: list[Range]

    @property
    def first(self) -> int:
        """The least number."""
        return min(one.first for one in self.ranges)

    @property
    def last(self) -> int:
        """The largest number."""
        return max(one.last for one in self.ranges)


def runs_of(segments: Iterable[Segment], others: Sequence[Range]) -> tuple[list[Run], list[Range]]:
    """The runs of one gateway in the order of time, and the ranges that are in none.

    A run ends where the counter falls to less than half, between two dates or within one. A number that its time does
    not place belongs to the run that lacks it, else to the one that it follows or precedes closely, else to one that
    has it, else to the closest; of equals to the one of its date, then to the first. One that is far from all is none
    of a counter's: a damaged number would make millions missing.

    Args:
        segments: Parts of dates.
        others: Ranges that their time does not place.
    """
    runs: list[Run] = []
    level = 0
    for one in sorted(segments, key=lambda each: (each.day, each.number)):
        if not runs or one.number or 2 * one.begins_with < level:
            runs.append(Run(one.day, one.day, []))
        runs[-1].ranges += one.ranges
        runs[-1].until_day, level = one.day, one.ends_with
    if not runs:
        return _of_dates_alone(others)
    return runs, _placed(runs, others) if len(runs) > 1 else _extended(runs[0], others)


def _of_dates_alone(others: Sequence[Range]) -> tuple[list[Run], list[Range]]:
    """Where no time can be true: one run, each number on the date on which it came, else on that which is stated."""
    dated = [replace(one, day=one.came or one.day, has_time=True) for one in others if one.day is not None]
    days = [one.day for one in dated if one.day is not None]
    return ([Run(min(days), max(days), dated)] if days else []), [one for one in others if one.day is None]


def _extended(run: Run, others: Sequence[Range]) -> list[Range]:
    """Give a run the ranges that lie in it or are in reach, each of which extends it; those that are far."""
    first, last = run.first, run.last
    left: list[Range] = []
    for one in sorted(others, key=lambda each: each.first):
        if one.first <= last + REACH and one.last >= first:
            run.ranges.append(one)
            last = max(last, one.last)
        else:
            left.append(one)
    far: list[Range] = []
    for one in sorted(left, key=lambda each: -each.last):
        if one.last < first and one.last >= first - REACH:
            run.ranges.append(one)
            first = one.first
        else:
            far.append(one)
    return far


def _placed(runs: Sequence[Run], others: Sequence[Range]) -> list[Range]:
    """Give each number to a run; one that is given extends it. Those that fit none."""
    covered = [sorted((one.first, one.last) for one in run.ranges) for run in runs]
    spans = [(run.first, run.last) for run in runs]
    taken: list[set[int]] = [set() for _ in runs]
    far: list[Range] = []
    for one in sorted(others, key=lambda each: (each.first, each.rank, each.day or date.max)):
        for number in range(one.first, one.last + 1):
            costs = [
                (*_cost(span, number in here or _has(held, number), number), _is_elsewhen(run, one.day), at)
                for at, (run, span, held, here) in enumerate(zip(runs, spans, covered, taken, strict=True))
            ]
            kind, _, _, at = min(costs)
            alone = replace(one, first=number, last=number)
            if kind == _FAR:
                far.append(alone)
                continue
            runs[at].ranges.append(alone)
            taken[at].add(number)
            spans[at] = min(spans[at][0], number), max(spans[at][1], number)
    return far


def _cost(span: tuple[int, int], is_held: bool, number: int) -> tuple[int, int]:
    distance = max(span[0] - number, number - span[1], 0)
    if distance:
        return (_CLOSE if distance <= NEAR else _BEYOND if distance <= REACH else _FAR), distance
    return (_HELD if is_held else _LACKED), 0


def _is_elsewhen(run: Run, day: date | None) -> bool:
    return day is not None and not run.from_day <= day <= run.until_day


def _has(covered: Sequence[tuple[int, int]], number: int) -> bool:
    """Whether sorted ranges hold a number. Those of a run overlap on resent numbers only, so few are looked at."""
    place = bisect_right(covered, (number, 1 << 63))
    return any(first <= number <= last for first, last in covered[max(0, place - _LOOKED_AT) : place])
