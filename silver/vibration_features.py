"""The features of many vibration windows at once: `domain.vibration.features`, in NumPy.

Same bins, same formulas, same reasons; sums in another order, so that a feature may differ by `TOLERANCE`. A test holds
both against each other. A window's features are the same in every bit whatever other windows are computed with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.vibration import plan as limits
from domain.vibration.features import FEATURES
from domain.vibration.plan import Plan
from silver.vibration_lines import Lines, line_ratios

_FREED_BYTES = 24 << 20  # above what a block needs, below glibc's limit of 32 MiB
Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]
_BLOCK_SAMPLES = 1 << 17  # one megabyte of doubles, so that what follows of a block stays in the cache


@dataclass(frozen=True, slots=True)
class Shafts:
    """What is known of each window's shaft: turns a minute, and orders of outer ring, inner ring, ball and cage.

    Attributes:
        speed_rpm: Shape (windows,); NaN where it is not known.
        orders: Shape (windows, 4); NaN where the geometry is not known.
    """

    speed_rpm: Doubles
    orders: Doubles

    def part(self, rows: slice) -> "Shafts":
        """Those of some windows."""
        return Shafts(self.speed_rpm[rows], self.orders[rows])


@dataclass(frozen=True, slots=True)
class WindowFeatures:
    """Features of windows: `values` of shape (windows, 18), NaN where there is none; each one's reason or None."""

    values: Doubles
    reasons: NDArray[np.object_]


def window_features(samples: NDArray[np.floating], plan: Plan, shafts: Shafts) -> WindowFeatures:
    """The features of windows of one length and rate.

    Args:
        samples: Acceleration in m/s2, shape (windows, plan.count); a sample that is not finite is missing.
        plan: Of these windows.
        shafts: Of these windows.
    """
    values = np.full((len(samples), len(FEATURES)), np.nan)
    is_missing, is_flat = np.zeros((2, len(samples)), np.bool_)
    lines = Lines(plan)
    _let_memory_stay()
    with np.errstate(all="ignore"):  # windows with missing samples and flat ones are blanked at the end
        for rows in _blocks(len(samples), plan.count):
            block = samples[rows].astype(np.float64)
            is_missing[rows], is_flat[rows] = _quality(block)
            values[rows] = _block_features(block, lines, shafts.part(rows))
    values[is_missing] = np.nan
    values[is_flat, 2:] = np.nan
    return WindowFeatures(values, _reasons(values, is_missing, is_flat, plan, shafts))


def _let_memory_stay() -> None:
    """Free an array that was never touched, so that glibc does not give back and fault in the memory of each block.

    Source: mallopt(3), M_MMAP_THRESHOLD: freeing a mapped chunk raises both thresholds to it. Measured: without it half
    of the processor time is page faults.
    """
    np.empty(_FREED_BYTES, np.uint8)


