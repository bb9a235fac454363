"""From values and times to coordinates, and the ticks between."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_TIME_STEPS = tuple(timedelta(hours=hours) for hours in (1, 3, 6, 12, 24, 48, 96, 168, 336, 672, 2184, 8736))
_EPOCH = datetime(1970, 1, 5, tzinfo=UTC)  # a Monday, so that steps of a week begin on one


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight map of [low, high] onto [start, end]; a range of no width lands in the middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The coordinate of a value."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Whether a value lies on the scale."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class TimeScale:
    """A straight map of [first, last] onto [start, end]."""

    first: datetime
    last: datetime
    start: float
    end: float

    def __call__(self, at: datetime) -> float:
        """The coordinate of a time."""
        return Scale(self.first.timestamp(), self.last.timestamp(), self.start, self.end)(at.timestamp())


def ticks(low: float, high: float, most: int = 4) -> list[float]:
    """Round values within [low, high], at most so many, evenly spaced.

    >>> ticks(0, 10)
    [0.0, 2.5, 5.0, 7.5, 10.0]
    """
    if high <= low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in _STEPS if each * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def time_ticks(first: datetime, last: datetime, most: int = 9) -> list[datetime]:
    """Round UTC times within [first, last], at most so many."""
    step = next((each for each in _TIME_STEPS if (last - first) / each <= most), _TIME_STEPS[-1])
    begin = -((_EPOCH - first) // step)
    found = _EPOCH + begin * step
    times = []
    while found <= last:
        if found >= first:
            times.append(found)
        found += step
    return times


def padded(low: float, high: float, share: float = 0.08) -> tuple[float, float]:
    """A range with some air above and below; a range of no width gets air of its own size."""
    air = (high - low) * share or abs(high) * share or 1.0
    return low - air, high + air
