"""Waits counted by size in fixed memory: 40 KB, however long the run; standard library only."""

from array import array

_STEP_US = 10
_STEPS = 10_000


class Stopwatch:
    """Counts of waits in steps of 10 microseconds up to a tenth of a second; of longer ones the longest is known."""

    def __init__(self) -> None:
        self._counts = array("I", bytes(4 * (_STEPS + 1)))
        self.count = 0
        self.longest_us = 0

    def add(self, wait_us: int) -> None:
        """One more wait; one below zero (the clock was set back) counts as none."""
        self._counts[min(max(wait_us, 0) // _STEP_US, _STEPS)] += 1
        self.count += 1
        self.longest_us = max(self.longest_us, wait_us)

    def quantile_us(self, fraction: float) -> int:
        """The upper end of the step in which the wait of that rank lies, at most the longest; 0 for no wait."""
        rank, passed = int(fraction * self.count), 0
        for step, count in enumerate(self._counts):
            passed += count
            if passed > rank and step < _STEPS:
                return min((step + 1) * _STEP_US, self.longest_us)
        return self.longest_us

    def found(self) -> "dict[str, int]":
        """What `bench.gateway` reads."""
        return {
            "lines": self.count,
            "p50_us": self.quantile_us(0.5),
            "p99_us": self.quantile_us(0.99),
            "max_us": self.longest_us,
        }
