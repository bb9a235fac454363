"""The lines of bearing defects of many windows at once: `domain.vibration.lines`, in NumPy."""

import numpy as np
from numpy.typing import NDArray

from domain.vibration import plan as limits
from domain.vibration.plan import Plan

Doubles = NDArray[np.float64]
_FACTORS = (2, 3, 5)


class Lines:
    """What the lines of windows of one plan need: how long a transform is."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.size = _good_size(2 * (plan.envelope[1] - plan.envelope[0]) + 1)


def _good_size(least: int) -> int:
    """The smallest length from `least` on whose transform is quick: its factors are 2, 3 and 5."""
    size = least
    while _rest(size) > 1:
        size += 1
    return size


def _rest(number: int) -> int:
    for factor in _FACTORS:
        while number % factor == 0:
            number //= factor
    return number


def line_ratios(
    bins: NDArray[np.complex128], total: Doubles, lines: Lines, speed_rpm: Doubles, orders: Doubles
) -> Doubles:
    """Each window's four ratios as `domain.vibration.lines.line_ratio`, shape (windows, 4); NaN where there is none.

    Args:
        bins: `rfft` of the samples less their mean.
        total: Mean square of each window.
        lines: Of their plan.
        speed_rpm: Shape (windows,); NaN where it is not known.
        orders: Shape (windows, 4); NaN where the geometry is not known.
    """
    found = np.full(orders.shape, np.nan)
    plan = lines.plan
    is_known = ~np.isnan(orders).any(axis=1) & (speed_rpm > 0.0) & (speed_rpm < limits.HUGE)
    rows = np.flatnonzero(is_known)
    if not len(rows) or plan.shifts < 1:
        return found
    band = bins[rows, plan.envelope[0] : plan.envelope[1]]
    energy = 2.0 * (band.real**2 + band.imag**2).sum(axis=1) / plan.count**2
    envelope = _squared_envelopes(band, lines)
    ratios = _ratios(envelope, orders[rows] * (speed_rpm[rows] / 60.0)[:, None] / plan.step_hz)
    ratios[energy < limits.LEAST_ENVELOPE_ENERGY * total[rows]] = np.nan
    found[rows] = ratios
    return found


def _squared_envelopes(band: NDArray[np.complex128], lines: Lines) -> Doubles:
    """Spectra of the squared envelopes, each by its mean, from bin 0 to `shifts`."""
    series = np.fft.ifft(band, lines.size, axis=1)
    squared = series.real**2
    squared += series.imag**2
    spectrum = np.abs(np.fft.rfft(squared, axis=1)[:, : lines.plan.shifts + 1])
    spectrum /= spectrum[:, :1].copy()
    return spectrum


def _ratios(envelope: Doubles, steps: Doubles) -> Doubles:
    """Mean over harmonics of peak by median; harmonics beyond the spectrum are left out."""
    last = envelope.shape[1] - 1
    centre = np.arange(1, limits.HARMONICS + 1) * steps[:, :, None]
    reach = np.maximum(limits.SEARCH * centre, 1.0)
    is_there = (steps[:, :, None] >= limits.LEAST_BINS) & (centre + reach <= last)
    centre, reach = np.where(is_there, centre, limits.LEAST_BINS), np.where(is_there, reach, 1.0)
    peaks, medians = _peaks_and_medians(envelope, centre, reach)
    ratio = np.where(medians < limits.LEAST_MEDIAN, np.nan, peaks / medians)
    count = is_there.sum(axis=2)
    found: Doubles = np.where(is_there, ratio, 0.0).sum(axis=2) / np.where(count, count, np.nan)
    return found


def _peaks_and_medians(envelope: Doubles, centre: Doubles, reach: Doubles) -> tuple[Doubles, Doubles]:
    """The largest value within `reach` of each centre, and the median of those around it."""
    last = envelope.shape[1] - 1
    around = np.maximum(limits.AROUND_BINS, 3.0 * reach)
    low = np.maximum(1, np.ceil(centre - around)).astype(np.int64)
    high = np.minimum(last, np.floor(centre + around)).astype(np.int64)
    places = low[..., None] + np.arange((high - low).max() + 1)
    near = envelope[np.arange(len(envelope))[:, None, None, None], np.minimum(places, last)]
    is_searched = (places >= np.ceil(centre - reach)[..., None]) & (places <= np.floor(centre + reach)[..., None])
    peaks = np.where(is_searched, near, -np.inf).max(axis=3)
    ordered = np.sort(np.where(places > high[..., None], np.inf, near), axis=3)
    size = (high - low + 1)[..., None]
    middle = np.take_along_axis(ordered, np.concatenate([(size - 1) // 2, size // 2], axis=3), axis=3)
    return peaks, (middle[..., 0] + middle[..., 1]) / 2
