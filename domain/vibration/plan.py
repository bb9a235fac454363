"""Which bins of the spectrum each feature uses, from the number of samples and their rate; and the limits of it all."""

from __future__ import annotations

import math
from dataclasses import dataclass

BANDS_HZ = ((10, 100), (100, 300), (300, 600), (600, 1000), (1000, 1600))
"""Bands of acceleration. They cover what a rate of 4 kHz holds below the roll-off of its filter (rate / 2.56)."""
VELOCITY_HZ = (10, 1000)
"""Band of the velocity: that of broad-band severity in ISO 20816-1, formerly 10816-1."""
LEAST_RATE_HZ, MOST_RATE_HZ = 1e-3, 1e9
"""Rates that a window may have; those of vibration are 1 to 200 kHz."""
FLAT = 2.0**-20
"""A window whose largest and smallest sample differ by no more than this part of the largest is flat: of a float32's 24
bits fewer than five are left for the vibration."""
TINY = 1e-30
"""Samples of this size or less are zero; their fourth power is still a double."""
HUGE = 1e38
"""Samples beyond this are missing, as those that are not finite: float32 ends there."""
LEAST_ENERGY = 1e-12
"""A part of the spectrum with less of the window's energy than this holds rounding errors."""
LEAST_ENVELOPE_ENERGY = 1e-8
"""The same for the band of the envelope, whose square is used."""
LEAST_MEDIAN = 1e-5
"""A squared envelope's median below this part of its mean holds rounding errors: a signal without any noise."""
HARMONICS = 3
SEARCH = 0.01
"""A bearing's line is looked for within this part of its frequency, and one bin at least. Measured on the files of Case
Western's rig (inner and outer ring): at 2 % a ball's third harmonic takes an outer ring's fourth for its own."""
AROUND_BINS = 25.0
"""The median around a line is of this many bins on both sides, and three times those searched at least."""
LEAST_BINS = 4.0
"""A bearing's line with fewer bins below it cannot be distinguished from the lines beside it."""
LEAST_SHAFT_BINS = 3.0
"""Order 1 and order 2 of the shaft are of three bins each: with fewer between them they overlap."""

SAMPLES_MISSING, FLAT_SIGNAL = "samples_missing", "flat"
SPEED_UNKNOWN, GEOMETRY_UNKNOWN = "speed_unknown", "geometry_unknown"
UNRESOLVED, NO_SIGNAL = "unresolved", "no_signal"
REASONS = {
    SAMPLES_MISSING: "A sample is missing, not finite or beyond 1e38: no feature",
    FLAT_SIGNAL: "All samples are equal, or nearly: RMS and peak only",
    SPEED_UNKNOWN: "The shaft's speed is not known: no feature of an order",
    GEOMETRY_UNKNOWN: "The bearing's geometry is not known: no feature of the bearing",
    UNRESOLVED: "The window is too short, its rate too low or the shaft too slow or too fast for at least one feature",
    NO_SIGNAL: "The signal has next to no energy, or no noise, where at least one feature looks for it",
}
"""Why features are null; of several reasons the first."""


@dataclass(frozen=True)
class Plan:
    """Where in the spectrum of a window each feature is; bin k is at ``k * step_hz``.

    Attributes:
        count: Samples in the window.
        rate_hz: Samples in a second.
        bands: First bin and bin behind the last, of each of `BANDS_HZ`; None where the window cannot show it.
        velocity: The same of `VELOCITY_HZ`.
        centroid: The same from 10 Hz to 0.4 times the rate.
        envelope: The same from an eighth to 0.4 times the rate: 500 to 1600 Hz at 4 kHz, above what shaft and mesh
            excite and below the filter, where a defect's strikes ring.
        end: Bin behind the last that any feature uses.

    Raises:
        ValueError: No sample, or a rate that none is sampled with.
    """

    count: int
    rate_hz: float
    bands: tuple[tuple[int, int] | None, ...]
    velocity: tuple[int, int] | None
    centroid: tuple[int, int] | None
    envelope: tuple[int, int]
    end: int

    @property
    def step_hz(self) -> float:
        """Distance of two bins, hertz."""
        return self.rate_hz / self.count

    @property
    def shifts(self) -> int:
        """Largest bin of the squared envelope's spectrum."""
        return max(self.envelope[1] - self.envelope[0] - 1, 0)


def plan_of(count: int, rate_hz: float) -> Plan:
    """The plan of windows of so many samples.

    >>> plan_of(4000, 4000.0).bands[-1], plan_of(4000, 4000.0).envelope
    ((1000, 1600), (500, 1600))
    >>> plan_of(1024, 12000.0).velocity is None  # one period of 10 Hz is longer
    True
    """
    if count < 1 or not LEAST_RATE_HZ <= rate_hz <= MOST_RATE_HZ:
        raise ValueError(
            f"got {count} samples at {rate_hz} Hz; legal: one sample at least, {LEAST_RATE_HZ:g} to {MOST_RATE_HZ:g} Hz"
        )
    upper = -(-2 * count // 5)
    bands = tuple(_bins(low, high, count, rate_hz) for low, high in BANDS_HZ)
    velocity = _bins(*VELOCITY_HZ, count, rate_hz)
    first = max(math.ceil(VELOCITY_HZ[0] * count / rate_hz), 1)
    is_long = VELOCITY_HZ[0] * count >= rate_hz and first < upper
    ends = [band[1] for band in (*bands, velocity) if band is not None]
    return Plan(
        count, rate_hz, bands, velocity, (first, upper) if is_long else None, (-(-count // 8), upper),
        max([upper, *ends]),
    )  # fmt: skip


def _bins(low_hz: float, high_hz: float, count: int, rate_hz: float) -> tuple[int, int] | None:
    """Bins from `low_hz` to below `high_hz`; None where the window is shorter than a period or the rate too low."""
    if low_hz * count < rate_hz or 2 * high_hz > rate_hz:
        return None
    first, end = math.ceil(low_hz * count / rate_hz), math.ceil(high_hz * count / rate_hz)
    return (first, end) if first < end else None
