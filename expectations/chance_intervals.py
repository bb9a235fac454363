"""Exact intervals of counts, as tables and model cards state them."""

CHANCE = 0.025
"""Beyond each end of a two-sided interval of 95 %."""


def chi_squared(chance: float, degrees: int) -> float:
    """The value of a chi-squared variable that it stays below by that chance; the bits of `scipy.stats.chi2.ppf`."""
    from scipy.special import gammaincinv

    return 2 * float(gammaincinv(degrees / 2, chance))


def poisson_interval(count: int) -> tuple[float, float]:
    """Both ends of the 95 % interval of the mean where ``count`` events were seen.

    Source: Garwood, Biometrika 28 (1936), by the chi-squared law.

    >>> tuple(round(end, 3) for end in poisson_interval(3))
    (0.619, 8.767)
    >>> tuple(round(end, 3) for end in poisson_interval(0))
    (0.0, 3.689)
    """
    low = chi_squared(CHANCE, 2 * count) / 2 if count else 0.0
    return low, chi_squared(1 - CHANCE, 2 * count + 2) / 2
