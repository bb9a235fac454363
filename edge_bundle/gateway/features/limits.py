"""Limits of a metric as whole steps, so that a comparison of integers decides as one of values would."""

from __future__ import annotations

from dataclasses import dataclass

from edge_bundle.format.pipeline import Limits

STEPS_BOUND = 2**63
WARNING, CRITICAL = 1, 2


@dataclass(frozen=True)
class StepLimits:
    """Limits of one metric and machine, in steps; a reading's value is ``steps * resolution``.

    Attributes:
        lowest: Least steps inside the metric's range.
        highest: Largest steps inside it.
        warning_low: Below this many steps a reading is a warning.
        warning_high: Above this many.
        critical_low: Below this many it is critical.
        critical_high: Above this many.
        limits: The limits in the metric's unit.
        band: Steps by which a reading must come back inside a limit before an alarm counts it as absent.
    """

    lowest: int
    highest: int
    warning_low: int
    warning_high: int
    critical_low: int
    critical_high: int
    limits: Limits
    band: int = 0

    def is_possible(self, resolution_steps: int) -> bool:
        """Whether the reading lies in the metric's range."""
        return self.lowest <= resolution_steps <= self.highest

    def level(self, resolution_steps: int) -> int:
        """0 for a normal reading, 1 beyond a warning limit only, 2 beyond a critical one (a warning too)."""
        if resolution_steps > self.critical_high or resolution_steps < self.critical_low:
            return CRITICAL
        return WARNING if resolution_steps > self.warning_high or resolution_steps < self.warning_low else 0

    def held_level(self, resolution_steps: int) -> int:
        """The level by the limits drawn in by the band: what still holds an alarm that was raised."""
        return max(
            self.level(resolution_steps - self.band),
            self.level(resolution_steps),
            self.level(resolution_steps + self.band),
        )


def step_limits(limits: Limits, resolution: float, band_frac: float = 0.0) -> StepLimits:
    """`limits` in steps of `resolution`, with an alarm's band of `band_frac` of the metric's range."""
    return StepLimits(
        lowest=_least_at_or_above(limits.minimum, resolution),
        highest=_most_at_or_below(limits.maximum, resolution),
        warning_low=_least_at_or_above(limits.warning_below, resolution),
        warning_high=_most_at_or_below(limits.warning_above, resolution),
        critical_low=_least_at_or_above(limits.critical_below, resolution),
        critical_high=_most_at_or_below(limits.critical_above, resolution),
        limits=limits,
        band=_band(limits, resolution, band_frac),
    )


def _band(limits: Limits, resolution: float, band_frac: float) -> int:
    """Steps of the band: of the range, or where it has no two ends, of the farthest limit from 0."""
    if limits.minimum is not None and limits.maximum is not None:
        width = limits.maximum - limits.minimum
    else:
        given = (limits.warning_below, limits.warning_above, limits.critical_below, limits.critical_above)
        width = max((abs(limit) for limit in given if limit is not None), default=0.0)
    return int(min(width * band_frac / resolution, float(STEPS_BOUND)))


def _least_at_or_above(limit: float | None, resolution: float) -> int:
    """The least steps with ``steps * resolution >= limit`` in float64: the product never falls as steps grow."""
    if limit is None or limit / resolution < -STEPS_BOUND:
        return -STEPS_BOUND
    resolution_steps = round(min(limit / resolution, float(STEPS_BOUND)))
    while resolution_steps * resolution >= limit:
        resolution_steps -= 1
    while resolution_steps * resolution < limit:
        resolution_steps += 1
    return resolution_steps


def _most_at_or_below(limit: float | None, resolution: float) -> int:
    if limit is None or limit / resolution > STEPS_BOUND:
        return STEPS_BOUND - 1
    resolution_steps = round(max(limit / resolution, -float(STEPS_BOUND)))
    while resolution_steps * resolution <= limit:
        resolution_steps += 1
    while resolution_steps * resolution > limit:
        resolution_steps -= 1
    return resolution_steps
