"""A time whose clock is in columns of its own, or that has no date: what the rows say of it. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from jobs.plant.draft.csv_table import CLOCK, FRACTIONS
from jobs.plant.draft.table import Table
from jobs.plant.draft.times import ZONE_QUESTION, TimeGuess

DATE = "date"
"""The name of the date that the path or a constant has."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def clock_of(table: Table) -> TimeGuess | None:
    """The time of columns hour, minute and second, with the fraction of a second where there is one."""
    names = [name for name, _ in CLOCK]
    if not set(names) <= set(table.names):
        return None
    fraction = next((name for name, _ in FRACTIONS if name in table.names), "")
    unit = dict(FRACTIONS).get(fraction, "")
    is_digit = bool(fraction) and not unit
    columns = (DATE, *names, *([fraction] if is_digit else []))
    return TimeGuess(
        columns, "local", "us", "%Y-%m-%d %H %M %S" + " %f" * is_digit, None, _step(table), ZONE_QUESTION,
        " ".join(table.rows[0][table.names.index(name)] for name in names),
        plus=(fraction, unit) if unit else None, lacks_date=True,
    )  # fmt: skip


def _step(table: Table) -> timedelta | None:
    """The usual distance of two different seconds."""
    texts = zip(*(table.column(name) for name, _ in CLOCK), strict=True)
    times = sorted({_second(clock) for clock in texts})
    steps = sorted(later - earlier for earlier, later in pairwise(times))
    return steps[len(steps) // 2] if steps else None


def _second(clock: Sequence[str]) -> datetime:
    hour, minute, second = (float(text) for text in clock)
    return _EPOCH + timedelta(hours=hour, minutes=minute, seconds=second)
