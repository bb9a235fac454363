"""The table of the time that is left that a model ships with, and how its like did on later blocks."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from domain.wilson import wilson_interval
from ml.data.dataset import Dataset, Float64
from ml.data.failure_events import FailureEvents
from ml.data.survival import FollowUp, kaplan_meier, known_until_us
from ml.evaluation.cross_fit import CrossFitted
from ml.evaluation.held_out import Evaluation
from ml.evaluation.splits import Origin
from ml.outlook.outlook import OutlookBin, Seen, bin_of, outlook_bins
from ml.policy import Policy

BEGIN, END = 1.0, 2.0
"""Where an interval begins and ends on the scale that makes intervals of different lengths one."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where the failures of later rows lay, against the interval that was predicted at each row.

    Censored rows count for as long as they were observed: `kaplan_meier` on a scale on which every interval
    runs from `BEGIN` to `END`. To count the decided rows alone would favour the short times.

    Attributes:
        rows: Later rows with an interval.
        failures: Distinct failures among their ends: n of the bounds, for rows of one run of a machine
            are nearly one observation.
        before: Fraction that failed before the interval.
        after: Fraction that outlived it. Where every follow-up ended before its interval did, those observed longest
            are counted here: `inside` is then too low rather than too high.
    """

    rows: int
    failures: int
    before: float
    after: float

    @property
    def inside(self) -> float:
        """Fraction that failed within the interval; the interval promises 0.8."""
        return 1.0 - self.before - self.after

    @property
    def bounds(self) -> tuple[float, float]:
        """Wilson 95 % interval of `inside` with n = `failures`."""
        return wilson_interval(self.inside * self.failures, self.failures)


@dataclass(frozen=True, slots=True)
class OutlookFit:
    """What a training found out about the time that is left.

    Attributes:
        bins: Of all cross-fitted rows; empty where there were too few failures.
        coverage: Of the tables that each block would have had from the blocks before it; None where no later row
            had one, or no failure followed them.
    """

    bins: tuple[OutlookBin, ...]
    coverage: Coverage | None


def fit_outlook(
    dataset: Dataset, fitted: CrossFitted, evaluation: Evaluation, maintenance: FailureEvents, policy: Policy
) -> OutlookFit:
    """The table from cross-fitted rows, and the proof of its kind.

    Args:
        dataset: All rows of the training, for the last moment known of each machine.
        fitted: Cross-fitted rows of the whole training.
        evaluation: Held-out rows with margins, and the origins that parted them.
        maintenance: Every service of the machines.
        policy: Horizon and distance of rows.
    """
    held_out = evaluation.held_out
    until_us = known_until_us(dataset, maintenance, held_out.rows.machine_ids)
    seen = Seen.of(held_out.rows, held_out.margins, maintenance, until_us)
    predicted = [
        (
            bins_at(each.origin, dataset, held_out.boosters[number].fitted, maintenance, policy),
            seen.keep(held_out.block == number),
        )
        for number, each in enumerate(evaluation.choices)
    ]
    fitted_until_us = known_until_us(dataset, maintenance, fitted.rows.machine_ids)
    bins = outlook_bins(Seen.of(fitted.rows, fitted.margins, maintenance, fitted_until_us), policy)
    return OutlookFit(bins, coverage_of([(bins, later) for bins, later in predicted if bins]))


def bins_at(
    origin: Origin, dataset: Dataset, fitted: CrossFitted, maintenance: FailureEvents, policy: Policy
) -> tuple[OutlookBin, ...]:
    """The bins that an origin would have shipped: its cross-fitted rows, observed until its block begins.

    Args:
        origin: The origin.
        dataset: All rows of the training, for the last moment known of each machine.
        fitted: Cross-fitted rows of the origin's training.
        maintenance: Every service of the machines.
        policy: Horizon and distance of rows.
    """
    until_us = known_until_us(dataset, maintenance, fitted.rows.machine_ids)
    then_us = np.minimum(until_us, origin.test_from_us)
    return outlook_bins(Seen.of(fitted.rows, fitted.margins, maintenance, then_us), policy)


def coverage_of(predicted: list[tuple[tuple[OutlookBin, ...], Seen]]) -> Coverage | None:
    """Outcomes of rows against the intervals that their bins predicted."""
    parts = [_scaled(bins, later) for bins, later in predicted]
    failures = set[tuple[str, int]]().union(*(ends for _, ends in parts))
    if not failures:
        return None
    hours = np.concatenate([follow_up.hours for follow_up, _ in parts])
    curve = kaplan_meier(FollowUp(hours, np.concatenate([follow_up.failed for follow_up, _ in parts])))
    return Coverage(len(hours), len(failures), 1.0 - curve.surviving_before(BEGIN), curve.surviving_at(END))


def _scaled(bins: tuple[OutlookBin, ...], later: Seen) -> tuple[FollowUp, set[tuple[str, int]]]:
    """The follow-up of rows with an interval, each on its interval's own scale, and the failures that ended it."""
    place = bin_of(bins, later.margins)
    earliest = np.array([inf if one.earliest_h is None else one.earliest_h for one in bins])[place]
    latest = np.array([inf if one.latest_h is None else one.latest_h for one in bins])[place]
    is_predicted = np.asarray(earliest < inf, dtype=np.bool_)
    known = later.keep(is_predicted)
    hours = _on_interval(known.follow_up.hours, earliest[is_predicted], latest[is_predicted])
    return FollowUp(hours, known.follow_up.failed), known.failures()


def _on_interval(hours: Float64, earliest: Float64, latest: Float64) -> Float64:
    """Below `BEGIN` before the interval, from `BEGIN` to `END` inside, above `END` after; it never falls.

    An interval without end is never left.
    """
    length = np.where(latest < inf, np.maximum(latest - earliest, 1e-9), np.maximum(hours, earliest))
    inside = BEGIN + (hours - earliest) / length
    return np.where(hours < earliest, hours / earliest, np.where(hours <= latest, np.minimum(inside, END), END + 1.0))
