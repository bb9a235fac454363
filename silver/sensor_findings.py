"""The figures of one date of every sensor, and what is found by them: each against the sensor's own past.

A machine that changes is no fault of a sensor. It is at rest where another of its metrics fell below half of its usual
least reading: then values may stay at the end of their range, and neighbours differ by starts and stops. Noise counts
where it grew by itself and by the level, and that of no other metric of the machine grew half as much. Missing readings
count where the machine's other sensors have theirs. Steps and drift follow from redundant sensors alone: wear, load
and weekends move both. Source: `docs/decisions/0220-sensor-health.md`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from silver.cusum import cusum
from silver.robust import Doubles, counted, deviation, median
from silver.sensor_panel import Panel
from silver.sensor_peers import from_peers, most_of_other_metrics, most_of_others
from silver.sensor_rules import SensorRules
from silver.shewhart import fraction_limit, noise_limit, run_limit

Flags = NDArray[np.bool_]
_AT_REST = 0.5
"""Fraction of the usual least reading below which a metric's machine rests. Starting value."""
_SHARED = 0.5
"""Noise of which another metric of the machine shows so much is the machine's. Starting value."""
_GROWS = 1.15
"""A difference that is greater than the mean of those since the second date grows: of a line it is 1.25 on the third
date and 2 in the end, of a step 1; the first date may have begun without."""
_LEAST_EXPECTED = 3.0
"""Readings to be expected before none is a finding. Starting value."""
_FEW = 8
"""Readings of a date that its scatter needs. Starting value."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Columns of the contract by name, NaN where they are not known; what is found; rest."""

    columns: dict[str, Doubles]
    found: dict[str, Flags]
    is_at_rest: Flags


def figures(panel: Panel, rules: SensorRules, allowed: Doubles, is_counter: Flags) -> Figures:
    """What the last date of a panel shows.

    Args:
        panel: Of `rules.days` dates.
        rules: The policy.
        allowed: For each sensor how much its mean may differ from redundant ones, canonical unit; NaN: it has none.
        is_counter: For each sensor whether it counts: then its values say nothing of its health.
    """
    reference = slice(0, rules.reference_days)
    days = counted(panel.mean[:, reference]).astype(np.float64)
    knows = days >= rules.minimum_days
    rest = _at_rest(panel, reference)
    columns, found = {"reference_days": days}, dict[str, Flags]()
    for part in (
        _missing(panel, rules, reference), _stuck(panel, rules, reference, rest), _noise(panel, rules, reference, rest),
        _differences(panel, rules, reference, allowed),
    ):  # fmt: skip
        columns |= part.columns
        found |= {name: flags & (knows | (name in ("dead", "differs"))) for name, flags in part.found.items()}
    for name in found.keys() - {"dead", "interrupted"}:
        found[name] &= ~is_counter
    return Figures(columns, found, rest[:, -1])


def _at_rest(panel: Panel, reference: slice) -> Flags:
    """Sensors by dates: another metric of the machine went low."""
    usual = median(panel.least[:, reference])[:, None]
    with np.errstate(invalid="ignore"):
        is_low = np.where(usual > 0, panel.least <= _AT_REST * usual, False)
    lows: Doubles = most_of_other_metrics(is_low.astype(np.float64), panel.codes(3), panel.codes(2))
    return np.nan_to_num(lows) > 0


