"""The statistics of `exact` over Python's own numbers: the same operations in the same order, so the same bits."""

from math import sqrt


def mean(count: int, total: int, resolution: float) -> float | None:
    """``(float(total) / float(count)) * resolution``; None without readings."""
    return float(total) / float(count) * resolution if count > 0 else None


def deviation(count: int, total: int, squares: int, resolution: float) -> float | None:
    """Sample deviation, None below two readings. Source: see `exact.deviation`."""
    if count < 2:
        return None
    variance = float(count * squares - total * total) / (float(count) * float(count - 1))
    return sqrt(variance) * resolution


def scaled(steps: int, resolution: float) -> float:
    """``float(steps) * resolution``."""
    return float(steps) * resolution
