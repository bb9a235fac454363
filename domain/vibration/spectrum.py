"""The spectrum of a window: its bins as they are, and the energy of each under a Hann window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from domain.vibration.fourier import transform
from domain.vibration.plan import Plan


@dataclass(frozen=True)
class Spectrum:
    """A window's spectrum.

    Attributes:
        plan: Where its features are.
        bins: The transform of the samples less their mean, from bin 0 on.
        power: Energy (m/s2)^2 of each bin under a periodic Hann window, one-sided, from bin 0 (none) to before
            `plan.end`: the sum over a band is its mean square.
        total: Mean square of the samples less their mean.
    """

    plan: Plan
    bins: tuple[complex, ...]
    power: tuple[float, ...]
    total: float

    def energy(self, first: int, end: int) -> float:
        """Mean square of a band."""
        return math.fsum(self.power[first:end])

    def velocity_mm_s(self, first: int, end: int) -> float:
        """RMS of the velocity in a band: acceleration by ``2 pi f``, a thousand millimetres in a metre."""
        unit = 2.0 * math.pi * self.plan.step_hz / 1000.0
        return math.sqrt(math.fsum(self.power[k] / (unit * k) ** 2 for k in range(first, end)))


def spectrum_of(moved: Sequence[float], plan: Plan) -> Spectrum:
    """The spectrum of samples less their mean.

    A Hann window of N samples is ``-1/4, 1/2, -1/4`` of neighbouring bins, and its squares add up to ``3 N / 8``
    (Harris 1978, table 1), so one transform gives both the bins as they are and those under the window.
    """
    bins = transform(moved)
    scale = 2.0 / (0.375 * plan.count * plan.count)
    hann = (bins[k] / 2 - (bins[k - 1] + bins[(k + 1) % plan.count]) / 4 for k in range(1, plan.end))
    power = (0.0, *((x.real * x.real + x.imag * x.imag) * scale for x in hann))
    return Spectrum(plan, tuple(bins), power, math.fsum(x * x for x in moved) / plan.count)
