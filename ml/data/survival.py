"""Time to the next failure where many machines are serviced, or the records end, before they fail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.data.dataset import Dataset, Float64, Mask
from ml.data.failure_events import FailureEvents, Int64, Strings, next_failure_us
from ml.policy import US_PER_HOUR

ROUNDING = 1e-12
"""A product of fractions that should be 0.9 may differ by this much."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The outcome of each row's machine.

    Attributes:
        hours: From the row to the end of its follow_up, shape (n,).
        failed: True where the machine's next failure ended it; False where it was cut off (censored) before one.
    """

    hours: Float64
    failed: Mask

    def keep(self, mask: Mask) -> FollowUp:
        """Rows where ``mask`` is true, same order."""
        return FollowUp(self.hours[mask], self.failed[mask])


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """Fraction of rows whose machine had not failed, a step function.

    Attributes:
        hours: Distinct times of failure, ascending.
        surviving: Fraction that outlives each of them.
    """

    hours: Float64
    surviving: Float64

    def failed_by(self, fraction: float) -> float | None:
        """The first time by which this fraction had failed; None where the records do not reach that far."""
        reached = np.flatnonzero(self.surviving <= 1.0 - fraction + ROUNDING)
        return float(self.hours[reached[0]]) if len(reached) else None

    def surviving_at(self, hours: float) -> float:
        """Fraction that outlives this time."""
        return self._after(int(np.searchsorted(self.hours, hours, side="right")))

    def surviving_before(self, hours: float) -> float:
        """Fraction that reaches this time."""
        return self._after(int(np.searchsorted(self.hours, hours, side="left")))

    def _after(self, steps: int) -> float:
        return float(self.surviving[steps - 1]) if steps else 1.0


def kaplan_meier(follow_up: FollowUp) -> SurvivalCurve:
    """The product-limit estimate: at each failure, times the fraction of those still at risk that did not fail.

    A row that is censored at the very time of a failure was still at risk then.
    Source: Kaplan & Meier, Journal of the American Statistical Association 53 (1958).

    >>> curve = kaplan_meier(FollowUp(np.array([2.0, 3.0, 4.0, 4.0, 5.0]), np.array([True, False, True, False, True])))
    >>> curve.hours.tolist(), curve.surviving.round(4).tolist()
    ([2.0, 4.0, 5.0], [0.8, 0.5333, 0.0])
    """
    times, failures = np.unique(follow_up.hours[follow_up.failed], return_counts=True)
    observed = len(follow_up.hours) - np.searchsorted(np.sort(follow_up.hours), times, side="left")
    surviving = np.cumprod(1.0 - failures / observed, dtype=np.float64)
    return SurvivalCurve(times, surviving)


def follow_up_of(rows: Dataset, maintenance: FailureEvents, known_until_us: Int64) -> FollowUp:
    """The outcome of each row's machine: its next failure, or what censored it before.

    A service cuts it off: the machine that goes on is not the one that was scored, and without the service it might
    have failed. So does the end of what is known: nobody saw what came after. Both are taken to say nothing about how
    near the failure was; where machines are serviced because they look bad, times come out too long.

    Args:
        rows: Rows with the failures of their machines.
        maintenance: Every service of these machines.
        known_until_us: Last moment known of each row's machine, shape (n,).
    """
    fails_us = next_failure_us(rows.failures, rows.machine_ids, rows.scored_us)
    cut_us = np.minimum(next_failure_us(maintenance, rows.machine_ids, rows.scored_us), known_until_us)
    until_us = np.maximum(np.minimum(fails_us, cut_us), rows.scored_us)
    return FollowUp((until_us - rows.scored_us) / US_PER_HOUR, np.asarray(fails_us <= cut_us, dtype=np.bool_))


def known_until_us(dataset: Dataset, maintenance: FailureEvents, machine_ids: Strings) -> Int64:
    """Last moment of a row or an event of each of these machines: a silent one is not taken for healthy."""
    result = np.zeros(len(machine_ids), dtype=np.int64)
    for machine_id in np.unique(machine_ids).tolist():
        rows = dataset.scored_us[dataset.machine_ids == machine_id]
        events = (dataset.failures.of_machine(machine_id), maintenance.of_machine(machine_id))
        result[machine_ids == machine_id] = max(int(times.max()) for times in (rows, *events) if len(times))
    return result