def _blocks(windows: int, count: int) -> Iterator[slice]:
    size = max(_BLOCK_SAMPLES // count, 1)
    return (slice(start, start + size) for start in range(0, windows, size))


def _quality(block: Doubles) -> tuple[Flags, Flags]:
    """Which windows lack a sample, and which of the others are flat."""
    low, high = block.min(axis=1), block.max(axis=1)
    largest = np.maximum(np.abs(low), np.abs(high))
    is_missing = ~(largest <= limits.HUGE)
    return is_missing, ~is_missing & (high - low <= np.maximum(limits.FLAT * largest, limits.TINY))


def _block_features(block: Doubles, lines: Lines, shafts: Shafts) -> Doubles:
    plan = lines.plan
    is_constant = block.min(axis=1) == block.max(axis=1)
    block -= np.where(is_constant, block[:, 0], block.mean(axis=1))[:, None]
    time = _time_domain(block)
    total = time[:, 0] ** 2
    bins = np.fft.rfft(block, axis=1)
    power = _hann_power(bins, plan)
    spectral = (_bands(power, plan), _centroid(power, total, plan), _orders(power, total, plan, shafts.speed_rpm))
    return np.column_stack([time, *spectral, line_ratios(bins, total, lines, shafts.speed_rpm, shafts.orders)])


def _time_domain(moved: Doubles) -> Doubles:
    """RMS, peak, crest factor, kurtosis, skewness."""
    squares = moved * moved
    second = squares.mean(axis=1)
    third, fourth = np.einsum("ij,ij->i", squares, moved), np.einsum("ij,ij->i", squares, squares)
    root, count = np.sqrt(second), moved.shape[1]
    peak = np.sqrt(squares.max(axis=1))
    return np.column_stack([root, peak, peak / root, fourth / count / second**2, third / count / (second * root)])


def _hann_power(bins: NDArray[np.complex128], plan: Plan) -> Doubles:
    """Energy of bins 1 to before `plan.end`; see `domain.vibration.spectrum.spectrum_of`."""
    if bins.shape[1] <= plan.end:  # an odd length: behind its last bin comes that bin's mirror image
        bins = np.concatenate([bins, bins[:, -1:].conj()], axis=1)
    hann = bins[:, 1 : plan.end] * 0.5
    hann -= 0.25 * bins[:, : plan.end - 1]
    hann -= 0.25 * bins[:, 2 : plan.end + 1]
    power = hann.real**2
    power += hann.imag**2
    power *= 2.0 / (0.375 * plan.count * plan.count)
    return power


def _bands(power: Doubles, plan: Plan) -> Doubles:
    """Velocity in its band, then acceleration in each band."""
    found = np.full((len(power), 1 + len(plan.bands)), np.nan)
    if plan.velocity is not None:
        found[:, 0] = _weighted(power, plan.velocity, _velocity_weights(np.arange(*plan.velocity), plan))
    for place, band in enumerate(plan.bands, start=1):
        if band is not None:
            found[:, place] = power[:, band[0] - 1 : band[1] - 1].sum(axis=1)
    roots: Doubles = np.sqrt(found)
    return roots


def _weighted(power: Doubles, band: tuple[int, int], weights: Doubles) -> Doubles:
    """Weighted sum of each row; no product of matrices, whose rounding depends on how many rows there are."""
    sums: Doubles = np.einsum("ij,j->i", power[:, band[0] - 1 : band[1] - 1], weights)
    return sums


def _velocity_weights(k: NDArray[np.int64], plan: Plan) -> Doubles:
    unit = 2.0 * np.pi * plan.step_hz / 1000.0
    return (unit * k.astype(np.float64)) ** -2.0


def _centroid(power: Doubles, total: Doubles, plan: Plan) -> Doubles:
    if plan.centroid is None:
        return np.full(len(power), np.nan)
    first, end = plan.centroid
    energy = power[:, first - 1 : end - 1].sum(axis=1)
    hertz = np.arange(first, end, dtype=np.float64) * plan.step_hz
    moment = _weighted(power, plan.centroid, hertz)
    return np.where(energy < limits.LEAST_ENERGY * total, np.nan, moment / energy)


def _orders(power: Doubles, total: Doubles, plan: Plan, speed_rpm: Doubles) -> Doubles:
    """Velocity at order 1, and that of order 2 by it."""
    bins = shaft_bins(plan, speed_rpm)
    is_known = ~np.isnan(bins[:, 0])
    if not is_known.any():
        return np.full(bins.shape, np.nan)
    places = np.where(is_known[:, None], bins, 2.0).astype(np.int64)[:, :, None] + np.arange(-1, 2)
    energy = np.take_along_axis(power, places.reshape(len(power), -1) - 1, axis=1).reshape(places.shape)
    velocity = np.sqrt((energy * _velocity_weights(places, plan)).sum(axis=2))
    one, two = np.where(is_known[:, None], velocity, np.nan).T
    is_there = energy[:, 0].sum(axis=1) >= limits.LEAST_ENERGY * total
    return np.column_stack([one, np.where(is_there, two / one, np.nan)])


def shaft_bins(plan: Plan, speed_rpm: Doubles) -> Doubles:
    """As `domain.vibration.features.shaft_bins`, shape (windows, 2); NaN where there are none."""
    turns = speed_rpm / 60.0 / plan.step_hz
    is_good = (speed_rpm > 0.0) & (speed_rpm < limits.HUGE)
    is_good &= (turns >= limits.LEAST_SHAFT_BINS) & (2.0 * turns + 2.0 <= plan.end)
    nearest = np.floor(np.column_stack([turns, 2.0 * turns]) + 0.5)
    return np.where(is_good[:, None], nearest, np.nan)


def _reasons(values: Doubles, is_missing: Flags, is_flat: Flags, plan: Plan, shafts: Shafts) -> NDArray[np.object_]:
    """The first reason of each window that lacks a feature, in the order of `plan.REASONS`."""
    steps = shafts.orders * (shafts.speed_rpm / 60.0)[:, None] / plan.step_hz
    is_short = (steps < limits.LEAST_BINS) | (steps + np.maximum(limits.SEARCH * steps, 1.0) > plan.shifts)
    lacks_band = None in (*plan.bands, plan.velocity, plan.centroid)
    is_unresolved = lacks_band | np.isnan(shaft_bins(plan, shafts.speed_rpm)[:, 0]) | is_short.any(axis=1)
    reasons = np.select(
        [is_missing, is_flat, np.isnan(shafts.speed_rpm), np.isnan(shafts.orders).any(axis=1), is_unresolved],
        [limits.SAMPLES_MISSING, limits.FLAT_SIGNAL, limits.SPEED_UNKNOWN, limits.GEOMETRY_UNKNOWN, limits.UNRESOLVED],
        limits.NO_SIGNAL,
    ).astype(np.object_)  # fmt: skip
    reasons[~np.isnan(values).any(axis=1)] = None
    return reasons
