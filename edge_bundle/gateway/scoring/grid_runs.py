"""Which grid times were scored, as runs of neighbours: none is sent twice, wherever the clock goes."""

from __future__ import annotations

from bisect import bisect_right

_MOST_RUNS = 16


class GridRuns:
    """A set of grid times. Beyond 16 runs the two oldest become one: what lies between counts as scored."""

    def __init__(self, every_us: int) -> None:
        """Empty, for grid times `every_us` apart."""
        self._every_us = every_us
        self._runs: list[list[int]] = []

    def __contains__(self, grid_us: int) -> bool:
        """Whether it was scored."""
        at = bisect_right(self._runs, [grid_us, 2**63]) - 1
        return at >= 0 and grid_us <= self._runs[at][1]

    def add(self, grid_us: int) -> None:
        """Note a grid time as scored."""
        at = bisect_right(self._runs, [grid_us, 2**63])
        before = self._runs[at - 1] if at else None
        after = self._runs[at] if at < len(self._runs) else None
        joins_before = before is not None and grid_us <= before[1] + self._every_us
        joins_after = after is not None and grid_us >= after[0] - self._every_us
        if before and joins_before:
            before[1] = max(before[1], grid_us)
            if after and joins_after:
                before[1] = after[1]
                del self._runs[at]
        elif after and joins_after:
            after[0] = grid_us
        else:
            self._runs.insert(at, [grid_us, grid_us])
            self._bound()

    def last_until(self, at_us: int) -> int | None:
        """The latest scored grid time up to `at_us`; None where there is none."""
        ends = [min(end, at_us // self._every_us * self._every_us) for start, end in self._runs if start <= at_us]
        return max(ends, default=None)

    def to_list(self) -> list[list[int]]:
        """Plain JSON values."""
        return self._runs

    def take(self, runs: list[list[int]]) -> None:
        """Take over what `to_list` gave."""
        self._runs = []
        for start, end in sorted(runs):
            if self._runs and start <= self._runs[-1][1] + self._every_us:
                self._runs[-1][1] = max(self._runs[-1][1], end)
            else:
                self._runs.append([start, end])
        self._bound()

    def _bound(self) -> None:
        while len(self._runs) > _MOST_RUNS:
            first, second, *rest = self._runs
            self._runs = [[first[0], max(first[1], second[1])], *rest]
