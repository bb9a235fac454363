"""How high the lines of a bearing defect are in the squared envelope's spectrum.

Source: Randall and Antoni 2011 (as in `bearing`), 3.4: the squared envelope of a band that rings, its spectrum, and
lines at the harmonics of the defect's frequency. A line is measured by the median around it, so that a louder machine
does not look like a worse bearing, and the lines of another defect do not count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from domain.vibration import plan as limits
from domain.vibration.fourier import inverse, transform
from domain.vibration.spectrum import Spectrum


def squared_envelope(spectrum: Spectrum) -> tuple[float, ...]:
    """Spectrum of the squared envelope of the plan's band, by its mean; empty where the band holds too little.

    The squared envelope does not change when the band is moved to begin at 0, so a transform of twice its bins is
    enough, and exact.
    """
    plan = spectrum.plan
    first, end = plan.envelope
    band = spectrum.bins[first:end]
    size = 1 << (2 * len(band)).bit_length()
    energy = 2.0 * math.fsum(abs(x) ** 2 for x in band) / plan.count**2
    if energy < limits.LEAST_ENVELOPE_ENERGY * spectrum.total:
        return ()
    series = inverse([*band, *[0j] * (size - len(band))])
    squared = transform([x.real * x.real + x.imag * x.imag for x in series])
    return tuple(abs(x) / abs(squared[0]) for x in squared[: plan.shifts + 1])


def line_ratio(envelope: Sequence[float], step: float) -> float | None:
    """Mean over up to three harmonics of a line's peak by the median around it; None where it cannot be seen.

    Args:
        envelope: From `squared_envelope`.
        step: The defect's frequency in bins.
    """
    last = len(envelope) - 1
    ratios: list[float] = []
    for harmonic in range(1, limits.HARMONICS + 1):
        centre = harmonic * step
        reach = max(limits.SEARCH * centre, 1.0)
        if step < limits.LEAST_BINS or centre + reach > last:
            break
        around = max(limits.AROUND_BINS, 3.0 * reach)
        low, high = max(1, math.ceil(centre - around)), min(last, math.floor(centre + around))
        middle = median(envelope[low : high + 1])
        if middle < limits.LEAST_MEDIAN:
            return None
        ratios.append(max(envelope[math.ceil(centre - reach) : math.floor(centre + reach) + 1]) / middle)
    return sum(ratios) / len(ratios) if ratios else None
