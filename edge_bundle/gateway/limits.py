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
    """

    lowest: int
    highest: int
    warning_low: int
    warning_high: int
    critical_low: int
    critical_high: int
    limits: Limits

    def is_possible(self, steps: int) -> bool:
        """Whether the reading lies in the metric's range."""
        return self.lowest <= steps <= self.highest

    def level(self, steps: int) -> int:
        """0 for a normal reading, 1 beyond a warning limit only, 2 beyond a critical one (a warning too)."""
        if steps > self.critical_high or steps < self.critical_low:
            return CRITICAL
        return WARNING if steps > self.warning_high or steps < self.warning_low else 0


def step_limits(limits: Limits, resolution: float) -> StepLimits:
    """`limits` in steps of `resolution`."""
    return StepLimits(
        lowest=_least_at_or_above(limits.minimum, resolution),
        highest=_most_at_or_below(limits.maximum, resolution),
        warning_low=_least_at_or_above(limits.warning_below, resolution),
        warning_high=_most_at_or_below(limits.warning_above, resolution),
        critical_low=_least_at_or_above(limits.critical_below, resolution),
        critical_high=_most_at_or_below(limits.critical_above, resolution),
        limits=limits,
    )


def _least_at_or_above(limit: float | None, resolution: float) -> int:
    """The least steps with ``steps * resolution >= limit`` in float64: the product never falls as steps grow."""
    if limit is None or limit / resolution < -STEPS_BOUND:
        return -STEPS_BOUND
    steps = round(min(limit / resolution, float(STEPS_BOUND)))
    while steps * resolution >= limit:
        steps -= 1
    while steps * resolution < limit:
        steps += 1
    return steps


def _most_at_or_below(limit: float | None, resolution: float) -> int:
    if limit is None or limit / resolution > STEPS_BOUND:
        return STEPS_BOUND - 1
    steps = round(max(limit / resolution, -float(STEPS_BOUND)))
    while steps * resolution <= limit:
        steps += 1
    while steps * resolution > limit:
        steps -= 1
    return steps
