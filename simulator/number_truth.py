"""What happened to each number of a gateway by day, counted from its records one by one."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from simulator.rows import BLANK, FAIR, OUTCOMES, QUARANTINED, RUN, Rows

CLASSES = ("accepted", "quarantined", "rejected", "blank")
_READABLE = ("wrong_type", "not_finite", "missing_field", "time_unreadable", "time_without_zone")
_NO_TIME = "clock_suspect"


@dataclass(frozen=True, slots=True)
class NumberTruth:
    """The numbers of one gateway on one UTC day, each in its best class; `missing` never came."""

    gateway_id: str
    day: str
    accepted: int
    quarantined: int
    rejected: int
    blank: int
    missing: int


def count_numbers(gateway_id: str, rows: Rows) -> list[NumberTruth]:
    """One entry per day, from the rows of one gateway that arrived.

    A line of which nothing can be read has no number. A number without a true time has the day of the number before.
    """
    runs: dict[int, dict[int, list[tuple[int, int | None]]]] = defaultdict(lambda: defaultdict(list))
    winners = _winners(rows)
    for key, steps, outcome, number, at in zip(
        rows.keys().tolist(), rows.steps.tolist(), rows.outcome.tolist(), rows.sequence.tolist(), rows.time_us.tolist(),
        strict=True,
    ):  # fmt: skip
        name = OUTCOMES[outcome]
        rank = _rank(name, wins=winners.get(key) == steps)
        if rank is not None:
            has_time = name == FAIR or (name in QUARANTINED and name != _NO_TIME)
            runs[number // RUN][number % RUN].append((rank, at // 86_400_000_000 if has_time else None))
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for found in runs.values():
        _count_run(found, counts)
    return [
        NumberTruth(gateway_id, _text(day), **{name: counts[day][name] for name in (*CLASSES, "missing")})
        for day in sorted(counts)
    ]


def _winners(rows: Rows) -> dict[int, int]:
    """The largest steps of each key."""
    found: dict[int, int] = {}
    fair = rows.has_outcome(FAIR)
    for key, steps in zip(rows.keys()[fair].tolist(), rows.steps[fair].tolist(), strict=True):
        found[key] = max(steps, found.get(key, steps))
    return found


def _rank(name: str, *, wins: bool) -> int | None:
    if name == FAIR:
        return 0 if wins else 1
    if name in QUARANTINED:
        return 1
    return 3 if name == BLANK else 2 if name in _READABLE else None


def _count_run(found: dict[int, list[tuple[int, int | None]]], counts: dict[int, Counter[str]]) -> None:
    """Every number from the least to the largest of one run."""
    days = {number: day for number, records in found.items() if (day := _day(records)) is not None}
    day = days[min(days)]
    for number in range(min(found), max(found) + 1):
        day = days.get(number, day)
        name = CLASSES[min(rank for rank, _ in found[number])] if number in found else "missing"
        counts[day][name] += 1


def _day(records: list[tuple[int, int | None]]) -> int | None:
    known = [(rank, day) for rank, day in records if day is not None]
    return min(known)[1] if known else None


def _text(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()