def _missing(panel: Panel, rules: SensorRules, reference: slice) -> Figures:
    """Missing readings, by the sensor beside that has most of its own; of a machine with one sensor, by its factory."""
    usual = median(np.where(panel.count > 0, panel.count, np.nan)[:, reference])
    ratio = panel.count / usual[:, None]
    beside = most_of_others(ratio, panel.codes(2))
    beside = np.where(np.isfinite(beside), beside, most_of_others(ratio, panel.codes(1)))
    expected = usual[:, None] * np.minimum(beside, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        missing = np.where(expected > 0, np.clip(1.0 - panel.count / expected, 0.0, 1.0), np.nan)
    now = missing[:, -1]
    limit = fraction_limit(missing[:, reference], np.nan_to_num(expected[:, -1]), rules.missing_frac, rules.deviations)
    is_dead = (panel.count[:, -1] == 0) & (expected[:, -1] >= _LEAST_EXPECTED)
    columns = {"expected_count": expected[:, -1], "missing_frac": now, "missing_limit": limit}
    return Figures(columns, {"dead": is_dead, "interrupted": (panel.count[:, -1] > 0) & (now >= limit)}, is_dead)


def _stuck(panel: Panel, rules: SensorRules, reference: slice, rest: Flags) -> Figures:
    limit = run_limit(panel.longest[:, reference], rules.equal_readings, rules.deviations)
    with np.errstate(invalid="ignore"):
        is_low = panel.least[:, -1] <= 0.0
    is_stuck = (panel.longest[:, -1] > limit) & ~(rest[:, -1] & is_low)
    return Figures({"longest_equal": panel.longest[:, -1], "longest_equal_limit": limit}, {"stuck": is_stuck}, is_stuck)


def _noise(panel: Panel, rules: SensorRules, reference: slice, rest: Flags) -> Figures:
    """Whether neighbours differ more than ever, by themselves and by the level: noise of many sensors grows with it."""
    is_usable = ~rest & (panel.count >= _FEW) & (panel.noise > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        plain = np.where(is_usable, np.log(panel.noise), np.nan)
        by_level = np.where(is_usable & (panel.mean != 0), plain - np.log(np.abs(panel.mean)), np.nan)
    grown = plain[:, -1] - median(plain[:, reference])
    grown_by_level = by_level[:, -1] - median(by_level[:, reference])
    least = np.fmin(grown, grown_by_level)
    beside = most_of_other_metrics(grown[:, None], panel.codes(3), panel.codes(2))[:, 0]
    readings = median(panel.count[:, reference])
    limit = noise_limit(plain[:, reference], readings, rules.noise_ratio, rules.deviations)
    is_alone = ~(beside >= _SHARED * least)
    is_noisy = (np.exp(least) > limit) & is_alone
    columns = {"noise": panel.noise[:, -1], "noise_ratio": np.exp(least), "noise_limit": limit}
    return Figures(columns, {"noisy": is_noisy}, is_noisy)


def _differences(panel: Panel, rules: SensorRules, reference: slice, allowed: Doubles) -> Figures:
    """Against redundant sensors: a cumulative sum of the differences of the recent dates, and the profile's limit."""
    away = np.where(np.isfinite(allowed)[:, None], from_peers(panel.mean, panel.codes(3)), np.nan)
    usual = median(away[:, reference])
    of_means = median((panel.noise / np.sqrt(np.maximum(panel.count, 1.0)))[:, reference])
    scale = np.fmax(deviation(away[:, reference]), of_means)
    with np.errstate(invalid="ignore", divide="ignore"):
        recent = np.where(scale[:, None] > 0, (away - usual[:, None]) / scale[:, None], np.nan)[:, reference.stop :]
    is_known = np.isfinite(away[:, -1]) & (counted(away[:, reference]) >= rules.minimum_days)
    score, since = cusum(recent, rules.slack)
    is_away = is_known & (score > rules.decision) & (np.abs(np.nan_to_num(recent[:, -1])) > rules.slack)
    grows = _is_growing(recent, since)
    columns = {
        "difference": away[:, -1], "difference_usual": usual,
        "difference_allowed": np.where(np.isfinite(away[:, -1]), allowed, np.nan),
        "difference_score": np.where(is_known, score, np.nan),
        "difference_limit": np.where(is_known, rules.decision, np.nan),
    }  # fmt: skip
    with np.errstate(invalid="ignore"):
        differs = np.abs(away[:, -1]) > allowed
    found = {"drifting": is_away & grows, "out_of_calibration": is_away & ~grows, "differs": differs}
    return Figures(columns, found, is_away)


def _is_growing(recent: Doubles, since: Doubles) -> Flags:
    """Whether the last deviation is above the mean of those since the date after the sum left zero."""
    column, size = np.arange(recent.shape[1]), np.abs(np.nan_to_num(recent))
    is_since = (column[None, :] > recent.shape[1] - since[:, None]) & np.isfinite(recent)
    mean = np.where(is_since, size, 0.0).sum(axis=1) / np.maximum(is_since.sum(axis=1), 1)
    grows: Flags = (since > 2) & (size[:, -1] > _GROWS * mean)
    return grows
