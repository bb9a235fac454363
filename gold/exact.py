"""Statistics from whole numbers, in a written order, so that gold and the gateway give the same bits.

`count`, `total` (sum of steps) and `squares` (sum of squared steps) are arrays of exact whole numbers; floating point
starts at the end. What is not defined for an element is NaN there. `exact_numbers` has the same for single numbers.
"""

import numpy as np
from numpy.typing import NDArray

from gold.whole_numbers import Whole, double, product

Doubles = NDArray[np.float64]


def mean(count: Whole, total: Whole, resolution: float) -> Doubles:
    """``(float(total) / float(count)) * resolution``; NaN without readings."""
    means: Doubles = _ratio(total, count) * resolution
    return means


def deviation(count: Whole, total: Whole, squares: Whole, resolution: float) -> Doubles:
    """Sample deviation, NaN below two readings.

    ``sqrt(float(count * squares - total * total) / (float(count) * float(count - 1))) * resolution``: the numerator is
    a whole number. Source: the computational formula of the sample variance, exact on integers.

    Example: readings of 2, 4 and 6 steps of 0.5 have the sum 12 and the sum of squares 4 + 16 + 36 = 56. The numerator
    is 3 * 56 - 12 * 12 = 24, the variance 24 / (3 * 2) = 4 steps squared, the deviation 2 steps. One reading has none.

        >>> deviation(*(np.array(column) for column in ([3, 1], [12, 7], [56, 49])), resolution=0.5).tolist()
        [1.0, nan]
    """
    numerator = product(count, squares) - product(total, total)
    divisor = double(count) * double(count - 1)
    variance = np.divide(double(numerator), divisor, out=np.full(len(count), np.nan), where=count > 1)
    deviations: Doubles = np.sqrt(variance) * resolution
    return deviations


def slope(count: Whole, total: Whole, at: Whole, at_at: Whole, at_steps: Whole) -> Doubles:
    """Least-squares slope in steps per place of readings at places i; NaN where all are at one place.

    ``(N sum(i s) - sum(i n) S) / (N sum(i^2 n) - sum(i n)^2)``; both are whole numbers. Source: the normal equations.

    Args:
        count: N, the readings of all places.
        total: S, the sum of their steps.
        at: sum(i n), n the readings at place i.
        at_at: sum(i^2 n).
        at_steps: sum(i s), s the sum of steps at place i.

    Example: one reading of 5 steps at place 0 and one of 9 at place 2 give N = 2, S = 14, sum(i n) = 0 + 2,
    sum(i^2 n) = 0 + 4 and sum(i s) = 0 + 18. The slope is (2 * 18 - 2 * 14) / (2 * 4 - 2 * 2) = 2 steps a place.

        >>> slope(*(np.array([value]) for value in (2, 14, 2, 4, 18))).tolist()
        [2.0]
    """
    numerator = product(count, at_steps) - product(at, total)
    denominator = product(count, at_at) - product(at, at)
    return _ratio(numerator, denominator)


def scaled(steps: Whole, resolution: float) -> Doubles:
    """``float(steps) * resolution``."""
    return double(steps) * resolution


def share(part: Whole, count: Whole) -> Doubles:
    """``float(part) / float(count)``; NaN without readings."""
    return _ratio(part, count)


def _ratio(numerator: Whole, denominator: Whole) -> Doubles:
    ratio: Doubles = np.divide(
        double(numerator), double(denominator), out=np.full(len(denominator), np.nan), where=denominator != 0
    )
    return ratio
