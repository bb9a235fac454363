"""A bucket: the readings of one machine and metric in one stretch of time, as whole numbers.

Whole numbers add up to the same sum in any order, which no floating sum does: so a bucket built here equals gold's.
"""

from __future__ import annotations

# (measured_at_us, sensor_id): what orders readings within a bucket.
ReadingKey = tuple[int, str]


class Bucket:
    """Counts and sums of readings in steps of the metric's resolution; empty at first.

    Attributes:
        count: Readings.
        total: Sum of steps.
        squares: Sum of squared steps.
        low: Smallest steps; undefined while empty.
        high: Largest steps.
        first: Steps of the first reading by (measured_at, sensor_id).
        last: Steps of the last one.
        warnings: Readings beyond a warning limit.
        criticals: Readings beyond a critical limit.
    """

    __slots__ = (
        "_first_key",
        "_last_key",
        "count",
        "criticals",
        "first",
        "high",
        "last",
        "low",
        "squares",
        "total",
        "warnings",
    )

    def __init__(self) -> None:
        self.count = self.total = self.squares = 0
        self.low = self.high = self.first = self.last = 0
        self.warnings = self.criticals = 0
        self._first_key: ReadingKey = (0, "")
        self._last_key: ReadingKey = (0, "")

    def add(self, resolution_steps: int, key: ReadingKey, level: int = 0) -> None:
        """Take in one reading; `level` 1 is beyond a warning limit, 2 beyond a critical one as well."""
        if self.count == 0:
            self.low = self.high = self.first = self.last = resolution_steps
            self._first_key = self._last_key = key
        else:
            if resolution_steps < self.low:
                self.low = resolution_steps
            elif resolution_steps > self.high:
                self.high = resolution_steps
            if key > self._last_key:
                self.last, self._last_key = resolution_steps, key
            elif key < self._first_key:
                self.first, self._first_key = resolution_steps, key
        self.count += 1
        self.total += resolution_steps
        self.squares += resolution_steps * resolution_steps
        if level:
            self.warnings += 1
            self.criticals += level > 1

    def merge(self, other: Bucket) -> None:
        """Take in another bucket of disjoint readings; any order of merges gives the same bucket."""
        if other.count == 0:
            return
        if self.count == 0:
            self.low, self.high = other.low, other.high
        if self.count == 0 or other._first_key < self._first_key:
            self.first, self._first_key = other.first, other._first_key
        if self.count == 0 or other._last_key > self._last_key:
            self.last, self._last_key = other.last, other._last_key
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        for name in ("count", "total", "squares", "warnings", "criticals"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def as_row(self) -> tuple[int, ...]:
        """All numbers in the order of `silver.buckets`."""
        sums = (self.count, self.total, self.squares)
        return (*sums, self.low, self.high, self.first, self.last, self.warnings, self.criticals)
