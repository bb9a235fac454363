"""Holes in the records of one machine: time without any row, and time with rows but no label."""

from __future__ import annotations

import numpy as np

from ml.data.dataset import Dataset, Mask
from ml.data.failure_events import Int64
from ml.policy import US_PER_HOUR, Policy


def longest_gap_hours(dataset: Dataset) -> float:
    """Longest time between two rows of one machine, hours; 0 without two rows."""
    return max((_widest(times) for times, _ in _machines(dataset)), default=0) / US_PER_HOUR


def longest_unlabelled_hours(dataset: Dataset, policy: Policy) -> float:
    """Longest run of rows of one machine without a label, hours, up to the next row that has one.

    Rows before an intervention are no hole: alarms are evaluated there. Rows whose horizon ends beyond the records are
    left out: their label cannot be known yet. A machine that was down has none either, so a repair is a run too.
    """
    if not len(dataset):
        return 0.0
    known = dataset.scored_us + policy.horizon_us <= dataset.scored_us.max()
    step_us = policy.score_every_s * 1_000_000
    runs = (_longest_run_us(times, labelled, step_us) for times, labelled in _machines(dataset.keep(known)))
    return max(runs, default=0) / US_PER_HOUR


def _machines(dataset: Dataset) -> list[tuple[Int64, Mask]]:
    """Times, ascending, and whether labelled or before an intervention, of each machine."""
    found = []
    for machine_id in np.unique(dataset.machine_ids).tolist():
        mine = dataset.machine_ids == machine_id
        found.append((dataset.scored_us[mine], dataset.evaluated[mine]))
    return found


def _widest(times: Int64) -> int:
    return int(np.diff(times).max(initial=0))


def _longest_run_us(times: Int64, labelled: Mask, step_us: int) -> int:
    """From the first row of a run to the labelled row behind it, or to one step behind the last row."""
    edges = np.diff(np.concatenate([[0], (~labelled).astype(np.int8), [0]]))
    first, behind = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    ends = np.append(times, times[-1:] + step_us)
    return int((ends[behind] - times[first]).max(initial=0))
