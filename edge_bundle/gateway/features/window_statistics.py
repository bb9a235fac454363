"""Statistics of a window. Whole numbers until the last moment, then a written order of float64 operations.

Source: `docs/decisions/0036-whole-numbers.md`; gold computes in the same order (`gold/exact_numbers.py`).
"""

from __future__ import annotations

import math
from typing import Callable

from edge_bundle.gateway.features.buckets import Bucket
from edge_bundle.gateway.features.windows import Window

# (window, its series' buckets, resolution, bucket_s) -> value in the metric's unit.
Statistic = Callable[[Window, dict[int, Bucket], float, int], float]


def _mean(window: Window, _buckets: dict[int, Bucket], resolution: float, _bucket_s: int) -> float:
    return (float(window.total) / float(window.count)) * resolution


def _deviation(window: Window, _buckets: dict[int, Bucket], resolution: float, _bucket_s: int) -> float:
    """Sample deviation; NaN for fewer than two readings."""
    count = window.count
    if count < 2:
        return math.nan
    scaled_variance = float(count * window.squares - window.total * window.total)
    return math.sqrt(scaled_variance / (float(count) * float(count - 1))) * resolution


def _minimum(window: Window, _buckets: dict[int, Bucket], resolution: float, _bucket_s: int) -> float:
    return float(window.low) * resolution


def _maximum(window: Window, _buckets: dict[int, Bucket], resolution: float, _bucket_s: int) -> float:
    return float(window.high) * resolution


def _last(window: Window, buckets: dict[int, Bucket], resolution: float, _bucket_s: int) -> float:
    return float(buckets[window.last_place].last) * resolution


def _slope(window: Window, _buckets: dict[int, Bucket], resolution: float, bucket_s: int) -> float:
    """Least squares over the bucket's number in the window, per hour; NaN where all data lie in one bucket."""
    count, total, start = window.count, window.total, window.start
    sum_i = window.place_count - start * count
    sum_i2 = window.place2_count - 2 * start * window.place_count + start * start * count
    sum_it = window.place_total - start * total
    scaled_variance = count * sum_i2 - sum_i * sum_i
    if scaled_variance == 0:
        return math.nan
    together = count * sum_it - sum_i * total
    return ((float(together) / float(scaled_variance)) * resolution) * (3600.0 / float(bucket_s))


def _warning_share(window: Window, _buckets: dict[int, Bucket], _resolution: float, _bucket_s: int) -> float:
    return float(window.warnings) / float(window.count)


STATISTICS: dict[str, Statistic] = {
    "mean": _mean,
    "deviation": _deviation,
    "minimum": _minimum,
    "maximum": _maximum,
    "last": _last,
    "slope": _slope,
    "warning_share": _warning_share,
}
