"""The 18 features of a vibration window: what `silver.vibration_windows` has, and what a gateway can compute."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.vibration import plan as limits
from domain.vibration.bearing import Orders
from domain.vibration.lines import line_ratio, squared_envelope
from domain.vibration.plan import Plan, plan_of
from domain.vibration.spectrum import Spectrum, spectrum_of

FEATURES = (
    "acceleration_rms_m_s2", "acceleration_peak_m_s2", "crest_factor", "kurtosis", "skewness", "velocity_rms_mm_s",
    *(f"acceleration_{low}_{high}_hz_m_s2" for low, high in limits.BANDS_HZ), "spectral_centroid_hz",
    "velocity_1x_mm_s", "ratio_2x_1x", "envelope_bpfo", "envelope_bpfi", "envelope_2bsf", "envelope_ftf",
)  # fmt: skip
"""Names of the features, in the order of `Features.values`."""
TOLERANCE = 1e-6
"""How far another implementation may be off: this part of the feature, or this part of the size of what it is made of
(the window's RMS for accelerations, the velocity of it at the lowest frequency used, 1 for what has no unit)."""


@dataclass(frozen=True)
class Shaft:
    """What is known of the shaft: its speed in turns a minute, its bearing's orders; None where it is not known."""

    speed_rpm: float | None = None
    orders: Orders | None = None


@dataclass(frozen=True)
class Features:
    """The features of one window in the order of `FEATURES`, None where one cannot be computed, and why.

    `reason` is None where all are there, else one of `plan.REASONS`.
    """

    values: tuple[float | None, ...]
    reason: str | None


def features(samples: Sequence[float], rate_hz: float, shaft: Shaft) -> Features:
    """The features of a window.

    Sources: time-domain figures as in Randall, "Vibration-based Condition Monitoring", 2011, 5.2 (kurtosis is 3 for
    Gaussian noise); band RMS and velocity by Parseval's theorem from a spectrum with a Hann window.

    Args:
        samples: Acceleration in m/s2, evenly spaced; at least one.
        rate_hz: Samples in a second.
        shaft: What orders need.

    Raises:
        ValueError: No sample, or a rate that none is sampled with.
    """
    plan = plan_of(len(samples), rate_hz)
    if not all(-limits.HUGE <= sample <= limits.HUGE for sample in samples):
        return Features((None,) * len(FEATURES), limits.SAMPLES_MISSING)
    mean = math.fsum(samples) / plan.count
    moved = [sample - mean for sample in samples]
    largest = max(map(abs, samples))
    if max(samples) - min(samples) <= max(limits.FLAT * largest, limits.TINY):
        return Features((*_size(moved), *[None] * (len(FEATURES) - 2)), limits.FLAT_SIGNAL)
    spectrum = spectrum_of(moved, plan)
    values = (*_size(moved), *_shape(moved), *_bands(spectrum), *_orders(spectrum, shaft), *_lines(spectrum, shaft))
    return Features(values, _reason(values, plan, shaft))


def _size(moved: Sequence[float]) -> tuple[float, float]:
    """RMS and peak of the samples less their mean."""
    return math.sqrt(_mean(x * x for x in moved)), max(map(abs, moved))


def _shape(moved: Sequence[float]) -> tuple[float, float, float]:
    """Crest factor, kurtosis (m4 / m2^2) and skewness (m3 / m2^1.5) of central moments."""
    second = _mean(x * x for x in moved)
    root = math.sqrt(second)
    fourth, third = _mean(x**4 for x in moved), _mean(x**3 for x in moved)
    return max(map(abs, moved)) / root, fourth / second**2, third / (second * root)


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return math.fsum(listed) / len(listed)


def _bands(spectrum: Spectrum) -> tuple[float | None, ...]:
    """Velocity in its band, acceleration in each band, and the frequency about which the energy is balanced."""
    plan = spectrum.plan
    bands = (None if band is None else math.sqrt(spectrum.energy(*band)) for band in plan.bands)
    velocity = None if plan.velocity is None else spectrum.velocity_mm_s(*plan.velocity)
    return (velocity, *bands, _centroid(spectrum))


def _centroid(spectrum: Spectrum) -> float | None:
    where = spectrum.plan.centroid
    if where is None or spectrum.energy(*where) < limits.LEAST_ENERGY * spectrum.total:
        return None
    weighted = math.fsum(k * spectrum.plan.step_hz * spectrum.power[k] for k in range(*where))
    return weighted / spectrum.energy(*where)


def _orders(spectrum: Spectrum, shaft: Shaft) -> tuple[float | None, float | None]:
    """Velocity at order 1 (unbalance), and that of order 2 by it (misalignment); each of three bins."""
    bins = shaft_bins(spectrum.plan, shaft.speed_rpm)
    if bins is None:
        return None, None
    first, second = ((k - 1, k + 2) for k in bins)
    one = spectrum.velocity_mm_s(*first)
    is_there = spectrum.energy(*first) >= limits.LEAST_ENERGY * spectrum.total
    return one, spectrum.velocity_mm_s(*second) / one if is_there else None


def shaft_bins(plan: Plan, speed_rpm: float | None) -> tuple[int, int] | None:
    """The bins nearest to orders 1 and 2; None where the speed is not known or the window cannot show them."""
    if speed_rpm is None or not 0.0 < speed_rpm < limits.HUGE:
        return None
    turns = speed_rpm / 60.0 / plan.step_hz
    if turns < limits.LEAST_SHAFT_BINS or 2.0 * turns + 2.0 > plan.end:
        return None
    return math.floor(turns + 0.5), math.floor(2.0 * turns + 0.5)


def _lines(spectrum: Spectrum, shaft: Shaft) -> tuple[float | None, ...]:
    """How high the lines of outer ring, inner ring, ball and cage are in the squared envelope's spectrum."""
    if shaft.orders is None or shaft.speed_rpm is None or not 0.0 < shaft.speed_rpm < limits.HUGE:
        return (None,) * 4
    envelope = squared_envelope(spectrum)
    turns = shaft.speed_rpm / 60.0
    found = (shaft.orders.outer, shaft.orders.inner, shaft.orders.ball, shaft.orders.cage)
    return tuple(line_ratio(envelope, order * turns / spectrum.plan.step_hz) for order in found)


def _reason(values: Sequence[float | None], plan: Plan, shaft: Shaft) -> str | None:
    if None not in values:
        return None
    if shaft.speed_rpm is None:
        return limits.SPEED_UNKNOWN
    if shaft.orders is None:
        return limits.GEOMETRY_UNKNOWN
    return limits.UNRESOLVED if is_unresolved(plan, shaft.speed_rpm, shaft.orders) else limits.NO_SIGNAL


def is_unresolved(plan: Plan, speed_rpm: float, orders: Orders) -> bool:
    """Whether the window cannot show a feature, whatever its samples."""
    if None in (*plan.bands, plan.velocity, plan.centroid, shaft_bins(plan, speed_rpm)):
        return True
    steps = [order * (speed_rpm / 60.0) / plan.step_hz for order in (orders.outer, orders.inner, orders.ball)]
    steps.append(orders.cage * (speed_rpm / 60.0) / plan.step_hz)
    return any(step < limits.LEAST_BINS or step + max(limits.SEARCH * step, 1.0) > plan.shifts for step in steps)
