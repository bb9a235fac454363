"""A band of results instead of one number, and which input moves the result most.

Every figure of a result grows, or falls, with each input alone while the others are held; so the ends of its band are
reached where each banded input is at one of its ends (a multilinear function has its extremes at the corners).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

from calculators.arithmetic import Number
from calculators.building import changed, paths, value_at
from calculators.calculations import Calculation
from calculators.case_file import Band
from calculators.errors import CalculationError

TENTH = Number(1, 10)
MOST_BANDS = 10  # 1,024 corners


@dataclass(frozen=True, slots=True)
class Bar:
    """The main figure with one input at each end of its band, the others as in the case."""

    band: Band
    at_low: Number
    at_high: Number

    @property
    def width(self) -> Number:
        """How far the input moves the figure."""
        return abs(self.at_high - self.at_low)


def around(case: Any) -> tuple[Band, ...]:
    """Each input that is not 0, a tenth less and a tenth more, within what is legal; whole numbers stay as they are."""
    found = []
    for path, spec in paths(case):
        value, limits = value_at(case, path), spec.limits
        if not value or limits is None or limits.is_whole:
            continue
        low, high = value * (1 - TENTH), value * (1 + TENTH)
        low = low if limits.least is None else max(low, limits.least)
        high = high if limits.most is None else min(high, limits.most)
        found.append(Band(path, low, high))
    return tuple(found)


def tornado(calculation: Calculation, case: Any, bands: Iterable[Band]) -> tuple[Bar, ...]:
    """The main figure at both ends of each band, the widest first. A band that contradicts the case is left out."""
    bars = []
    for band in bands:
        try:
            ends = [_main(calculation, changed(case, {band.path: end})) for end in (band.low, band.high)]
        except CalculationError:
            continue
        bars.append(Bar(band, *ends))
    return tuple(sorted((bar for bar in bars if bar.width), key=lambda bar: (-bar.width, bar.band.path)))


def band_of(calculation: Calculation, case: Any, bands: tuple[Band, ...]) -> tuple[Number, Number]:
    """The least and the largest main figure over all corners of the bands.

    Raises:
        CalculationError: More bands than can be combined, or a corner that contradicts itself.
    """
    if len(bands) > MOST_BANDS:
        raise CalculationError(f"got {len(bands)} bands; legal: at most {MOST_BANDS}; leave out the narrowest")
    names = [band.path for band in bands]
    corners = product(*((band.low, band.high) for band in bands))
    values = [_main(calculation, changed(case, dict(zip(names, corner, strict=True)))) for corner in corners]
    return min(values), max(values)


def _main(calculation: Calculation, case: Any) -> Number:
    found: Number = getattr(calculation.calculate(case), calculation.main)
    return found
