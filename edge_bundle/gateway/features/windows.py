"""Moving windows over buckets: each step adds the buckets that enter and takes away those that leave.

Places are bucket numbers since epoch (``bucket_at / bucket_s``). A window of length L at place p holds the buckets
``p - L <= place < p``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from edge_bundle.gateway.features.buckets import Bucket

Extremes = deque[tuple[int, int]]


class Series:
    """The buckets of one machine and metric, and the windows that move over them."""

    def __init__(self, lengths: Iterable[int]) -> None:
        """Windows of the given lengths, in buckets."""
        self.buckets: dict[int, Bucket] = {}
        self.windows = {length: Window(length) for length in lengths}

    def bucket(self, place: int) -> Bucket:
        """The bucket at `place`, for a reading to be added; windows that hold it are built again when next asked."""
        for window in self.windows.values():
            if window.start <= place < window.end:
                window.is_stale = True
        found = self.buckets.get(place)
        if found is None:
            found = self.buckets[place] = Bucket()
        return found

    def replace(self, place: int, bucket: Bucket) -> None:
        """Put another bucket in the place; an empty one leaves it free."""
        self.bucket(place)
        if bucket.count:
            self.buckets[place] = bucket
        else:
            del self.buckets[place]

    def move_to(self, end: int) -> None:
        """Move every window to end before `end`, and forget buckets that no later window can hold."""
        for window in self.windows.values():
            window.move_to(end, self.buckets)

    def forget_before(self, place: int) -> None:
        """Drop buckets older than `place`."""
        for old in [at for at in self.buckets if at < place]:
            del self.buckets[old]


class Window:
    """Sums of one window. `weighted` and `weighted_squares` weigh by place, for slopes.

    Attributes:
        filled: Buckets with data.
        count: Readings.
        total: Sum of steps.
        squares: Sum of squared steps.
        warnings: Readings beyond a warning limit.
        place_count: Sum of place * count.
        place_total: Sum of place * total.
        place2_count: Sum of place * place * count.
    """

    __slots__ = (
        "_highs",
        "_lows",
        "count",
        "end",
        "filled",
        "is_stale",
        "last_place",
        "length",
        "place2_count",
        "place_count",
        "place_total",
        "squares",
        "start",
        "total",
        "warnings",
    )

    def __init__(self, length: int) -> None:
        self.length = length
        self.start = self.end = 0
        self.is_stale = False
        self._clear()

    @property
    def low(self) -> int:
        """Smallest steps of a window that is not empty."""
        return self._lows[0][1]

    @property
    def high(self) -> int:
        """Largest steps."""
        return self._highs[0][1]

    def move_to(self, end: int, buckets: dict[int, Bucket]) -> None:
        """Hold the buckets ``end - length <= place < end``."""
        start = end - self.length
        if self.is_stale or end < self.end or start >= self.end:
            self._clear()
            self.is_stale = False
            enter = range(start, end)
        else:
            for place in range(self.start, start):
                if place in buckets:
                    self._leave(place, buckets[place])
            enter = range(self.end, end)
        self.start, self.end = start, end
        for place in enter:
            if place in buckets:
                self._enter(place, buckets[place])

    def _clear(self) -> None:
        self.filled = self.count = self.total = self.squares = self.warnings = 0
        self.place_count = self.place_total = self.place2_count = 0
        self.last_place = 0
        self._lows: Extremes = deque()
        self._highs: Extremes = deque()

    def _enter(self, place: int, bucket: Bucket) -> None:
        self._add(place, bucket, 1)
        self.last_place = place
        lows, highs = self._lows, self._highs
        while lows and lows[-1][1] >= bucket.low:
            lows.pop()
        lows.append((place, bucket.low))
        while highs and highs[-1][1] <= bucket.high:
            highs.pop()
        highs.append((place, bucket.high))

    def _leave(self, place: int, bucket: Bucket) -> None:
        self._add(place, bucket, -1)
        if self._lows[0][0] == place:
            self._lows.popleft()
        if self._highs[0][0] == place:
            self._highs.popleft()

    def _add(self, place: int, bucket: Bucket, sign: int) -> None:
        count, total = sign * bucket.count, sign * bucket.total
        self.filled += sign
        self.count += count
        self.total += total
        self.squares += sign * bucket.squares
        self.warnings += sign * bucket.warnings
        self.place_count += place * count
        self.place_total += place * total
        self.place2_count += place * place * count
