"""Window statistics of one metric at grid times, as exact differences of running sums."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from expectations.features import Feature
from expectations.plant.plant_profile import Profile
from gold import exact
from gold.exact import Doubles
from gold.slots import Grid, MetricSlots, Places
from gold.whole_numbers import Whole, product


@dataclass(frozen=True, slots=True)
class Window:
    """The slots of a metric that the windows of some rows hold: those from `first` on, before `end`.

    Attributes:
        slots: The metric's slots.
        first, end: Places among them, for each row.
        origin: For each row the number of the bucket with which its window begins.
    """

    slots: MetricSlots
    first: Places
    end: Places
    origin: Places

    def sum(self, name: str) -> Whole:
        """Sum of a column of `MetricSlots.sums` over each row's window."""
        so_far = self.slots.so_far[name]
        sums: Whole = so_far[self.end] - so_far[self.first]
        return sums


def window_of(slots: MetricSlots, rows: Grid, window_s: int, profile: Profile) -> Window:
    """The window of that length before each row's grid time; grid times are whole seconds, and there is a row."""
    held_s, wanted_s = slots.slot_us // 1_000_000, rows.slot_us // 1_000_000
    base_s = min(int(times.min()) for times in (held_s, wanted_s)) - window_s
    span_s = max(int(times.max()) for times in (held_s, wanted_s)) - base_s + 1
    held = slots.machine * span_s + (held_s - base_s)
    wanted = rows.machine * span_s + (wanted_s - base_s)
    first = np.searchsorted(held, wanted - window_s, side="right")
    end = np.searchsorted(held, wanted, side="right")
    return Window(slots, first, end, (wanted_s - window_s) // profile.bucket_s)


def statistic(feature: Feature, window: Window, profile: Profile) -> Doubles:
    """The feature's value for each row; NaN where its window holds fewer buckets than it needs, or none is defined."""
    resolution = profile.metric(feature.metric).resolution
    count, total = window.sum("reading_count"), window.sum("sum_steps")
    computed: dict[str, Callable[[], Doubles]] = {
        "mean": lambda: exact.mean(count, total, resolution),
        "deviation": lambda: exact.deviation(count, total, window.sum("sum_squares"), resolution),
        "minimum": lambda: exact.scaled(window.slots.least.of(window.first, window.end), resolution),
        "maximum": lambda: exact.scaled(window.slots.most.of(window.first, window.end), resolution),
        "last": lambda: exact.scaled(window.slots.last[window.end - 1], resolution),
        "slope": lambda: _slope(window, count, total, resolution) * (3600.0 / float(profile.bucket_s)),
        "warning_share": lambda: exact.share(window.sum("warning_count"), count),
    }
    is_covered = window.sum("bucket_count") >= feature.min_buckets
    return np.where(is_covered, computed[feature.statistic](), np.nan)


def _slope(window: Window, count: Whole, total: Whole, resolution: float) -> Doubles:
    """Slope by bucket, with places counted from each window's beginning: sums about another origin, moved there."""
    move = window.slots.first_place - window.origin
    at, at_at, at_steps = (window.sum(name) for name in ("at", "at_at", "at_steps"))
    at_at = at_at + product(np.array([2]), move, at) + product(move, move, count)
    return exact.slope(count, total, at + product(move, count), at_at, at_steps + product(move, total)) * resolution
