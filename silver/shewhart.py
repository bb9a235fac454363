"""Shewhart's control charts: a date alone is beyond limits of the sensor's own past.

Source: W. A. Shewhart, Economic Control of Quality of Manufactured Product, 1931; ISO 7870-2:2013. Middle and deviation
are robust, for the past holds faults too.
"""

import numpy as np

from silver.robust import Doubles, deviation, median

_USUAL_TIMES = 2.0
"""Longest runs of equal readings vary by less than this factor. Starting value."""


def fraction_limit(usual: Doubles, expected: Doubles, least: float, deviations: float) -> Doubles:
    """Upper limit of a fraction of missing readings: the p chart, and three readings at least.

    Args:
        usual: Fractions of the reference, (sensors, dates).
        expected: Readings expected on the date, (sensors,).
        least: No lower limit than this.
        deviations: How far from the middle.
    """
    middle = np.nan_to_num(median(usual))
    of_chance = np.sqrt(middle * (1 - middle) / np.maximum(expected, 1.0))
    scale = np.maximum(of_chance, np.nan_to_num(deviation(usual)))
    of_past = middle + deviations * scale
    limit: Doubles = np.maximum.reduce([np.full(len(of_past), least), 3.0 / np.maximum(expected, 1.0), of_past])
    return limit


def run_limit(usual: Doubles, least: int, deviations: float) -> Doubles:
    """Upper limit of the longest run of equal readings, by the logarithm of those of the reference."""
    logs = np.log(usual)
    middle, scale = median(logs), deviation(logs)
    limit: Doubles = np.maximum(np.exp(middle + np.maximum(deviations * scale, np.log(_USUAL_TIMES))), least)
    return limit


def noise_limit(usual: Doubles, readings: Doubles, least: float, deviations: float) -> Doubles:
    """Upper limit of a deviation of neighbours by its usual one, the s chart by logarithm.

    The variance of neighbours' differences, of n normal readings, has the relative deviation root 3 / n, its root half
    of it. Source: J. von Neumann, Annals of Mathematical Statistics 12, 1941.

    Args:
        usual: Logarithms of the deviations of the reference, (sensors, dates).
        readings: Readings of a usual date, (sensors,).
        least: No lower ratio than this.
        deviations: How far from the middle.
    """
    of_chance = np.sqrt(3.0 / np.maximum(readings, 2.0)) / 2
    scale = np.maximum(of_chance, np.nan_to_num(deviation(usual)))
    limit: Doubles = np.maximum(np.exp(deviations * scale), least)
    return limit
